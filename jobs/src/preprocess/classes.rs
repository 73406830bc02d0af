//! The label's classes: which texts it takes, and how often.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::common::values::{self, Number, quoted};

/// A class that fewer rows have can neither be learned nor judged; its rows are quarantined, and a mistyped label is one.
pub const CLASS_ROWS_MIN: u64 = 10;
/// One model is fitted for each class; a label of more values is a number, a text or an identifier.
const CLASSES_MAX: usize = 100;
/// So many different labels are remembered before a column is taken for no label of classes at all.
const LABELS_REMEMBERED_MAX: usize = 10_000;

/// How many rows have each label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    counts: BTreeMap<String, u64>,
    too_many: bool,
}

impl Labels {
    pub fn count(&mut self, field: &str) {
        if let Some(class) = class(field) {
            self.add_rows(class, 1);
        }
    }

    pub fn add(&mut self, other: &Labels) {
        self.too_many |= other.too_many;
        for (class, rows) in &other.counts {
            self.add_rows(class, *rows);
        }
    }

    fn add_rows(&mut self, class: &str, rows: u64) {
        if let Some(count) = self.counts.get_mut(class) {
            *count += rows;
        } else if self.counts.len() < LABELS_REMEMBERED_MAX {
            self.counts.insert(class.to_owned(), rows);
        } else {
            self.too_many = true;
        }
    }

    /// The classes to learn, in the order of their texts.
    pub fn classes(&self, label: &str) -> Result<Vec<String>> {
        let often = self.counts.iter().filter(|(_, rows)| **rows >= CLASS_ROWS_MIN);
        let classes: Vec<String> = often.map(|(class, _)| class.clone()).collect();
        if self.too_many || classes.len() > CLASSES_MAX {
            bail!(
                "The label {} has more than {CLASSES_MAX} classes, of which each would need a model of its own: choose \
                 another label, or the metric rmse or mae if it is a number",
                quoted(label)
            );
        }
        if classes.len() < 2 {
            bail!(
                "The label {} has {} of at least {CLASS_ROWS_MIN} rows among {} different values: at least two classes \
                 can be told apart; deliver more rows, or choose another label",
                quoted(label),
                if classes.is_empty() { "no class" } else { "one class" },
                self.counts.len()
            );
        }
        Ok(classes)
    }
}

/// A label as a class is written: without spaces around it. Nothing where a number would be missing.
pub fn class(field: &str) -> Option<&str> {
    (values::number(field) != Number::Missing).then(|| field.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(given: &[(&str, u64)]) -> Labels {
        let mut labels = Labels::default();
        for (class, rows) in given {
            (0..*rows).for_each(|_| labels.count(class));
        }
        labels
    }

    #[test]
    fn classes_are_the_labels_that_occur_often_enough() {
        let labels = labels(&[("storm", 10), (" calm ", 12), ("strom", 9), ("", 50), ("NA", 50)]);
        assert_eq!(labels.classes("weather").unwrap(), ["calm", "storm"]);
    }

    #[test]
    fn one_class_and_too_many_are_refused() {
        let refused = |labels: &Labels| labels.classes("weather").unwrap_err().to_string();
        let one = refused(&labels(&[("calm", 12), ("storm", 9)]));
        assert!(
            one.starts_with("The label `weather` has one class of at least 10 rows among 2 different values"),
            "{one}"
        );
        let mut many = Labels::default();
        (0..=LABELS_REMEMBERED_MAX).for_each(|number| many.count(&number.to_string()));
        assert!(refused(&many).starts_with("The label `weather` has more than 100 classes"));
    }

    #[test]
    fn objects_are_counted_together() {
        let mut all = labels(&[("calm", 9), ("storm", 9)]);
        all.add(&labels(&[("calm", 1), ("storm", 1)]));
        assert_eq!(all.classes("weather").unwrap(), ["calm", "storm"]);
    }
}
