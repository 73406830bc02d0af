//! Metrics of predictions, with a count for each row so that resamples need no copies.

use std::collections::BTreeMap;

use super::task::Task;

/// Predictions of 0 and 1 are kept this far from certainty, so that the loss stays finite.
const CERTAINTY_MARGIN: f64 = 1e-15;

/// Labels and predictions of one model, prepared for many metrics with changing counts.
pub struct Scored<'a> {
    labels: &'a [f64],
    predictions: Vec<f64>,
    /// Rows by rising prediction: sorting once serves every resample.
    rising: Vec<u32>,
}

impl<'a> Scored<'a> {
    pub fn new(labels: &'a [f64], predictions: Vec<f64>) -> Scored<'a> {
        let mut rising: Vec<u32> = (0..predictions.len() as u32).collect();
        rising.sort_by(|one, other| predictions[*one as usize].total_cmp(&predictions[*other as usize]));
        Scored {
            labels,
            predictions,
            rising,
        }
    }

    /// All metrics of the task over every row once; those that are not defined are left out.
    pub fn all(&self, task: Task) -> BTreeMap<String, f64> {
        let names: &[&str] = match task {
            Task::Binary => &["auc", "logloss", "accuracy"],
            Task::Regression => &["rmse", "mae"],
        };
        let once = vec![1; self.labels.len()];
        names
            .iter()
            .filter_map(|name| Some((name.to_string(), self.metric(name, &once)?)))
            .collect()
    }

    /// None when it is not defined: no rows, or for auc only one class.
    pub fn metric(&self, name: &str, counts: &[u32]) -> Option<f64> {
        let value = match name {
            "auc" => self.auc(counts)?,
            "logloss" => self.mean(counts, |label, prediction| {
                let p = prediction.clamp(CERTAINTY_MARGIN, 1.0 - CERTAINTY_MARGIN);
                -(label * p.ln() + (1.0 - label) * (1.0 - p).ln())
            })?,
            "accuracy" => self.mean(counts, |label, prediction| {
                f64::from((prediction >= 0.5) == (label >= 0.5))
            })?,
            "rmse" => self
                .mean(counts, |label, prediction| (label - prediction).powi(2))?
                .sqrt(),
            "mae" => self.mean(counts, |label, prediction| (label - prediction).abs())?,
            _ => return None,
        };
        value.is_finite().then_some(value)
    }

    fn mean(&self, counts: &[u32], of: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let (mut sum, mut rows) = (0.0, 0.0);
        for ((label, prediction), count) in self.labels.iter().zip(&self.predictions).zip(counts) {
            sum += f64::from(*count) * of(*label, *prediction);
            rows += f64::from(*count);
        }
        (rows > 0.0).then(|| sum / rows)
    }

    /// The chance that a row of class 1 is predicted above a row of class 0; equal predictions count half.
    fn auc(&self, counts: &[u32]) -> Option<f64> {
        let (mut below, mut pairs_won, mut ones) = (0.0, 0.0, 0.0);
        let mut at = 0;
        while at < self.rising.len() {
            let level = self.predictions[self.rising[at] as usize];
            let (mut zeros_here, mut ones_here) = (0.0, 0.0);
            while let Some(row) = self.rising.get(at).map(|row| *row as usize) {
                if self.predictions[row] != level {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_agree_with_hand_calculation() {
        let labels = [0.0, 0.0, 1.0, 1.0];
        let scored = Scored::new(&labels, vec![0.1, 0.4, 0.35, 0.8]);
        let metrics = scored.all(Task::Binary);
        assert_eq!(metrics["auc"], 0.75);
        assert_eq!(metrics["accuracy"], 0.75);
        let logloss = -(0.9f64.ln() + 0.6f64.ln() + 0.35f64.ln() + 0.8f64.ln()) / 4.0;
        assert!((metrics["logloss"] - logloss).abs() < 1e-12);
        let scored = Scored::new(&[1.0, 2.0, 4.0], vec![1.0, 4.0, 3.0]);
        let metrics = scored.all(Task::Regression);
        assert!((metrics["rmse"] - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(metrics["mae"], 1.0);
    }

    #[test]
    fn counts_stand_for_repeated_rows() {
        let labels = [0.0, 1.0, 0.0, 1.0];
        let counted = Scored::new(&labels, vec![0.2, 0.2, 0.6, 0.5]).metric("auc", &[2, 1, 1, 3]);
        let repeated = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let predictions = vec![0.2, 0.2, 0.2, 0.6, 0.5, 0.5, 0.5];
        assert_eq!(counted, Scored::new(&repeated, predictions).metric("auc", &[1; 7]));
    }

    #[test]
    fn what_is_not_defined_is_left_out() {
        let scored = Scored::new(&[1.0, 1.0], vec![0.0, 1.0]);
        let metrics = scored.all(Task::Binary);
        assert!(!metrics.contains_key("auc"));
        assert!(metrics["logloss"].is_finite());
        assert_eq!(scored.metric("f1", &[1, 1]), None);
    }
}
