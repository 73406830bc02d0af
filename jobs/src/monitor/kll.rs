//! A KLL sketch: the distribution of any number of values in a few thousand of them.
//!
//! An item of level i stands for 2^i values. A level that is over its share is sorted, and every other item of it moves
//! up; which half moves is drawn, and the next time it is the other half, so that errors cancel. The draws come from a
//! fixed seed: the same values in the same order give the same sketch. Parameters and level layout are those that
//! statistics.json carries (k = 2048, c = 0.64).

use super::thinning::{BLOCK, thinned};
use crate::common::hash::Random;

pub const K: f64 = 2048.0;
pub const C: f64 = 0.64;
const SEED: u64 = 0x5eed_0f61_7564_6765;
const LEVELS_MAX: usize = 64;
/// Halving fewer would move hardly anything.
const LEVEL_ITEMS_MIN: usize = 16;
/// From so many levels on, when the upper ones make nearly all of the error, blocks of values are thinned before they
/// come: to a half, and to a quarter.
const LEVELS_TO_HALVE: usize = 7;
const LEVELS_TO_QUARTER: usize = 9;

#[derive(Debug, Clone)]
pub struct KllSketch {
    /// In one piece of memory, for there may be thousands of sketches: the top level first, and the lowest, which grows,
    /// at the end. Items are kept as integers of the same order, which sort quicker.
    items: Vec<i64>,
    /// The lowest level first.
    levels: Vec<Level>,
    items_max: usize,
    random: Random,
}

#[derive(Debug, Clone)]
struct Level {
    start: usize,
    /// How many items it may hold.
    capacity: usize,
    /// What the next halving does, when the last one was drawn.
    owed: Option<bool>,
}

impl Default for KllSketch {
    fn default() -> KllSketch {
        let mut sketch = KllSketch {
            items: Vec::new(),
            levels: Vec::new(),
            items_max: 0,
            random: Random::new(SEED),
        };
        sketch.grow();
        sketch
    }
}

impl KllSketch {
    pub fn add_all(&mut self, mut values: &[f64]) {
        while let Some((block, rest)) = values.split_first_chunk()
            && self.levels.len() >= LEVELS_TO_HALVE
        {
            if self.levels.len() < LEVELS_TO_QUARTER {
                let kept: [f64; BLOCK / 2] = thinned(block, &mut self.random);
                self.insert(1, &kept.map(ordered));
            } else {
                let kept: [f64; BLOCK / 4] = thinned(block, &mut self.random);
                self.insert(2, &kept.map(ordered));
            }
            values = rest;
        }
        while !values.is_empty() {
            // One more than there is room for: that is when the levels are compressed.
            let taken = values.len().min(self.items_max - self.items.len() + 1);
            self.reserve(taken);
            self.items.extend(values[..taken].iter().map(|value| ordered(*value)));
            values = &values[taken..];
            self.compress();
        }
    }

    /// Into a level that is not the lowest. Which of the items below stands first does not matter.
    fn insert(&mut self, level: usize, items: &[i64]) {
        self.reserve(items.len());
        self.items.extend_from_slice(items);
        let start = self.levels[level - 1].start;
        self.items[start..].rotate_right(items.len());
        self.levels[..level]
            .iter_mut()
            .for_each(|below| below.start += items.len());
        self.compress();
    }

    /// Not twice as much as is needed.
    fn reserve(&mut self, more: usize) {
        let wanted = self.items.len() + more;
        if wanted > self.items.capacity() {
            let ample = (2 * self.items.capacity()).min(self.items_max + 1).max(wanted);
            self.items.reserve_exact(ample - self.items.len());
        }
    }

    fn end(&self, level: usize) -> usize {
        match level {
            0 => self.items.len(),
            _ => self.levels[level - 1].start,
        }
    }

    /// The top level may hold k items, each one below it c times as many.
    fn grow(&mut self) {
        self.levels.push(Level {
            start: 0,
            capacity: 0,
            owed: None,
        });
        for (depth, level) in self.levels.iter_mut().rev().enumerate() {
            level.capacity = ((K * C.powi(depth as i32)).ceil() as usize).max(LEVEL_ITEMS_MIN);
        }
        self.items_max = self.levels.iter().map(|level| level.capacity).sum();
    }

