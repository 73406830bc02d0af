//! Metrics of predictions, with a count for each row so that resamples need no copies.

use std::collections::BTreeMap;

use super::predictions::Predictions;
use super::task::Task;

/// Predictions of 0 and 1 are kept this far from certainty, so that the loss stays finite.
const CERTAINTY_MARGIN: f64 = 1e-15;

/// Labels and predictions of one model, prepared for many metrics with changing counts.
pub struct Scored<'a> {
    task: Task,
    labels: &'a [f64],
    predictions: Predictions,
    /// Binary: rows by rising prediction. Sorting once serves every resample.
    rising: Vec<u32>,
    /// Multiclass: the class that each row is said to be.
    said: Vec<usize>,
    /// Binary and multiclass: the loss of each row. Logarithms are dear, and no resample changes them.
    losses: Vec<f64>,
}

impl<'a> Scored<'a> {
    pub fn new(task: Task, labels: &'a [f64], predictions: Predictions) -> Scored<'a> {
        let rows = predictions.rows as u32;
        let mut rising = Vec::new();
        if task == Task::Binary {
            let values = &predictions.columns[0];
            rising = (0..rows).collect();
            rising.sort_by(|one, other| values[*one as usize].total_cmp(&values[*other as usize]));
        }
        let said = match task {
            Task::Multiclass => (0..predictions.rows).map(|row| predictions.class(row)).collect(),
            Task::Binary | Task::Regression => Vec::new(),
        };
        Scored {
            task,
            labels,
            losses: losses(task, labels, &predictions),
            predictions,
            rising,
            said,
        }
    }

    pub fn labels(&self) -> &[f64] {
        self.labels
    }

    pub fn predictions(&self) -> &Predictions {
        &self.predictions
    }

    pub fn task(&self) -> Task {
        self.task
    }

    /// All metrics of the task over every row once; those that are not defined are left out.
    pub fn all(&self) -> BTreeMap<String, f64> {
        self.all_of(&vec![1; self.labels.len()])
    }

    /// All metrics of the task over rows with these counts.
    pub fn all_of(&self, counts: &[u32]) -> BTreeMap<String, f64> {
        let names = self.task.metrics().iter();
        names
            .filter_map(|name| Some((name.to_string(), self.metric(name, counts)?)))
            .collect()
    }

    /// None when it is not defined: no rows, for auc only one class, or a metric of another task.
    pub fn metric(&self, name: &str, counts: &[u32]) -> Option<f64> {
        if !self.task.metrics().contains(&name) {
            return None;
        }
        let first = |row: usize| self.predictions.columns[0][row];
        let value = match name {
            "auc" => self.auc(counts)?,
            "logloss" | "multi_logloss" => self.mean(counts, |row, _| self.losses[row])?,
            "accuracy" => self.mean(counts, |row, label| f64::from((first(row) >= 0.5) == (label >= 0.5)))?,
            "multi_accuracy" => self.mean(counts, |row, label| f64::from(self.said[row] == label as usize))?,
            "macro_f1" => self.macro_f1(counts)?,
            "rmse" => self.mean(counts, |row, label| (label - first(row)).powi(2))?.sqrt(),
            "mae" => self.mean(counts, |row, label| (label - first(row)).abs())?,
            _ => return None,
        };
        value.is_finite().then_some(value)
    }

    fn mean(&self, counts: &[u32], of: impl Fn(usize, f64) -> f64) -> Option<f64> {
        let (mut sum, mut rows) = (0.0, 0.0);
        for (row, (label, count)) in self.labels.iter().zip(counts).enumerate() {
            if *count > 0 {
                sum += f64::from(*count) * of(row, *label);
                rows += f64::from(*count);
            }
        }
        (rows > 0.0).then(|| sum / rows)
    }

    /// The mean over the classes that occur, in truth or in what was said, of the harmonic mean of precision and recall.
    fn macro_f1(&self, counts: &[u32]) -> Option<f64> {
        let classes = self.predictions.columns.len();
        let (mut hits, mut said, mut true_rows) = (vec![0u64; classes], vec![0u64; classes], vec![0u64; classes]);
        for (row, (label, count)) in self.labels.iter().zip(counts).enumerate() {
            let (class, count) = (*label as usize, u64::from(*count));
            said[self.said[row]] += count;
            true_rows[class] += count;
            if self.said[row] == class {
                hits[class] += count;
            }
        }
        let occurring = (0..classes).filter(|class| said[*class] + true_rows[*class] > 0);
        let f1: Vec<f64> = occurring
            .map(|class| 2.0 * hits[class] as f64 / (said[class] + true_rows[class]) as f64)
            .collect();
        (!f1.is_empty()).then(|| f1.iter().sum::<f64>() / f1.len() as f64)
    }

    /// The chance that a row of class 1 is predicted above a row of class 0; equal predictions count half.
    fn auc(&self, counts: &[u32]) -> Option<f64> {
        let predictions = &self.predictions.columns[0];
        let (mut below, mut pairs_won, mut ones) = (0.0, 0.0, 0.0);
        let mut at = 0;
        while at < self.rising.len() {
            let level = predictions[self.rising[at] as usize];
            let (mut zeros_here, mut ones_here) = (0.0, 0.0);
            while let Some(row) = self.rising.get(at).map(|row| *row as usize) {
                if predictions[row] != level {
                    break;
                }
                let count = f64::from(counts[row]);
                if self.labels[row] >= 0.5 {
                    ones_here += count
                } else {
                    zeros_here += count
                }
                at += 1;
            }
            pairs_won += ones_here * (below + zeros_here / 2.0);
            below += zeros_here;
            ones += ones_here;
        }
        (below > 0.0 && ones > 0.0).then(|| pairs_won / (below * ones))
    }
}

fn losses(task: Task, labels: &[f64], predictions: &Predictions) -> Vec<f64> {
    let loss = |(row, label): (usize, &f64)| match task {
        Task::Binary => {
            let p = predictions.columns[0][row].clamp(CERTAINTY_MARGIN, 1.0 - CERTAINTY_MARGIN);
            -(label * p.ln() + (1.0 - label) * (1.0 - p).ln())
        }
        Task::Multiclass => -predictions.columns[*label as usize][row].max(CERTAINTY_MARGIN).ln(),
        Task::Regression => 0.0,
    };
    labels.iter().enumerate().map(loss).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(task: Task, labels: &[f64], predictions: Vec<f64>) -> Scored<'_> {
        Scored::new(task, labels, Predictions::single(predictions))
    }

