//! One column's profile, built field by field: counts by type, moments, distribution, categories, distinct values.

use super::categories::Categories;
use super::distinct::{self, Distinct};
use super::documents::InferredType;
use super::kll::KllSketch;
use super::moments::Moments;
use super::number::{self, Field};
use super::text_hash::{Key, text_hash};

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

/// Fields are read until so many said something, or there are no more at hand.
const FIELDS_AT_ONCE: usize = 1_024;

/// What fields say that is not taken up yet: the numbers, and the hashes of texts. A column keeps none of this memory.
#[derive(Debug, Default)]
pub struct Read {
    numbers: Vec<f64>,
    texts: Vec<u64>,
}

impl Read {
    /// Whether it is worth taking up.
    pub fn is_enough(&self) -> bool {
        self.numbers.len() + self.texts.len() >= FIELDS_AT_ONCE
    }
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
        let mut read = Read::default();
        self.read_fields(std::iter::once(field.as_bytes()), &mut read);
        self.take_up(&mut read);
    }

    /// Fields, each of them valid UTF-8. What they say is only counted and collected.
    pub fn read_fields<'f>(&mut self, fields: impl Iterator<Item = &'f [u8]>, read: &mut Read) {
        let mut open = self.categories.are_open();
        for field in fields {
            let number = match number::read(field) {
                // NaN says nothing, blanks and NA neither.
                Field::Missing => {
                    self.missing += 1;
                    continue;
                }
                Field::Integral(value) => {
                    self.integral += 1;
                    Some(value)
                }
                Field::Fractional(value) => {
                    self.fractional += 1;
                    Some(value)
                }
                Field::Text => {
                    self.text += 1;
                    None
                }
            };
            read.numbers.extend(number);
            // Numbers, too: one text makes a column of texts, and then they were categories all along.
            if open {
                let key = Key::of(field);
                if !self.categories.add(field, key) {
                    self.distinct.add(number.map_or(key.hash, distinct::of_number));
                    open = self.categories.are_open();
                }
            } else if number.is_none() {
                read.texts.push(text_hash(field));
            }
        }
    }

    /// Takes up what was collected: much at once is quicker.
    pub fn take_up(&mut self, read: &mut Read) {
        self.moments.add_all(&read.numbers);
        self.sketch.add_all(&read.numbers);
        self.distinct.add_all(read.texts.iter().copied());
        // While there are categories, new numbers were counted as they came.
        if !self.categories.are_open() {
            self.distinct
                .add_all(read.numbers.iter().copied().map(distinct::of_number));
        }
        read.numbers.clear();
        read.texts.clear();
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
    fn numbers_are_told_apart_by_value_whether_they_are_categories_or_not() {
        let few = ["1", "1.0", "1.00", "-0", "0", "2", "2"];
        assert_eq!(profile(&few).distinct.count(), 3);
        let many: Vec<String> = (0..300).flat_map(|n| [n.to_string(), format!("{n}.0")]).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(profile(&many).distinct.count(), 300);
        let mixed = profile(&["1", "x", "1.0", "x", "1.5"]);
        assert_eq!(
            (mixed.distinct.count(), mixed.categories.listed().unwrap().len()),
            (3, 4)
        );
    }
}
