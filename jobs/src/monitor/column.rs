//! One column's profile, built field by field: counts by type, moments, distribution, categories, distinct values.

use super::categories::Categories;
use super::distinct::Distinct;
use super::documents::InferredType;
use super::kll::KllSketch;
use super::moments::Moments;
use super::number::{self, Field};
use super::text_hash::text_hash;

#[derive(Debug, Clone, Default)]
pub struct ColumnProfile {
    pub name: String,
    pub missing: u64,
    pub integral: u64,
    pub fractional: u64,
    pub text: u64,
    pub moments: Moments,
    pub sketch: KllSketch,
    pub categories: Categories,
    pub distinct: Distinct,
}

impl ColumnProfile {
    /// `known` are the categories that the baseline has.
    pub fn new(name: &str, known: Vec<String>) -> ColumnProfile {
        ColumnProfile {
            name: name.into(),
            categories: Categories::knowing(known),
            ..ColumnProfile::default()
        }
    }

    pub fn add(&mut self, field: &str) {
        self.add_fields(std::iter::once(field.as_bytes()), &mut Vec::new());
    }

    /// A batch of fields, each of them valid UTF-8; `numbers` is space that callers keep from batch to batch.
    pub fn add_fields<'f>(&mut self, fields: impl Iterator<Item = &'f [u8]>, numbers: &mut Vec<f64>) {
        numbers.clear();
        for field in fields {
            match number::read(field) {
                // NaN says nothing, blanks and NA neither.
                Field::Missing => {
                    self.missing += 1;
                    continue;
                }
                Field::Integral(value) => {
                    self.integral += 1;
                    numbers.push(value);
                }
                Field::Fractional(value) => {
                    self.fractional += 1;
                    numbers.push(value);
                }
                Field::Text => {
                    self.text += 1;
                    self.distinct.add(text_hash(field));
                }
            }
            // Numbers, too: one text makes a column of texts, and then they were categories all along.
            if self.categories.are_open() {
                self.categories.add(field);
            }
        }
        self.moments.add_all(numbers);
        self.sketch.add_all(numbers);
        self.distinct.add_numbers(numbers);
    }

    /// Takes up what another part of the same column holds.
    pub fn merge(&mut self, other: &ColumnProfile) {
        self.missing += other.missing;
        self.integral += other.integral;
        self.fractional += other.fractional;
        self.text += other.text;
        self.moments.merge(&other.moments);
        self.sketch.merge(&other.sketch);
        self.categories.merge(&other.categories);
        self.distinct.merge(&other.distinct);
    }

    pub fn present(&self) -> u64 {
        self.numbers() + self.text
    }

    pub fn numbers(&self) -> u64 {
        self.integral + self.fractional
    }

    pub fn completeness(&self) -> f64 {
        let rows = self.present() + self.missing;
        if rows == 0 {
            1.0
        } else {
            self.present() as f64 / rows as f64
        }
    }

    /// One text makes a column of texts, one fraction a column of fractions.
    pub fn inferred_type(&self) -> InferredType {
        if self.text > 0 {
            InferredType::String
        } else if self.fractional > 0 {
            InferredType::Fractional
        } else if self.integral > 0 {
            InferredType::Integral
        } else {
            InferredType::Unknown
        }
    }

    /// Share of present values that are of a type; an integral value is a good fraction, and anything is a good text.
    pub fn share_of(&self, kind: InferredType) -> f64 {
        let matching = match kind {
            InferredType::Integral => self.integral,
            InferredType::Fractional => self.numbers(),
            InferredType::String | InferredType::Unknown => self.present(),
        };
        if self.present() == 0 {
            1.0
        } else {
            matching as f64 / self.present() as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(fields: &[&str]) -> ColumnProfile {
        let mut column = ColumnProfile::new("x", vec![]);
        fields.iter().for_each(|field| column.add(field));
        column
    }

    #[test]
    fn types_follow_the_text_not_the_value() {
        for (fields, expected) in [
            (vec!["0", "1", "-7", "+3"], InferredType::Integral),
            (vec!["0", "1.0"], InferredType::Fractional),
            (vec!["1e3"], InferredType::Fractional),
            (vec!["0", "yes"], InferredType::String),
            (vec!["0", "inf"], InferredType::String),
            (vec!["", "NaN"], InferredType::Unknown),
            (vec![], InferredType::Unknown),
        ] {
            assert_eq!(profile(&fields).inferred_type(), expected, "{fields:?}");
        }
        let mixed = profile(&["1", "2", "0.5", "x", ""]);
        assert_eq!(mixed.completeness(), 0.8);
        assert_eq!(
            (
                mixed.share_of(InferredType::Integral),
                mixed.share_of(InferredType::Fractional)
            ),
            (0.5, 0.75)
        );
    }

    #[test]
    fn parts_together_are_the_whole() {
        let mut whole = profile(&["1", "0.5", "x", "", "x"]);
        let mut part = profile(&["1", "0.5"]);
        part.merge(&profile(&["x", "", "x"]));
        assert_eq!((part.present(), part.missing, part.text), (4, 1, 2));
        assert_eq!(part.distinct.count(), whole.distinct.count());
        assert_eq!(part.categories.listed(), whole.categories.listed());
        whole.merge(&ColumnProfile::default());
        assert_eq!(whole.present(), 4);
    }
}
