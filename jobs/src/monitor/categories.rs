//! How often each value of a column of texts occurs, in bounded memory.

use std::collections::BTreeMap;

use super::text_hash::Key;

/// Up to so many categories Model Monitor lists them, and suggests them as the column's domain.
pub const LISTED_MAX: usize = 120;
/// Values beyond those that the baseline knows, each counted; more than these are counted together.
const COUNTED_MAX: usize = 4_096;
/// So much memory they may take in a column, of which there may be thousands.
const COUNTED_BYTES_MAX: usize = 128 << 10;
/// A value longer than this is no category; it is counted with the rest.
const VALUE_BYTES_MAX: usize = 1_024;
const SLOTS_MIN: usize = 16;

#[derive(Debug, Clone, Default)]
pub struct Categories {
    /// By the order of their coming.
    values: Vec<Value>,
    /// Where each value stands in the order, plus one; it lies where its hash says, or in the next free slot.
    slots: Vec<u32>,
    /// Values that the baseline knows: always counted, however many others there are.
    known: usize,
    bytes: usize,
    /// Rows with values that were not counted one by one.
    rest: u64,
}

#[derive(Debug, Clone)]
struct Value {
    key: Key,
    text: Box<[u8]>,
    count: u64,
}

impl Categories {
    pub fn knowing(known: impl IntoIterator<Item = String>) -> Categories {
        let mut categories = Categories::default();
        for value in known {
            let (text, key) = (value.as_bytes(), Key::of(value.as_bytes()));
            if categories.find(text, key).is_none() {
                categories.insert(text, key, 0);
            }
        }
        categories.known = categories.values.len();
        categories.bytes = 0;
        categories
    }

    /// False when there are too many to list and nothing to compare with: a column of measurements need not be looked
    /// up at all.
    pub fn are_open(&self) -> bool {
        self.known > 0 || self.rest == 0
    }

    /// Counts a value, which is valid UTF-8. Whether it certainly came before.
    pub fn add(&mut self, text: &[u8], key: Key) -> bool {
        if let Some(at) = self.find(text, key) {
            let count = &mut self.values[at].count;
            *count += 1;
            return *count > 1;
        }
        if self.are_open() && self.values.len() < self.values_max() && self.has_room(text) {
            self.bytes += text.len();
            self.insert(text, key, 1);
        } else {
            self.rest += 1;
            if self.known == 0 {
                (self.values, self.slots) = (Vec::new(), Vec::new());
            }
        }
        false
    }

    #[inline]
    fn find(&self, text: &[u8], key: Key) -> Option<usize> {
        let last = self.slots.len().checked_sub(1)?;
        let mut slot = key.hash as usize & last;
        loop {
            let at = (self.slots[slot] as usize).checked_sub(1)?;
            let value = &self.values[at];
            if value.key.is_of(&value.text, key, text) {
                return Some(at);
            }
            slot = (slot + 1) & last;
        }
    }

    fn insert(&mut self, text: &[u8], key: Key, count: u64) {
        let text = text.into();
        self.values.push(Value { key, text, count });
        if self.values.len() * 2 <= self.slots.len() {
            self.place(self.values.len() - 1);
        } else {
            self.slots = vec![0; (self.slots.len() * 2).max(SLOTS_MIN)];
            (0..self.values.len()).for_each(|at| self.place(at));
        }
    }

    /// Half of the slots are free.
    fn place(&mut self, at: usize) {
        let last = self.slots.len() - 1;
        let mut slot = self.values[at].key.hash as usize & last;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & last;
        }
        self.slots[slot] = at as u32 + 1;
    }

    fn values_max(&self) -> usize {
        match self.known {
            0 => LISTED_MAX,
            known => known + COUNTED_MAX,
        }
    }

    fn has_room(&self, text: &[u8]) -> bool {
        text.len() <= VALUE_BYTES_MAX && self.bytes + text.len() <= COUNTED_BYTES_MAX
    }

    /// Every value with its count, in the order of values; None when there are too many to be categories.
    pub fn listed(&self) -> Option<BTreeMap<&str, u64>> {
        let seen: BTreeMap<&str, u64> = self.counted().filter(|(_, count)| *count > 0).collect();
        (self.rest == 0 && !seen.is_empty() && seen.len() <= LISTED_MAX).then_some(seen)
    }

    /// Every value that was counted, for comparing with a baseline's categories.
    pub fn counted(&self) -> impl Iterator<Item = (&str, u64)> {
        let text = |value| std::str::from_utf8(value).unwrap_or_default();
        self.values.iter().map(move |value| (text(&value.text), value.count))
    }

    pub fn rest(&self) -> u64 {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(categories: &mut Categories, text: &str) -> bool {
        categories.add(text.as_bytes(), Key::of(text.as_bytes()))
    }

    #[test]
    fn categories_are_listed_while_they_are_few() {
        let mut categories = Categories::default();
        assert_eq!(
            ["b", "a", "b"].map(|value| add(&mut categories, value)),
            [false, false, true]
        );
        assert_eq!(categories.listed().unwrap(), BTreeMap::from([("a", 1), ("b", 2)]));
        (0..LISTED_MAX).for_each(|value| assert!(!add(&mut categories, &value.to_string())));
        assert_eq!(categories.listed(), None);
        assert!(!categories.are_open() && !add(&mut categories, "b"));
    }

    #[test]
    fn known_values_are_counted_among_any_number_of_others() {
        let mut categories = Categories::knowing(["last", "last", "never"].map(String::from));
        for value in 0..10_000 {
            add(&mut categories, &value.to_string());
        }
        assert_eq!([(); 2].map(|()| add(&mut categories, "last")), [false, true]);
        let count = |name: &str| categories.counted().find(|(value, _)| *value == name);
        assert_eq!([count("last"), count("never")], [Some(("last", 2)), Some(("never", 0))]);
        assert_eq!(categories.rest(), 10_000 - COUNTED_MAX as u64);
    }

    #[test]
    fn long_values_take_a_bounded_share_of_memory() {
        let mut categories = Categories::knowing(["x".to_string()]);
        for value in 0..1_000 {
            add(&mut categories, &format!("{value:01000}"));
        }
        add(&mut categories, &"y".repeat(VALUE_BYTES_MAX + 1));
        assert_eq!(categories.rest(), 1_001 - (COUNTED_BYTES_MAX / 1_000) as u64);
    }
}
