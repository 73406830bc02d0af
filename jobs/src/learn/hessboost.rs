//! The default engine: gradient boosting by `hessboost`, in pure Rust, with XGBoost's arithmetic and XGBoost's file format.
//!
//! It learns and scores in single precision, as XGBoost does: numbers are told apart to seven digits. The same rows give the
//! same model on any number of threads; on processors with other vector units its last digits may be others.

use ::hessboost::config::GrowPolicy;
use ::hessboost::metric::EvalMetric;
use ::hessboost::model::ImportanceType;
use ::hessboost::objective::RegLoss;
use ::hessboost::prelude::{BoostedModel, DMatrix, Iterations, ModelFormat, Objective, TrainingParams, TreeMethod};
use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::frame::Matrix;
use super::hyperparameters::Hyperparameters;
use super::task::Task;
use super::{Examples, Fitted, Model, Round, Trainer};

pub const NAME: &str = "hessboost";
/// Below this many rows the threads cost more than they bring.
const PARALLEL_ROWS_MIN: usize = 20_000;
/// How a round does on the training rows is for people's eyes: so many of them show it.
const WATCHED_ROWS_MAX: usize = 10_000;
/// How the engine is told of the rows that it measures itself on; early stopping looks at the last.
const TRAIN: &str = "train";
const VALIDATION: &str = "validation";

#[derive(Debug)]
pub struct Hessboost;

impl Trainer for Hessboost {
    fn fit(
        &self,
        task: Task,
        train: &Examples,
        validation: Option<&Examples>,
        with: &Hyperparameters,
    ) -> Result<Fitted> {
        let (metric, metric_name) = stopping_metric(task, &with.objective_metric);
        let params = params(task, with, metric, train.matrix.rows)?;
        let train = labelled(train)?;
        let validation = validation.map(labelled).transpose()?;
        let watched = watched(&train)?;
        let mut trainer = ::hessboost::training::Trainer::new(&params, &train, with.rounds).eval(&watched, TRAIN);
        if let Some(validation) = &validation {
            trainer = trainer.eval(validation, VALIDATION);
            if let Ok(patience) = with.early_stopping_rounds.try_into() {
                trainer = trainer.early_stopping_rounds(patience);
            }
        }
        let trained = trainer.train().context("training failed")?;
        let rounds = trained.history.rounds().map(|round| Round {
            metric: metric_name,
            train: round.score(TRAIN, metric_name).unwrap_or(f64::NAN),
            validation: round.score(VALIDATION, metric_name),
        });
        let rounds = rounds.collect();
        // What came after the best round is of no use to anybody.
        let model = match trained.model.best_iteration() {
            Some(best) => trained.model.slice(..=best, 1).context("keep the best rounds")?,
            None => trained.model,
        };
        Ok(Fitted {
            model: Box::new(HessboostModel { model }),
            rounds,
        })
    }
}

fn params(task: Task, with: &Hyperparameters, metric: EvalMetric, rows: usize) -> Result<TrainingParams> {
    let objective = match task {
        Task::Binary | Task::Multiclass => Objective::BinaryLogistic(RegLoss::default()),
        Task::Regression => Objective::SquaredError(RegLoss::default()),
    };
    let params = TrainingParams::builder()
        .objective(objective)
        .eval_metric(metric)
        .tree_method(TreeMethod::Hist)
        .grow_policy(GrowPolicy::LossGuide)
        .eta(with.learning_rate.into())
        .max_depth(with.max_depth)
        .max_leaves(with.max_leaves)
        .min_child_weight(with.min_leaf_weight.into())
        .gamma(with.min_split_gain.into())
        .alpha(with.l1.into())
        .lambda(with.l2.into())
        .max_bin(with.bins.into())
        .colsample_bytree(with.columns_per_tree)
        .seed(with.seed);
    let params = if rows < PARALLEL_ROWS_MIN {
        params.nthread(1)
    } else {
        params.global_pool()
    };
    params.build().context("the hyperparameters do not fit together")
}

/// The engine measures progress by the objective where it can, and by the loss that it minimises where it cannot.
fn stopping_metric(task: Task, objective: &str) -> (EvalMetric, &'static str) {
    match (task, objective) {
        (Task::Binary, "auc") => (EvalMetric::Auc, "auc"),
        (Task::Binary | Task::Multiclass, _) => (EvalMetric::LogLoss, "logloss"),
        (Task::Regression, _) => (EvalMetric::Rmse, "rmse"),
    }
}

fn labelled(examples: &Examples) -> Result<DMatrix> {
    let labels: Vec<f32> = examples.labels.iter().map(|label| *label as f32).collect();
    if let Some(at) = labels.iter().position(|label| !label.is_finite()) {
        bail!(
            "the label {:e} is too large to be learned: labels up to {:e} are right",
            examples.labels[at],
            f32::MAX
        );
    }
    rows(&examples.matrix)?
        .with_labels(&labels)
        .context("hand over the labels")
}

