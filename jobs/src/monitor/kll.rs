//! A KLL sketch: the distribution of any number of values in a few thousand of them.
//!
//! An item of level i stands for 2^i values. A level that is over its share is sorted, and every other item of it moves
//! up; which half moves is drawn, and the next time it is the other half, so that errors cancel. The draws come from a
//! fixed seed: the same values in the same order give the same sketch. Parameters and level layout are those that
//! statistics.json carries (k = 2048, c = 0.64).

use crate::common::hash::Random;

pub const K: f64 = 2048.0;
pub const C: f64 = 0.64;
const SEED: u64 = 0x5eed_0f61_7564_6765;
const LEVELS_MAX: usize = 64;
/// Below, there is nothing to halve in parts.
const LEVEL_ITEMS_MIN: usize = 16;
/// The lowest levels, which see most values, are halved in parts: small ones sort much quicker, and what each of these
/// levels adds to the error is some per cent of the whole.
const LEVELS_IN_PARTS: usize = 3;
const PARTS: usize = 4;

#[derive(Debug, Clone)]
pub struct KllSketch {
    levels: Vec<Level>,
    /// How many items each level may hold.
    capacities: Vec<usize>,
    items: usize,
    items_max: usize,
    random: Random,
}

/// Items are kept as integers of the same order, which sort quicker.
#[derive(Debug, Clone, Default)]
struct Level {
    items: Vec<i64>,
    /// What the next halving does, when the last one was drawn.
    owed: Option<bool>,
}

impl Default for KllSketch {
    fn default() -> KllSketch {
        let mut sketch = KllSketch {
            levels: Vec::new(),
            capacities: Vec::new(),
            items: 0,
            items_max: 0,
            random: Random::new(SEED),
        };
        sketch.grow();
        sketch
    }
}

impl KllSketch {
    pub fn add_all(&mut self, mut values: &[f64]) {
        while !values.is_empty() {
            // One more than there is room for: that is when the levels are compressed.
            let taken = values.len().min(self.items_max - self.items + 1);
            self.levels[0]
                .items
                .extend(values[..taken].iter().map(|value| ordered(*value)));
            self.items += taken;
            values = &values[taken..];
            self.compress();
        }
    }

    /// Takes up another sketch, level by level.
    pub fn merge(&mut self, other: &KllSketch) {
        while self.levels.len() < other.levels.len() {
            self.grow();
        }
        for (level, others) in self.levels.iter_mut().zip(&other.levels) {
            level.items.extend(&others.items);
        }
        self.items += other.items;
        self.compress();
    }

    /// The top level may hold k items, each one below it c times as many.
    fn grow(&mut self) {
        self.levels.push(Level::default());
        let depths = (0..self.levels.len()).rev();
        self.capacities = depths
            .map(|depth| ((K * C.powi(depth as i32)).ceil() as usize).max(LEVEL_ITEMS_MIN))
            .collect();
        self.items_max = self.capacities.iter().sum();
    }

    /// Halves the lowest level that is over its share; more only while that did not make room.
    fn compress(&mut self) {
        while self.items > self.items_max {
            // When there are too many items, some level holds too many.
            let full = |level: &usize| self.levels[*level].items.len() >= self.capacities[*level];
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
        let (below, above) = self.levels.split_at_mut(level + 1);
        let (Level { items, owed }, risen) = (&mut below[level], &mut above[0].items);
        let odd_ones = match owed.take() {
            Some(owed) => owed,
            None => {
                let drawn = self.random.draw() & 1 == 1;
                *owed = Some(!drawn);
                drawn
            }
        };
        // With an odd number one stays, so that the weights still add up to the number of values.
        let stays = match level < LEVELS_IN_PARTS {
            true => items.len() - (self.capacities[level] / PARTS).next_multiple_of(2),
            false => items.len() % 2,
        };
        let halved = &mut items[stays..];
        if level < LEVELS_IN_PARTS {
            halved.sort_unstable();
        } else {
            // Made of sorted runs, which this sort finds.
            halved.sort();
        }
        risen.extend(halved.chunks_exact(2).map(|pair| pair[usize::from(odd_ones)]));
        self.items -= halved.len() / 2;
        items.truncate(stays);
    }

    /// As statistics.json lists them.
    pub fn levels(&self) -> Vec<Vec<f64>> {
        let values = |level: &Level| level.items.iter().map(|item| value(*item)).collect();
        self.levels.iter().map(values).collect()
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
    items.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
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

    fn weight(sketch: &KllSketch) -> f64 {
        weighted(&sketch.levels()).iter().map(|(_, weight)| weight).sum()
    }

    #[test]
    fn few_values_are_kept_as_they_are() {
        let sketch = sketch([3.0, 1.0, 2.0].into_iter());
        assert_eq!(sketch.levels(), [vec![3.0, 1.0, 2.0]]);
    }

    #[test]
    fn weights_add_up_and_ranks_are_right_whatever_the_order() {
        const N: usize = 200_000;
        let orders: [Box<dyn Fn(usize) -> usize>; 4] = [
            Box::new(|at| at),
            Box::new(|at| N - 1 - at),
            Box::new(|at| if at % 2 == 0 { at / 2 } else { N - 1 - at / 2 }),
            Box::new(|at| at * 77_777 % N),
        ];
        for order in orders {
            let sketch = sketch((0..N).map(|at| order(at) as f64));
            assert_eq!(weight(&sketch), N as f64);
            assert!(sketch.levels().iter().map(Vec::len).sum::<usize>() < 3 * K as usize);
            let mut rank = 0.0;
            for (value, weight) in weighted(&sketch.levels()) {
                rank += weight;
                assert!((rank - value).abs() / (N as f64) < 0.005, "rank {rank} of {value}");
            }
        }
    }

    #[test]
    fn integers_keep_the_order_of_values() {
        let values = [f64::MIN, -2.5, -1.0, -0.0, 0.0, 1e-300, 2.0, f64::MAX];
        let mut items = values.map(ordered);
        items.sort_unstable();
        assert_eq!(items.map(value).map(f64::to_bits), values.map(f64::to_bits));
    }

    #[test]
    fn merged_sketches_are_as_right_as_one() {
        const N: usize = 300_000;
        let part = |from: usize, to: usize| sketch((from..to).map(|at| (at * 77_777 % N) as f64));
        let mut merged = part(0, 1_000);
        merged.merge(&part(1_000, 200_000));
        merged.merge(&part(200_000, N));
        assert_eq!(weight(&merged), N as f64);
        let mut rank = 0.0;
        for (value, weight) in weighted(&merged.levels()) {
            rank += weight;
            assert!((rank - value).abs() / (N as f64) < 0.005, "rank {rank} of {value}");
        }
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
