//! Fits what a task needs: one model, or one for each class against the rest.
//!
//! One against the rest needs nothing of an engine but two classes, so that another engine stays one file, and each class gets
//! its own encoding of the categories. A class without a training row has no model.

use anyhow::Result;
use windsock_decisions::state::Schema;

use crate::common::values::quoted;
use crate::learn::artefact::Part;
use crate::learn::encoder::Encoder;
use crate::learn::frame::Frame;
use crate::learn::hyperparameters::Hyperparameters;
use crate::learn::task::Task;
use crate::learn::{Examples, Round, engine};

/// Rows as they were read, with their labels.
pub struct Rows<'a> {
    frame: &'a Frame,
    labels: &'a [f64],
}

impl<'a> Rows<'a> {
    pub fn new(frame: &'a Frame, labels: &'a [f64]) -> Rows<'a> {
        Rows { frame, labels }
    }
}

pub struct Learned {
    pub parts: Vec<Option<Part>>,
    /// Rounds that the model keeps after early stopping; of several parts the most.
    pub rounds: usize,
}

pub fn fit(task: Task, schema: &Schema, train: &Rows, validation: &Rows, with: &Hyperparameters) -> Result<Learned> {
    if task != Task::Multiclass {
        let (part, rounds) = fit_one(task, schema, train, validation, with)?;
        let parts = vec![Some(part)];
        return Ok(Learned { parts, rounds });
    }
    let (mut parts, mut rounds) = (Vec::new(), 0);
    for (at, class) in schema.classes.iter().enumerate() {
        let against_rest = |labels: &[f64]| -> Vec<f64> {
            let is = |label: &f64| f64::from(*label as usize == at);
            labels.iter().map(is).collect()
        };
        let (labels, judging) = (against_rest(train.labels), against_rest(validation.labels));
        if labels.iter().all(|label| *label == 0.0) {
            println!("Class {} has no training row", quoted(class));
            parts.push(None);
            continue;
        }
        println!("Class {} against the rest", quoted(class));
        let rows = Rows::new(train.frame, &labels);
        let judges = Rows::new(validation.frame, &judging);
        let (part, kept) = fit_one(Task::Binary, schema, &rows, &judges, with)?;
        rounds = rounds.max(kept);
        parts.push(Some(part));
    }
    Ok(Learned { parts, rounds })
}

fn fit_one(
    task: Task,
    schema: &Schema,
    train: &Rows,
    validation: &Rows,
    with: &Hyperparameters,
) -> Result<(Part, usize)> {
    let (encoder, matrix) = Encoder::fit(schema, train.frame, train.labels);
    let validation = Examples {
        matrix: encoder.encode(validation.frame),
        labels: validation.labels.to_vec(),
    };
    let train = Examples {
        matrix,
        labels: train.labels.to_vec(),
    };
    let judges = judges(task, &validation).then_some(&validation);
    let fitted = engine::default_trainer().fit(task, &train, judges, with)?;
    print_rounds(&fitted.rounds);
    let kept = best_round(&fitted.rounds, judges.is_some() && with.early_stopping_rounds > 0);
    let model = fitted.model;
    Ok((Part { encoder, model }, kept))
}

/// Validation rows decide when to stop, unless there are none or all of one class, which no metric can rank.
fn judges(task: Task, validation: &Examples) -> bool {
    match (task, validation.labels.first()) {
        (_, None) => false,
        (Task::Regression, _) => true,
        (Task::Binary | Task::Multiclass, Some(first)) => validation.labels.iter().any(|label| label != first),
    }
}

/// One line a round, for a person and for SageMaker's metric definitions.
fn print_rounds(rounds: &[Round]) {
    for (at, round) in rounds.iter().enumerate() {
        let Round { metric, train, .. } = round;
        match round.validation {
            Some(validation) => println!("[{at}] train-{metric}:{train:.6} validation-{metric}:{validation:.6}"),
            None => println!("[{at}] train-{metric}:{train:.6}"),
        }
    }
}

/// How many rounds the model keeps: up to the first best one when training may stop early.
fn best_round(rounds: &[Round], stops_early: bool) -> usize {
    if !stops_early {
        return rounds.len();
    }
    let better = |one: f64, other: f64, metric: &str| if metric == "auc" { one > other } else { one < other };
    let mut best: Option<(usize, f64)> = None;
    for (at, round) in rounds.iter().enumerate() {
        if let Some(value) = round.validation
            && best.is_none_or(|(_, so_far)| better(value, so_far, round.metric))
        {
            best = Some((at, value));
        }
    }
    best.map_or(rounds.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::artefact::Artefact;
    use crate::learn::frame::Values;
    use crate::learn::record::Trained;
    use windsock_decisions::state::{Column, ColumnKind, FORMAT};

    fn round(metric: &'static str, validation: f64) -> Round {
        Round {
            metric,
            train: 0.0,
            validation: Some(validation),
        }
    }

    #[test]
    fn the_first_best_round_is_kept() {
        let auc = [
            round("auc", 0.6),
            round("auc", 0.7),
            round("auc", 0.7),
            round("auc", 0.65),
        ];
        assert_eq!(best_round(&auc, true), 2);
        assert_eq!(best_round(&auc, false), 4);
        let loss = [round("rmse", 3.0), round("rmse", 2.0), round("rmse", 2.5)];
        assert_eq!(best_round(&loss, true), 2);
        assert_eq!(best_round(&[], true), 0);
    }

    #[test]
    fn a_class_without_a_training_row_has_no_model_and_no_probability_also_after_saving() {
        let column = Column {
            name: "x".into(),
            kind: ColumnKind::Numeric,
        };
        let schema = Schema {
            format: FORMAT,
            label: "y".into(),
            exclude: vec![],
            features: vec![column],
            classes: ["high", "low", "never"].map(String::from).into(),
        };
        let numbers: Vec<f64> = (0..200).map(f64::from).collect();
        let labels: Vec<f64> = numbers.iter().map(|x| f64::from(*x < 100.0)).collect();
        let frame = Frame {
            rows: 200,
            columns: vec![("x".into(), Values::Numbers(numbers))],
        };
        let rows = Rows::new(&frame, &labels);
        let learned = fit(Task::Multiclass, &schema, &rows, &rows, &Hyperparameters::default()).unwrap();
        assert!(learned.parts[0].is_some() && learned.parts[1].is_some() && learned.parts[2].is_none());
        let artefact = Artefact::new(schema, Task::Multiclass, learned.parts);
        let predictions = artefact.predict(&frame).unwrap();
        assert_eq!((predictions.class(5), predictions.class(195)), (1, 0));
        assert!(predictions.columns[2].iter().all(|share| *share == 0.0));

        let folder = tempfile::tempdir().unwrap();
        artefact
            .save(folder.path(), engine::default_name(), &trained())
            .unwrap();
        assert_eq!(
            Artefact::open(folder.path()).unwrap().predict(&frame).unwrap(),
            predictions
        );
    }

    /// A record whose content is another test's matter.
    fn trained() -> Trained {
        let run = serde_json::json!({
            "format": FORMAT, "slot": "s", "project": "p", "learned_from": [], "jobs_version": "0",
            "split": { "by": "content", "holdout": 0.2, "validation": 0.1 },
            "rows": { "train": 200, "validation": 0, "holdout": 0 },
        });
        Trained {
            format: FORMAT,
            run: serde_json::from_value(run).unwrap(),
            engine: engine::default_name().into(),
            jobs_version: "0".into(),
            task: Task::Multiclass,
            hyperparameters: Default::default(),
            rounds: 1,
            metrics: Default::default(),
            importance: vec![],
        }
    }
}
