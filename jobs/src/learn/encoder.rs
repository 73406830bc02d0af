//! Categories as numbers: the smoothed mean of the label among the rows of a category (ordered target encoding). Of an engine it
//! asks nothing but numbers, and it stays one number however many categories there are.
//!
//! A row's own label must not reach its own features, so a training row gets the mean over the rows before it in a
//! shuffled order, which is the rows' number hashed and so the same every time. Several such orders are averaged, because
//! the first rows of one see little. Every later row gets the mean over all training rows. A category that was never
//! seen is missing, which the engine handles.
//!
//! A frequent category's training rows get its whole mean as well: no split can tell them apart by it, so none learns its
//! own label, and the noise of an order would only hide what the category says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use windsock_decisions::state::{ColumnKind, Schema};

use super::frame::{Frame, Matrix, Values};
use crate::common::hash::mix;

/// Shuffled orders that a training row's feature is the mean of.
const ORDERS: u64 = 4;
/// A category's mean counts as if so many rows with the overall mean were added: rare categories stay near it.
const SMOOTHING_ROWS: f64 = 10.0;

/// From so many rows on a category is frequent: one label more or less moves its mean by a hundredth at most.
const FREQUENT_ROWS: f64 = 100.0;

/// What a model's columns mean, and how their fields become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<Encoding>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Encoding {
    name: String,
    /// None for a column of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    means: Option<BTreeMap<String, f64>>,
}

impl Encoder {
    /// Learns the means, and encodes the training rows on the way.
    pub fn fit(schema: &Schema, frame: &Frame, labels: &[f64]) -> (Encoder, Matrix) {
        let overall = labels.iter().sum::<f64>() / labels.len().max(1) as f64;
        let (mut columns, mut encoded) = (Vec::new(), Vec::new());
        for column in &schema.features {
            let (means, values) = match (column.kind, frame.column(&column.name)) {
                (ColumnKind::Categorical, Some(Values::Categories { values, names })) => {
                    let tallies = tallies(values, names.len(), labels);
                    let mut seen = ordered_means(values, names.len(), labels, overall);
                    for (seen, category) in seen.iter_mut().zip(values) {
                        let tally = &tallies[*category as usize];
                        if tally.count >= FREQUENT_ROWS {
                            *seen = tally.mean(overall);
                        }
                    }
                    let means = names.iter().zip(&tallies);
                    let means = means.map(|(name, tally)| (name.clone(), tally.mean(overall)));
                    (Some(means.collect()), seen)
                }
                (_, Some(Values::Numbers(numbers))) => (None, numbers.clone()),
                _ => (None, vec![f64::NAN; frame.rows]),
            };
            columns.push(Encoding {
                name: column.name.clone(),
                means,
            });
            encoded.push(values);
        }
        (Encoder { columns }, Matrix::from_columns(encoded, frame.rows))
    }

    /// Columns are found by name; one that the frame does not have is missing throughout.
    pub fn encode(&self, frame: &Frame) -> Matrix {
        let columns = self
            .columns
            .iter()
            .map(|encoding| match (frame.column(&encoding.name), &encoding.means) {
                (Some(Values::Numbers(numbers)), None) => numbers.clone(),
                (Some(Values::Categories { values, names }), Some(means)) => {
                    let by_number: Vec<f64> = names
                        .iter()
                        .map(|name| means.get(name).copied().unwrap_or(f64::NAN))
                        .collect();
                    values.iter().map(|number| by_number[*number as usize]).collect()
                }
                // Numbers where the model knows categories: their texts are gone, so nothing is known.
                _ => vec![f64::NAN; frame.rows],
            });
        Matrix::from_columns(columns.collect(), frame.rows)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|encoding| encoding.name.as_str())
    }
}

/// Sum and count of the labels of each category so far.
#[derive(Clone, Default)]
struct Tally {
    sum: f64,
    count: f64,
}

impl Tally {
    fn add(&mut self, label: f64) {
        self.sum += label;
        self.count += 1.0;
    }

    fn mean(&self, overall: f64) -> f64 {
        (self.sum + SMOOTHING_ROWS * overall) / (self.count + SMOOTHING_ROWS)
    }
}

