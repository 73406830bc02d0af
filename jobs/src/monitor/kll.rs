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
/// Below two items there is nothing to halve.
const LEVEL_ITEMS_MIN: usize = 2;

#[derive(Debug, Clone)]
pub struct KllSketch {
    levels: Vec<Level>,
    items: usize,
    items_max: usize,
    random: Random,
}

#[derive(Debug, Clone, Default)]
struct Level {
    items: Vec<f64>,
    /// What the next halving does, when the last one was drawn.
    owed: Option<bool>,
}

impl Default for KllSketch {
    fn default() -> KllSketch {
        let mut sketch = KllSketch {
            levels: Vec::new(),
            items: 0,
            items_max: 0,
            random: Random::new(SEED),
        };
        sketch.grow();
        sketch
    }
}

impl KllSketch {
    pub fn add(&mut self, value: f64) {
        self.levels[0].items.push(value);
        self.items += 1;
        if self.items > self.items_max {
            self.compress();
        }
    }

    /// The top level may hold k items, each one below it c times as many.
    fn capacity(&self, level: usize) -> usize {
        let depth = self.levels.len() - level - 1;
        ((K * C.powi(depth as i32)).ceil() as usize).max(LEVEL_ITEMS_MIN)
    }

    fn grow(&mut self) {
        self.levels.push(Level::default());
        self.items_max = (0..self.levels.len()).map(|level| self.capacity(level)).sum();
    }

    /// Halves the lowest level that is over its share; more only when that did not make room.
    fn compress(&mut self) {
        let mut level = 0;
        while level < self.levels.len() && self.items > self.items_max {
            if self.levels[level].items.len() >= self.capacity(level) {
                if level + 1 == self.levels.len() {
                    self.grow();
                }
                let risen = self.halve(level);
                self.levels[level + 1].items.extend(risen);
                self.items = self.levels.iter().map(|level| level.items.len()).sum();
            }
            level += 1;
        }
    }

    fn halve(&mut self, level: usize) -> Vec<f64> {
        let Level { items, owed } = &mut self.levels[level];
        let odd_ones = match owed.take() {
            Some(owed) => owed,
            None => {
                let drawn = self.random.draw() & 1 == 1;
                *owed = Some(!drawn);
                drawn
            }
        };
        items.sort_unstable_by(f64::total_cmp);
        // With an odd number one stays, so that the weights still add up to the number of values.
        let stays = if items.len() % 2 == 1 { items.pop() } else { None };
        let risen = items.iter().copied().skip(usize::from(odd_ones)).step_by(2).collect();
        items.clear();
        items.extend(stays);
        risen
    }

    /// As statistics.json lists them.
    pub fn levels(&self) -> Vec<Vec<f64>> {
        self.levels.iter().map(|level| level.items.clone()).collect()
    }
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
        values.for_each(|value| sketch.add(value));
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
