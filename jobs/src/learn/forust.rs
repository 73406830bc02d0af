//! The default engine: gradient boosting by `forust-ml`, in pure Rust.

use anyhow::{Context, Result, anyhow};
use forust_ml::GradientBooster;
use forust_ml::gradientbooster::{GrowPolicy, ImportanceMethod};
use forust_ml::metric::Metric;
use forust_ml::objective::ObjectiveType;
use serde_json::Value;

use super::frame::Matrix;
use super::hyperparameters::Hyperparameters;
use super::task::Task;
use super::{Examples, Fitted, Model, Round, Trainer};

pub const NAME: &str = "forust";

/// Below this many rows the threads cost more than they bring.
const PARALLEL_ROWS_MIN: usize = 20_000;

#[derive(Debug)]
pub struct Forust;

impl Trainer for Forust {
    fn fit(
        &self,
        task: Task,
        train: &Examples,
        validation: Option<&Examples>,
        with: &Hyperparameters,
    ) -> Result<Fitted> {
        let (metric, metric_name) = stopping_metric(task, &with.objective_metric);
        let mut booster = booster(task, with, metric, train.matrix.rows, validation.is_some());
        let train_matrix = usable(&train.matrix);
        let validation_matrix = validation.map(|examples| usable(&examples.matrix));
        let train_weights = vec![1.0; train.labels.len()];
        let validation_weights = vec![1.0; validation.map_or(0, |examples| examples.labels.len())];
        // Early stopping looks at the last set.
        let mut sets = vec![(view(&train_matrix), train.labels.as_slice(), train_weights.as_slice())];
        if let (Some(matrix), Some(examples)) = (&validation_matrix, validation) {
            sets.push((view(matrix), examples.labels.as_slice(), validation_weights.as_slice()));
        }
        booster
            .fit(&view(&train_matrix), &train.labels, &train_weights, Some(sets))
            .map_err(|error| anyhow!("training failed: {error}"))?;
        let rounds = rounds(&booster, metric_name);
        Ok(Fitted {
            model: Box::new(ForustModel { booster, task }),
            rounds,
        })
    }
}

fn booster(task: Task, with: &Hyperparameters, metric: Metric, rows: usize, validated: bool) -> GradientBooster {
    let objective = match task {
        Task::Binary | Task::Multiclass => ObjectiveType::LogLoss,
        Task::Regression => ObjectiveType::SquaredLoss,
    };
    let stopping = (validated && with.early_stopping_rounds > 0).then_some(with.early_stopping_rounds);
    let mut booster = GradientBooster::default()
        .set_objective_type(objective)
        .set_iterations(with.rounds)
        .set_learning_rate(with.learning_rate)
        .set_max_depth(with.max_depth)
        .set_max_leaves(with.max_leaves)
        .set_min_leaf_weight(with.min_leaf_weight)
        .set_l1(with.l1)
        .set_l2(with.l2)
        .set_gamma(with.min_split_gain)
        .set_nbins(with.bins)
        .set_colsample_bytree(with.columns_per_tree)
        .set_seed(with.seed)
        .set_parallel(rows >= PARALLEL_ROWS_MIN)
        .set_initialize_base_score(true)
        .set_evaluation_metric(Some(metric))
        .set_early_stopping_rounds(stopping);
    booster.grow_policy = GrowPolicy::LossGuide;
    booster
}

/// The engine measures progress by the objective where it can, and by the loss that it minimises where it cannot.
fn stopping_metric(task: Task, objective: &str) -> (Metric, &'static str) {
    match (task, objective) {
        (Task::Binary, "auc") => (Metric::AUC, "auc"),
        (Task::Binary | Task::Multiclass, _) => (Metric::LogLoss, "logloss"),
        (Task::Regression, _) => (Metric::RootMeanSquaredError, "rmse"),
    }
}

/// The engine needs some value in every column: one that is missing throughout says nothing, so it becomes constant.
fn usable(matrix: &Matrix) -> Matrix {
    let mut usable = matrix.clone();
    for column in usable.values.chunks_mut(matrix.rows.max(1)) {
        if column.iter().all(|value| value.is_nan()) {
            column.fill(0.0);
        }
    }
    usable
}

