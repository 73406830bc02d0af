//! Categories as numbers: the smoothed mean of the label among the rows of a category.
//!
//! A row's own label must not reach its own features, so training rows get means that leave out their fold; every later
//! row gets the mean over all training rows. A category that was never seen is missing, which the engine handles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use windsock_decisions::state::{ColumnKind, Schema};

use super::frame::{Frame, Matrix, Values};
use crate::common::hash::mix;

const FOLDS: u64 = 5;
/// A category's mean counts as if so many rows with the overall mean were added: rare categories stay near it.
const SMOOTHING_ROWS: f64 = 10.0;

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
                    let tallies = Tallies::count(values, names.len(), labels);
                    (Some(tallies.means(names, overall)), tallies.left_out(values, overall))
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

/// Sums and counts of labels by category and fold.
struct Tallies {
    sums: Vec<[f64; FOLDS as usize]>,
    counts: Vec<[f64; FOLDS as usize]>,
    labels: usize,
}

fn fold(row: usize) -> usize {
    (mix(row as u64 + 1) % FOLDS) as usize
}

impl Tallies {
    fn count(values: &[u32], categories: usize, labels: &[f64]) -> Tallies {
        let mut tallies = Tallies {
            sums: vec![[0.0; FOLDS as usize]; categories],
            counts: vec![[0.0; FOLDS as usize]; categories],
            labels: labels.len(),
        };
        for (row, (category, label)) in values.iter().zip(labels).enumerate() {
            tallies.sums[*category as usize][fold(row)] += label;
            tallies.counts[*category as usize][fold(row)] += 1.0;
        }
        tallies
    }

    fn means(&self, names: &[String], overall: f64) -> BTreeMap<String, f64> {
        let mean = |at: usize| smoothed(self.sums[at].iter().sum(), self.counts[at].iter().sum(), overall);
        names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), mean(at)))
            .collect()
    }

    fn left_out(&self, values: &[u32], overall: f64) -> Vec<f64> {
        debug_assert_eq!(values.len(), self.labels);
        let mean = |row: usize, category: usize| {
            let own = fold(row);
            let (sums, counts) = (&self.sums[category], &self.counts[category]);
            let total = |of: &[f64; FOLDS as usize]| of.iter().sum::<f64>() - of[own];
            smoothed(total(sums), total(counts), overall)
        };
        values
            .iter()
            .enumerate()
            .map(|(row, category)| mean(row, *category as usize))
            .collect()
    }
}

fn smoothed(sum: f64, count: f64, overall: f64) -> f64 {
    (sum + SMOOTHING_ROWS * overall) / (count + SMOOTHING_ROWS)
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
}