/// Over all rows.
fn tallies(values: &[u32], categories: usize, labels: &[f64]) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); categories];
    for (category, label) in values.iter().zip(labels) {
        tallies[*category as usize].add(*label);
    }
    tallies
}

/// For each training row over the rows before it, in several orders.
fn ordered_means(values: &[u32], categories: usize, labels: &[f64], overall: f64) -> Vec<f64> {
    let mut means = vec![0.0; values.len()];
    let mut rows: Vec<usize> = (0..values.len()).collect();
    for order in 0..ORDERS {
        rows.sort_by_cached_key(|row| (mix((*row as u64 + 1).wrapping_mul(2 * order + 1)), *row));
        let mut tallies = vec![Tally::default(); categories];
        for row in &rows {
            let tally = &mut tallies[values[*row] as usize];
            means[*row] += tally.mean(overall) / ORDERS as f64;
            tally.add(labels[*row]);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use windsock_decisions::state::{Column, FORMAT};

    fn schema() -> Schema {
        let column = Column {
            name: "origin".into(),
            kind: ColumnKind::Categorical,
        };
        Schema {
            format: FORMAT,
            label: "late".into(),
            exclude: vec![],
            features: vec![column],
            classes: vec![],
        }
    }

    fn frame(values: Vec<u32>, names: &[&str]) -> Frame {
        let names = names.iter().map(|name| name.to_string()).collect();
        Frame {
            rows: values.len(),
            columns: vec![("origin".into(), Values::Categories { values, names })],
        }
    }

    #[test]
    fn later_rows_get_the_mean_of_their_category_and_unseen_ones_nothing() {
        let values: Vec<u32> = (0..1000).map(|row| row % 2).collect();
        let labels: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        let (encoder, _) = Encoder::fit(&schema(), &frame(values, &["JFK", "LGA"]), &labels);
        let encoded = encoder.encode(&frame(vec![0, 1, 2], &["LGA", "JFK", "EWR"]));
        assert!(encoded.values[0] > 0.98 && encoded.values[1] < 0.02 && encoded.values[2].is_nan());
    }

    #[test]
    fn a_training_row_never_sees_its_own_label() {
        // Every row is a category of its own: whatever the label, its feature is the overall mean.
        let names: Vec<String> = (0..50).map(|row| row.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let labels: Vec<f64> = (0..50).map(|row| f64::from(row % 2)).collect();
        let (_, encoded) = Encoder::fit(&schema(), &frame((0..50).collect(), &names), &labels);
        assert!(encoded.values.iter().all(|value| (value - 0.5).abs() < 1e-12));
    }

    #[test]
    fn rows_of_a_frequent_category_look_alike_and_those_of_a_rare_one_do_not() {
        let values: Vec<u32> = (0..1_000).map(|row| u32::from(row % 20 == 0)).collect();
        let labels: Vec<f64> = (0..1_000).map(|row| f64::from(u8::from(row % 3 == 0))).collect();
        let (encoder, trained) = Encoder::fit(&schema(), &frame(values.clone(), &["JFK", "LGA"]), &labels);
        let later = encoder.encode(&frame(values.clone(), &["JFK", "LGA"]));
        let alike = |category: u32| {
            let rows = (0..1_000).filter(|row| values[*row] == category);
            rows.filter(|row| trained.values[*row] == later.values[*row]).count()
        };
        assert_eq!(alike(0), 950, "frequent");
        assert_eq!(alike(1), 0, "rare");
    }

    #[test]
    fn a_category_without_meaning_stays_without_meaning() {
        // One category for all rows: what a row sees must not tell its own label, not even by its absence.
        let labels: Vec<f64> = (0..4_000)
            .map(|row| f64::from(u8::from(mix(row * 7 + 3).is_multiple_of(2))))
            .collect();
        let (_, encoded) = Encoder::fit(&schema(), &frame(vec![0; 4_000], &["JFK"]), &labels);
        let mean_where = |wanted: f64| {
            let seen = encoded
                .values
                .iter()
                .zip(&labels)
                .filter(|(_, label)| **label == wanted);
            let (sum, rows) = seen.fold((0.0, 0.0), |(sum, rows), (value, _)| (sum + value, rows + 1.0));
            sum / rows
        };
        assert!((mean_where(1.0) - mean_where(0.0)).abs() < 0.005);
    }
}
