//! How often each value of a column of texts occurs, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::text_hash::text_hash;

/// Up to so many categories Model Monitor lists them, and suggests them as the column's domain.
pub const LISTED_MAX: usize = 120;
/// Values beyond those that the baseline knows, each counted; more than these are counted together.
const COUNTED_MAX: usize = 4_096;
/// A value longer than this is no category; it is counted with the rest.
const VALUE_BYTES_MAX: usize = 1_024;

#[derive(Debug, Clone, Default)]
pub struct Categories {
    counts: HashMap<Box<[u8]>, u64, BuildHasherDefault<QuickHasher>>,
    /// Values that the baseline knows: always counted, however many others there are.
    known: usize,
    /// Rows with values that were not counted one by one.
    rest: u64,
}

impl Categories {
    pub fn knowing(known: impl IntoIterator<Item = String>) -> Categories {
        let counts: HashMap<Box<[u8]>, u64, _> = known
            .into_iter()
            .map(|value| (value.into_bytes().into_boxed_slice(), 0))
            .collect();
        Categories {
            known: counts.len(),
            counts,
            rest: 0,
        }
    }

    /// False when there are too many to list and nothing to compare with: a column of measurements need not be looked
    /// up at all.
    pub fn are_open(&self) -> bool {
        self.known > 0 || self.rest == 0
    }

    /// `value` is valid UTF-8.
    pub fn add(&mut self, value: &[u8]) {
        self.add_count(value, 1);
    }

    fn add_count(&mut self, value: &[u8], rows: u64) {
        if !self.are_open() {
            self.rest += rows;
        } else if let Some(count) = self.counts.get_mut(value) {
            *count += rows;
        } else if self.counts.len() < self.counts_max() && value.len() <= VALUE_BYTES_MAX {
            self.counts.insert(value.into(), rows);
        } else {
            self.rest += rows;
            if self.known == 0 {
                self.counts = HashMap::default();
            }
        }
    }

    fn counts_max(&self) -> usize {
        match self.known {
            0 => LISTED_MAX,
            known => known + COUNTED_MAX,
        }
    }

    /// Takes up another part's counts, in the order of values, so that the same parts give the same whole.
    pub fn merge(&mut self, other: &Categories) {
        self.rest += other.rest;
        if !self.are_open() {
            self.counts = HashMap::default();
            return;
        }
        let counts: BTreeMap<_, _> = other.counts.iter().filter(|(_, count)| **count > 0).collect();
        for (value, count) in counts {
            self.add_count(value, *count);
        }
    }

    /// Every value with its count, in the order of values; None when there are too many to be categories.
    pub fn listed(&self) -> Option<BTreeMap<&str, u64>> {
        let seen: BTreeMap<&str, u64> = self.counted().filter(|(_, count)| *count > 0).collect();
        (self.rest == 0 && !seen.is_empty() && seen.len() <= LISTED_MAX).then_some(seen)
    }

    /// Every value that was counted, for comparing with a baseline's categories.
    pub fn counted(&self) -> impl Iterator<Item = (&str, u64)> {
        let text = |value| std::str::from_utf8(value).unwrap_or_default();
        self.counts.iter().map(move |(value, count)| (text(value), *count))
    }

    pub fn rest(&self) -> u64 {
        self.rest
    }
}

/// Seeded with nothing, so that the same values lie in the same order in every run.
#[derive(Debug, Default)]
struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= text_hash(bytes);
    }

    /// Lengths come before the bytes, whose hash tells them apart already.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_listed_while_they_are_few() {
        let mut categories = Categories::default();
        ["b", "a", "b"]
            .into_iter()
            .for_each(|value: &str| categories.add(value.as_bytes()));
        assert_eq!(categories.listed().unwrap(), BTreeMap::from([("a", 1), ("b", 2)]));
        (0..LISTED_MAX).for_each(|value| categories.add(value.to_string().as_bytes()));
        assert_eq!(categories.listed(), None);
    }

    #[test]
    fn known_values_are_counted_among_any_number_of_others() {
        let mut categories = Categories::knowing(["last".to_string()]);
        (0..10_000).for_each(|value| categories.add(value.to_string().as_bytes()));
        categories.add(b"last");
        categories.add(b"last");
        assert_eq!(
            categories.counted().find(|(value, _)| *value == "last"),
            Some(("last", 2))
        );
        assert_eq!(categories.rest(), 10_000 - COUNTED_MAX as u64);
    }
}