fn view(matrix: &Matrix) -> forust_ml::Matrix<'_, f64> {
    forust_ml::Matrix::new(&matrix.values, matrix.rows, matrix.columns)
}

fn rounds(booster: &GradientBooster, metric: &'static str) -> Vec<Round> {
    let Some(history) = &booster.evaluation_history else {
        return Vec::new();
    };
    let row = |at: usize| Round {
        metric,
        train: *history.get(at, 0),
        validation: (history.cols > 1).then(|| *history.get(at, 1)),
    };
    (0..history.rows).map(row).collect()
}

pub struct ForustModel {
    booster: GradientBooster,
    task: Task,
}

impl ForustModel {
    pub fn load(task: Task, saved: &Value) -> Result<ForustModel> {
        let text = saved.to_string();
        let booster = GradientBooster::from_json(&text).map_err(|error| anyhow!("read the booster: {error}"))?;
        Ok(ForustModel { booster, task })
    }
}

impl Model for ForustModel {
    fn predict(&self, matrix: &Matrix) -> Vec<f64> {
        let mut scores = self.booster.predict(&view(matrix), matrix.rows >= PARALLEL_ROWS_MIN);
        if self.task != Task::Regression {
            scores
                .iter_mut()
                .for_each(|score| *score = 1.0 / (1.0 + (-*score).exp()));
        }
        scores
    }

    fn save(&self) -> Result<Value> {
        let text = self
            .booster
            .json_dump()
            .map_err(|error| anyhow!("write the booster: {error}"))?;
        serde_json::from_str(&text).context("write the booster")
    }

    fn importance(&self, columns: usize) -> Vec<f64> {
        let gains = self
            .booster
            .calculate_feature_importance(ImportanceMethod::TotalGain, true);
        (0..columns)
            .map(|at| gains.get(&at).map_or(0.0, |gain| f64::from(*gain)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::metrics::Scored;
    use crate::learn::predictions::Predictions;

    /// The label is 1 where two columns agree in sign; a third is missing throughout.
    fn examples(rows: usize, seed: u64) -> Examples {
        let mut random = crate::common::hash::Random::new(seed);
        let mut draw = || random.below(2_000) as f64 / 1_000.0 - 1.0;
        let (one, other): (Vec<f64>, Vec<f64>) = (0..rows).map(|_| (draw(), draw())).unzip();
        let labels = one
            .iter()
            .zip(&other)
            .map(|(one, other)| f64::from(one * other > 0.0))
            .collect();
        Examples {
            matrix: Matrix::from_columns(vec![one, other, vec![f64::NAN; rows]], rows),
            labels,
        }
    }

    #[test]
    fn it_learns_stops_early_and_says_the_same_after_saving() {
        let (train, validation) = (examples(2_000, 1), examples(500, 2));
        let with = Hyperparameters {
            rounds: 400,
            early_stopping_rounds: 5,
            ..Hyperparameters::default()
        };
        let fitted = Forust.fit(Task::Binary, &train, Some(&validation), &with).unwrap();
        assert!(fitted.rounds.len() < 400, "stopped after {}", fitted.rounds.len());
        let fresh = examples(500, 3);
        let predictions = fitted.model.predict(&fresh.matrix);
        let auc = Scored::new(Task::Binary, &fresh.labels, Predictions::single(predictions.clone()))
            .metric("auc", &[1; 500])
            .unwrap();
        assert!(auc > 0.97, "{auc}");
        let loaded = ForustModel::load(Task::Binary, &fitted.model.save().unwrap()).unwrap();
        assert_eq!(loaded.predict(&fresh.matrix), predictions);
        let importance = loaded.importance(3);
        assert!(
            (importance.iter().sum::<f64>() - 1.0).abs() < 1e-5 && importance[2] == 0.0,
            "{importance:?}"
        );
    }

    #[test]
    fn the_same_rows_give_the_same_model() {
        let fit = || {
            let fitted = Forust
                .fit(Task::Binary, &examples(1_000, 1), None, &Hyperparameters::default())
                .unwrap();
            fitted.model.save().unwrap().to_string()
        };
        assert_eq!(fit(), fit());
    }
}
