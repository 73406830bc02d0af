//! Train: rows in, a model with its schema and its record out. Deterministic: the same rows give the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use windsock_decisions::state::{FORMAT, Schema};

use crate::common::files;
use crate::common::paths::Root;
use crate::learn::artefact::Artefact;
use crate::learn::encoder::Encoder;
use crate::learn::hyperparameters::Hyperparameters;
use crate::learn::metrics::Scored;
use crate::learn::record::{Importance, Preprocessed, Trained};
use crate::learn::task::Task;
use crate::learn::{Examples, Round, engine, frame};

pub fn run(root: &Root) -> Result<String> {
    let given = hyperparameters(&root.hyperparameters())?;
    let with = Hyperparameters::parse(&given)?;
    let task = Task::of_metric(&with.objective_metric)?;
    let schema: Schema = files::read_json(&root.training_channel("schema").join("schema.json"))?;
    let run: Preprocessed = files::read_json(&root.training_channel("schema").join("run.json"))?;
    let (train_frame, labels) = frame::read_labelled(&root.training_channel("train"), &schema)?;
    let (validation_frame, validation_labels) = frame::read_labelled(&root.training_channel("validation"), &schema)?;
    learnable(task, &labels, &schema)?;

    let (encoder, matrix) = Encoder::fit(&schema, &train_frame, &labels);
    let validation = Examples {
        matrix: encoder.encode(&validation_frame),
        labels: validation_labels,
    };
    let train = Examples { matrix, labels };
    let judges = judges(task, &validation).then_some(&validation);
    let fitted = engine::default_trainer().fit(task, &train, judges, &with)?;
    print_rounds(&fitted.rounds);

    let artefact = Artefact::new(schema, task, encoder, fitted.model);
    // Measured on what the model will really see: training rows encoded like any later row.
    let mut metrics = measured("train", task, &artefact.predict(&train_frame), &train.labels);
    metrics.extend(measured(
        "validation",
        task,
        &artefact.predict(&validation_frame),
        &validation.labels,
    ));
    let kept = best_round(&fitted.rounds, judges.is_some() && with.early_stopping_rounds > 0);
    let trained = Trained {
        format: FORMAT,
        run,
        engine: engine::default_name().into(),
        jobs_version: env!("CARGO_PKG_VERSION").into(),
        task,
        hyperparameters: given,
        rounds: kept as u64,
        metrics,
        importance: artefact
            .importance()
            .into_iter()
            .map(|(feature, share)| Importance { feature, share })
            .collect(),
    };
    artefact.save(&root.model(), engine::default_name(), &trained)?;
    Ok(last_line(&trained))
}

/// All values are strings; no file means no hyperparameters.
fn hyperparameters(path: &Path) -> Result<BTreeMap<String, String>> {
    match path.exists() {
        true => files::read_json(path).context("hyperparameters must be an object of strings"),
        false => Ok(BTreeMap::new()),
    }
}

fn learnable(task: Task, labels: &[f64], schema: &Schema) -> Result<()> {
    if labels.is_empty() {
        bail!("The channel train has no rows");
    }
    if task == Task::Regression {
        return Ok(());
    }
    if let Some(odd) = labels.iter().find(|label| **label != 0.0 && **label != 1.0) {
        bail!(
            "The label `{}` must be 0 or 1, and the channel train has {odd}",
            schema.label
        );
    }
    if labels.iter().all(|label| *label == labels[0]) {
        bail!(
            "The label `{}` is {} in all {} training rows: there is nothing to tell apart",
            schema.label,
            labels[0],
            labels.len()
        );
    }
    Ok(())
}

/// Validation rows decide when to stop, unless there are none or all of one class, which no metric can rank.
fn judges(task: Task, validation: &Examples) -> bool {
    match (task, validation.labels.first()) {
        (_, None) => false,
        (Task::Regression, _) => true,
        (Task::Binary, Some(first)) => validation.labels.iter().any(|label| label != first),
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

fn measured(set: &str, task: Task, predictions: &[f64], labels: &[f64]) -> BTreeMap<String, f64> {
    let metrics = Scored::new(labels, predictions.to_vec()).all(task);
    metrics
        .into_iter()
        .map(|(name, value)| (format!("{set}-{name}"), value))
        .collect()
}

/// The last value that a metric definition matches is the final one, so the kept model's metrics come last.
fn last_line(trained: &Trained) -> String {
    let metrics: Vec<String> = trained
        .metrics
        .iter()
        .map(|(name, value)| format!("{name}={value:.6}"))
        .collect();
    format!("Kept {} rounds: {}", trained.rounds, metrics.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
