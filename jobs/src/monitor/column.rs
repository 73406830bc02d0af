//! One column's profile, built field by field: counts by type, moments, distribution, categories, distinct values.

use super::categories::Categories;
use super::distinct::Distinct;
use super::documents::InferredType;
use super::kll::KllSketch;
use crate::common::hash::quick;
use crate::common::values::{self, Number};

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
        if field.is_empty() {
            self.missing += 1;
            return;
        }
        match values::number(field) {
            Number::Finite(value) => {
                match is_integral(field) {
                    true => self.integral += 1,
                    false => self.fractional += 1,
                }
                self.moments.add(value);
                self.sketch.add(value);
                self.distinct.add_number(value);
            }
            // NaN says nothing, blanks and NA neither.
            Number::Missing => {
                self.missing += 1;
                return;
            }
            // An infinity is no number that a statistic could hold.
            Number::Infinite | Number::Text => {
                self.text += 1;
                self.distinct.add(quick(field.as_bytes()));
            }
        }
        self.categories.add(field);
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

/// Written as an integer: `3.0` is fractional whatever its value.
fn is_integral(field: &str) -> bool {
    let field = field.trim();
    let digits = field.strip_prefix(['-', '+']).unwrap_or(field);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sum, spread and range, stable for any number of values.
#[derive(Debug, Clone)]
pub struct Moments {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean (Welford).
    squares: f64,
    sum: f64,
    /// What rounding lost from the sum (Neumaier).
    lost: f64,
    pub min: f64,
    pub max: f64,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments {
            count: 0.0,
            mean: 0.0,
            squares: 0.0,
            sum: 0.0,
            lost: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
        let sum = self.sum + value;
        self.lost += match self.sum.abs() >= value.abs() {
            true => (self.sum - sum) + value,
            false => (value - sum) + self.sum,
        };
        self.sum = sum;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub fn sum(&self) -> f64 {
        finite(self.sum + self.lost)
    }

    pub fn mean(&self) -> f64 {
        finite(self.sum() / self.count)
    }

    /// Of the population: divided by n.
    pub fn std_dev(&self) -> f64 {
        finite((self.squares / self.count).sqrt())
    }
}

/// JSON has no infinity, and a baseline that we wrote must be one that we read: what is beyond every number is written
/// as the largest there is.
fn finite(number: f64) -> f64 {
    if number.is_nan() {
        f64::MAX
    } else {
        number.clamp(f64::MIN, f64::MAX)
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
    fn moments_of_values_that_add_up_to_more_than_any_number_are_finite() {
        let moments = profile(&["1e308", "1e308", "-1e308", "1.7e308"]).moments;
        assert!(moments.sum().is_finite() && moments.mean().is_finite() && moments.std_dev().is_finite());
    }

    #[test]
    fn moments_survive_large_offsets() {
        let fields: Vec<String> = [4.0, 7.0, 13.0, 16.0]
            .iter()
            .map(|value| format!("{}", 1e9 + value))
            .collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let moments = profile(&fields).moments;
        assert_eq!(moments.mean(), 1e9 + 10.0);
        assert!((moments.std_dev() - 22.5f64.sqrt()).abs() < 1e-9);
        assert_eq!(
            (moments.min, moments.max, moments.sum()),
            (1e9 + 4.0, 1e9 + 16.0, 4e9 + 40.0)
        );
    }
}