    /// Halves the lowest level that is over its share; more only while that did not make room.
    fn compress(&mut self) {
        while self.items.len() > self.items_max {
            // When there are too many items, some level holds too many.
            let full = |level: &usize| self.end(*level) - self.levels[*level].start >= self.levels[*level].capacity;
            let Some(level) = (0..self.levels.len()).find(full) else {
                return;
            };
            if level + 1 == self.levels.len() {
                self.grow();
            }
            self.halve(level);
        }
    }

    fn halve(&mut self, level: usize) {
        let (start, length) = (self.levels[level].start, self.end(level) - self.levels[level].start);
        let odd_ones = match self.levels[level].owed.take() {
            Some(owed) => owed,
            None => {
                let drawn = self.random.draw() & 1 == 1;
                self.levels[level].owed = Some(!drawn);
                drawn
            }
        };
        // With an odd number one stays, so that the weights still add up to the number of values.
        let halved = length - length % 2;
        let items = &mut self.items[start..start + halved];
        match level {
            0 => items.sort_unstable(),
            // Made of sorted runs, which this sort finds.
            _ => items.sort(),
        }
        let risen = halved / 2;
        for nth in 0..risen {
            items[nth] = items[2 * nth + usize::from(odd_ones)];
        }
        // The level above ends where this one begins.
        self.levels[level].start += risen;
        self.close_gap(level, risen);
    }

    /// The first so many items of a level are no more.
    fn close_gap(&mut self, level: usize, gap: usize) {
        let start = self.levels[level].start;
        self.items.drain(start..start + gap);
        self.levels[..level].iter_mut().for_each(|below| below.start -= gap);
    }

    /// As statistics.json lists them.
    pub fn levels(&self) -> Vec<Vec<f64>> {
        let values = |level: usize| {
            let items = &self.items[self.levels[level].start..self.end(level)];
            items.iter().map(|item| value(*item)).collect()
        };
        (0..self.levels.len()).map(values).collect()
    }
}

/// An integer that is smaller than another when its value is: positive doubles have that order, negative ones the
/// reverse.
fn ordered(value: f64) -> i64 {
    flip(value.to_bits() as i64)
}

fn value(ordered: i64) -> f64 {
    f64::from_bits(flip(ordered) as u64)
}

fn flip(bits: i64) -> i64 {
    bits ^ ((bits >> 63) & i64::MAX)
}

/// Items with their weights, by rising value.
pub fn sorted(mut items: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    items.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    items
}

/// Items with their weights, as they lie.
pub fn weighted(levels: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let mut items: Vec<(f64, f64)> = Vec::with_capacity(levels.iter().map(Vec::len).sum());
    let mut weight = 1.0;
    // A level beyond these stands for more values than anything could have counted.
    for level in levels.iter().take(LEVELS_MAX) {
        items.extend(
            level
                .iter()
                .filter(|value| value.is_finite())
                .map(|value| (*value, weight)),
        );
        weight *= 2.0;
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(values: impl Iterator<Item = f64>) -> KllSketch {
        let mut sketch = KllSketch::default();
        sketch.add_all(&values.collect::<Vec<f64>>());
        sketch
    }

    #[test]
    fn few_values_are_kept_as_they_are() {
        let sketch = sketch([3.0, 1.0, 2.0].into_iter());
        assert_eq!(sketch.levels(), [vec![3.0, 1.0, 2.0]]);
    }

    #[test]
    fn integers_keep_the_order_of_values() {
        let values = [f64::MIN, -2.5, -1.0, -0.0, 0.0, 1e-300, 2.0, f64::MAX];
        let mut items = values.map(ordered);
        items.sort_unstable();
        assert_eq!(items.map(value).map(f64::to_bits), values.map(f64::to_bits));
    }

    #[test]
    fn a_sketch_of_more_levels_than_anything_counts_has_finite_weights() {
        let items = weighted(&vec![vec![1.0, 2.0]; 1_200]);
        assert!(items.iter().map(|(_, weight)| weight).sum::<f64>().is_finite());
    }

    #[test]
    fn the_same_values_give_the_same_sketch() {
        let levels = || sketch((0..50_000).map(|at| f64::from(at % 997))).levels();
        assert_eq!(levels(), levels());
    }
}
