//! How often each value of a column of texts occurs, in bounded memory.

use std::collections::BTreeMap;
use std::collections::HashMap;

/// Up to so many categories Model Monitor lists them, and suggests them as the column's domain.
pub const LISTED_MAX: usize = 120;
/// Values beyond those that the baseline knows, each counted; more than these are counted together.
const COUNTED_MAX: usize = 4_096;
/// A value longer than this is no category; it is counted with the rest.
const VALUE_BYTES_MAX: usize = 1_024;

#[derive(Debug, Clone, Default)]
pub struct Categories {
    counts: HashMap<String, u64>,
    /// Values that the baseline knows: always counted, however many others there are.
    known: usize,
    /// Rows with values that were not counted one by one.
    rest: u64,
}

impl Categories {
    pub fn knowing(known: impl IntoIterator<Item = String>) -> Categories {
        let counts: HashMap<String, u64> = known.into_iter().map(|value| (value, 0)).collect();
        Categories {
            known: counts.len(),
            counts,
            rest: 0,
        }
    }

    pub fn add(&mut self, value: &str) {
        if self.known == 0 && self.rest > 0 {
            // Too many to list and nothing to compare with: a column of measurements need not be looked up at all.
            self.rest += 1;
        } else if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < self.known + COUNTED_MAX && value.len() <= VALUE_BYTES_MAX {
            self.counts.insert(value.to_owned(), 1);
        } else {
            self.rest += 1;
        }
    }

    /// Every value with its count, in the order of values; None when there are too many to be categories.
    pub fn listed(&self) -> Option<BTreeMap<&str, u64>> {
        let seen: BTreeMap<&str, u64> = self
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(value, count)| (value.as_str(), *count))
            .collect();
        (self.rest == 0 && !seen.is_empty() && seen.len() <= LISTED_MAX).then_some(seen)
    }

    /// Every value that was counted, for comparing with a baseline's categories.
    pub fn counted(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(value, count)| (value.as_str(), *count))
    }

    pub fn rest(&self) -> u64 {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_listed_while_they_are_few() {
        let mut categories = Categories::default();
        ["b", "a", "b"].into_iter().for_each(|value| categories.add(value));
        assert_eq!(categories.listed().unwrap(), BTreeMap::from([("a", 1), ("b", 2)]));
        (0..LISTED_MAX).for_each(|value| categories.add(&value.to_string()));
        assert_eq!(categories.listed(), None);
    }

    #[test]
    fn known_values_are_counted_among_any_number_of_others() {
        let mut categories = Categories::knowing(["last".to_string()]);
        (0..10_000).for_each(|value| categories.add(&value.to_string()));
        categories.add("last");
        categories.add("last");
        assert_eq!(
            categories.counted().find(|(value, _)| *value == "last"),
            Some(("last", 2))
        );
        assert_eq!(categories.rest(), 10_000 - COUNTED_MAX as u64);
    }
}