/// Training rows from all over.
fn watched(train: &DMatrix) -> Result<DMatrix> {
    let apart = train.n_rows().div_ceil(WATCHED_ROWS_MAX).max(1);
    let rows: Vec<usize> = (0..train.n_rows()).step_by(apart).collect();
    train.select_rows(&rows).context("choose rows to watch")
}

/// Row by row, in single precision; what is beyond its range is as large as it gets.
fn rows(matrix: &Matrix) -> Result<DMatrix> {
    let single = |value: f64| (value as f32).clamp(f32::MIN, f32::MAX);
    let mut values = vec![f32::NAN; matrix.rows * matrix.columns];
    for at in 0..matrix.columns {
        let column = matrix.column(at).iter();
        for (to, from) in values.iter_mut().skip(at).step_by(matrix.columns).zip(column) {
            *to = single(*from);
        }
    }
    DMatrix::from_dense_vec(values, matrix.rows, matrix.columns).context("hand over the rows")
}

pub struct HessboostModel {
    model: BoostedModel,
}

impl HessboostModel {
    pub fn load(saved: &Value) -> Result<HessboostModel> {
        let model = BoostedModel::decode(saved.to_string(), ModelFormat::XgboostJson).context("read the booster")?;
        Ok(HessboostModel { model })
    }
}

impl Model for HessboostModel {
    fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        if matrix.rows == 0 {
            return Ok(Vec::new());
        }
        let predictions = self.model.predict(&rows(matrix)?, Iterations::Best).context("score")?;
        Ok(predictions.as_slice().iter().map(|value| f64::from(*value)).collect())
    }

    fn save(&self) -> Result<Value> {
        let bytes = self
            .model
            .encode(ModelFormat::XgboostJson)
            .context("write the booster")?;
        serde_json::from_slice(&bytes).context("write the booster")
    }

    fn importance(&self, columns: usize) -> Vec<f64> {
        let gains = self.model.feature_importance(ImportanceType::TotalGain);
        let total: f64 = gains.values().sum();
        let share = |at: usize| gains.get(&at).map_or(0.0, |gain| gain / total);
        (0..columns).map(share).collect()
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
        let fitted = Hessboost.fit(Task::Binary, &train, Some(&validation), &with).unwrap();
        assert!(fitted.rounds.len() < 400, "stopped after {}", fitted.rounds.len());
        let told = |round: &Round| round.train > 0.5 && round.validation.is_some_and(|auc| auc > 0.5);
        assert!(fitted.rounds.iter().skip(1).all(told), "{:?}", fitted.rounds);
        let fresh = examples(500, 3);
        let predictions = fitted.model.predict(&fresh.matrix).unwrap();
        let auc = Scored::new(Task::Binary, &fresh.labels, Predictions::single(predictions.clone()))
            .metric("auc", &[1; 500])
            .unwrap();
        assert!(auc > 0.97, "{auc}");
        let loaded = HessboostModel::load(&fitted.model.save().unwrap()).unwrap();
        assert_eq!(loaded.predict(&fresh.matrix).unwrap(), predictions);
        let importance = loaded.importance(3);
        assert!(
            (importance.iter().sum::<f64>() - 1.0).abs() < 1e-5 && importance[2] == 0.0,
            "{importance:?}"
        );
    }

    #[test]
    fn the_same_rows_give_the_same_model() {
        let fit = || {
            let fitted = Hessboost
                .fit(Task::Binary, &examples(1_000, 1), None, &Hyperparameters::default())
                .unwrap();
            fitted.model.save().unwrap().to_string()
        };
        assert_eq!(fit(), fit());
    }

    #[test]
    fn a_row_is_answered_alike_alone_and_in_company() {
        let train = examples(1_000, 1);
        let model = Hessboost
            .fit(Task::Binary, &train, None, &Hyperparameters::default())
            .unwrap()
            .model;
        let together = model.predict(&train.matrix).unwrap();
        for row in [0, 499, 999] {
            let alone = (0..3).map(|at| vec![train.matrix.column(at)[row]]).collect();
            assert_eq!(model.predict(&Matrix::from_columns(alone, 1)).unwrap(), [together[row]]);
        }
    }

    #[test]
    fn numbers_beyond_single_precision_are_the_largest_there_are() {
        let values = [-1e300, -1.0, 1.0, 1e300];
        let labels: Vec<f64> = (0..400).map(|row| f64::from(u8::from(row % 4 == 3))).collect();
        let column = (0..400).map(|row| values[row % 4]).collect();
        let train = Examples {
            matrix: Matrix::from_columns(vec![column], 400),
            labels,
        };
        let with = Hyperparameters::default();
        let model = Hessboost.fit(Task::Regression, &train, None, &with).unwrap().model;
        let said = model.predict(&train.matrix).unwrap();
        assert!(
            said[3] > 0.9 && said[..3].iter().all(|value| *value < 0.1),
            "{:?}",
            &said[..4]
        );
        let labels = vec![1e300; 400];
        let error = Hessboost.fit(Task::Regression, &Examples { labels, ..train }, None, &with);
        let error = format!("{:#}", error.err().unwrap());
        assert!(error.contains("the label 1e300 is too large to be learned"), "{error}");
    }
}