    #[test]
    fn metrics_agree_with_hand_calculation() {
        let labels = [0.0, 0.0, 1.0, 1.0];
        let metrics = scored(Task::Binary, &labels, vec![0.1, 0.4, 0.35, 0.8]).all();
        assert_eq!(metrics["auc"], 0.75);
        assert_eq!(metrics["accuracy"], 0.75);
        let logloss = -(0.9f64.ln() + 0.6f64.ln() + 0.35f64.ln() + 0.8f64.ln()) / 4.0;
        assert!((metrics["logloss"] - logloss).abs() < 1e-12);
        let metrics = scored(Task::Regression, &[1.0, 2.0, 4.0], vec![1.0, 4.0, 3.0]).all();
        assert!((metrics["rmse"] - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(metrics["mae"], 1.0);
    }

    #[test]
    fn metrics_of_classes_agree_with_hand_calculation() {
        // Class 0 is hit twice of two, class 1 once of two, class 2 is never right and never said.
        let columns = vec![
            vec![0.8, 0.5, 0.6, 0.1, 0.7],
            vec![0.1, 0.3, 0.3, 0.8, 0.2],
            vec![0.1, 0.2, 0.1, 0.1, 0.1],
        ];
        let labels = [0.0, 0.0, 1.0, 1.0, 2.0];
        let predictions = Predictions { rows: 5, columns };
        let metrics = Scored::new(Task::Multiclass, &labels, predictions).all();
        assert!((metrics["multi_accuracy"] - 0.6).abs() < 1e-12);
        let logloss = -(0.8f64.ln() + 0.5f64.ln() + 0.3f64.ln() + 0.8f64.ln() + 0.1f64.ln()) / 5.0;
        assert!((metrics["multi_logloss"] - logloss).abs() < 1e-12);
        let f1 = (2.0 * 2.0 / 6.0 + 2.0 * 1.0 / 3.0 + 0.0) / 3.0;
        assert!((metrics["macro_f1"] - f1).abs() < 1e-12, "{metrics:?}");
    }

    #[test]
    fn counts_stand_for_repeated_rows() {
        let labels = [0.0, 1.0, 0.0, 1.0];
        let counted = scored(Task::Binary, &labels, vec![0.2, 0.2, 0.6, 0.5]).metric("auc", &[2, 1, 1, 3]);
        let repeated = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let predictions = vec![0.2, 0.2, 0.2, 0.6, 0.5, 0.5, 0.5];
        assert_eq!(
            counted,
            scored(Task::Binary, &repeated, predictions).metric("auc", &[1; 7])
        );
    }

    #[test]
    fn what_is_not_defined_is_left_out() {
        let scored = scored(Task::Binary, &[1.0, 1.0], vec![0.0, 1.0]);
        let metrics = scored.all();
        assert!(!metrics.contains_key("auc"));
        assert!(metrics["logloss"].is_finite());
        assert_eq!(scored.metric("macro_f1", &[1, 1]), None);
        assert_eq!(scored.metric("logloss", &[0, 0]), None);
    }
}
