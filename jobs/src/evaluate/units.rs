//! What a resample draws: rows, or whole time blocks where the split is by time block, because rows of one block are
//! alike and an interval that takes them for independent is too narrow.

use windsock_decisions::state::{Resampled, ResampledBy};

use crate::common::hash::Random;

/// Of fewer blocks a resample says little: then rows are drawn, and the report says so.
pub const BLOCKS_MIN: usize = 5;

pub struct Units {
    rows: usize,
    /// The rows of each block; none where rows are drawn.
    blocks: Vec<Vec<u32>>,
    too_few_blocks: Option<u64>,
}

impl Units {
    /// `blocks` holds each row's block, or nothing.
    pub fn new(rows: usize, blocks: &[i64]) -> Units {
        let mut by_block = std::collections::BTreeMap::<i64, Vec<u32>>::new();
        for (row, block) in blocks.iter().enumerate() {
            by_block.entry(*block).or_default().push(row as u32);
        }
        let (blocks, too_few_blocks) = match by_block.len() {
            0 => (Vec::new(), None),
            few @ 1..BLOCKS_MIN => (Vec::new(), Some(few as u64)),
            _ => (by_block.into_values().collect(), None),
        };
        Units {
            rows,
            blocks,
            too_few_blocks,
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn described(&self) -> Resampled {
        match self.blocks.len() {
            0 => Resampled {
                by: ResampledBy::Row,
                units: self.rows as u64,
                too_few_blocks: self.too_few_blocks,
            },
            blocks => Resampled {
                by: ResampledBy::TimeBlock,
                units: blocks as u64,
                too_few_blocks: None,
            },
        }
    }

    /// How often each row is in the resample of this number; it depends on the seed and the number alone.
    pub fn draw(&self, counts: &mut [u32], seed: u64, resample: usize) {
        counts.fill(0);
        let mut random = Random::new(seed ^ (resample as u64).wrapping_mul(0xd134_2543_de82_ef95));
        if self.blocks.is_empty() {
            for _ in 0..self.rows {
                counts[random.below(self.rows)] += 1;
            }
        }
        for _ in 0..self.blocks.len() {
            for row in &self.blocks[random.below(self.blocks.len())] {
                counts[*row as usize] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_drawn_whole() {
        let blocks: Vec<i64> = (0..120).map(|row| row / 10).collect();
        let units = Units::new(120, &blocks);
        assert_eq!(
            units.described(),
            Resampled {
                by: ResampledBy::TimeBlock,
                units: 12,
                too_few_blocks: None
            }
        );
        let mut counts = vec![0; 120];
        units.draw(&mut counts, 1, 0);
        assert_eq!(counts.iter().sum::<u32>(), 120);
        assert!(
            counts
                .chunks(10)
                .all(|block| block.iter().all(|count| *count == block[0]))
        );
    }

    #[test]
    fn too_few_blocks_give_way_to_rows() {
        let blocks: Vec<i64> = (0..120).map(|row| row / 30).collect();
        let rows = |too_few_blocks| Resampled {
            by: ResampledBy::Row,
            units: 120,
            too_few_blocks,
        };
        assert_eq!(Units::new(120, &blocks).described(), rows(Some(4)));
        assert_eq!(Units::new(120, &[]).described(), rows(None));
    }
}
