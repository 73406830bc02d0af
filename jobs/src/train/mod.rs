//! Train: rows in, a model with its schema and its record out. Deterministic: the same rows give the same bytes.

mod fit;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use windsock_decisions::state::{FORMAT, Schema};

use crate::common::files;
use crate::common::paths::Root;
use crate::common::values::quoted;
use crate::learn::artefact::Artefact;
use crate::learn::hyperparameters::Hyperparameters;
use crate::learn::metrics::Scored;
use crate::learn::predictions::Predictions;
use crate::learn::record::{Importance, Preprocessed, Trained};
use crate::learn::task::Task;
use crate::learn::{engine, frame};
use fit::Rows;

pub fn run(root: &Root) -> Result<String> {
    let given = hyperparameters(&root.hyperparameters())?;
    let with = Hyperparameters::parse(&given)?;
    let task = Task::of_metric(&with.objective_metric)?;
    let schema: Schema = files::read_json(&root.training_channel("schema").join("schema.json"))?;
    let run: Preprocessed = files::read_json(&root.training_channel("schema").join("run.json"))?;
    let (train_frame, labels) = frame::read_labelled(&root.training_channel("train"), &schema)?;
    let (validation_frame, validation_labels) = frame::read_labelled(&root.training_channel("validation"), &schema)?;
    learnable(task, &labels, &schema)?;

    let learned = fit::fit(
        task,
        &schema,
        &Rows::new(&train_frame, &labels),
        &Rows::new(&validation_frame, &validation_labels),
        &with,
    )?;

    let artefact = Artefact::new(schema, task, learned.parts);
    // Measured on what the model will really see: training rows encoded like any later row.
    let mut metrics = measured("train", task, artefact.predict(&train_frame)?, &labels);
    metrics.extend(measured(
        "validation",
        task,
        artefact.predict(&validation_frame)?,
        &validation_labels,
    ));
    let trained = Trained {
        format: FORMAT,
        run,
        engine: engine::default_name().into(),
        jobs_version: env!("CARGO_PKG_VERSION").into(),
        task,
        hyperparameters: given,
        rounds: learned.rounds as u64,
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
    let Some(first) = labels.first() else {
        bail!("The channel train has no rows");
    };
    match task {
        Task::Regression => return Ok(()),
        Task::Binary => {
            if let Some(odd) = labels.iter().find(|label| **label != 0.0 && **label != 1.0) {
                bail!(
                    "The label `{}` must be 0 or 1, and the channel train has {odd}",
                    schema.label
                );
            }
        }
        Task::Multiclass if schema.classes.len() < 2 => {
            bail!(
                "The schema has {} classes of the label `{}`: at least two can be told apart",
                schema.classes.len(),
                schema.label
            );
        }
        Task::Multiclass => {}
    }
    if labels.iter().all(|label| label == first) {
        let shown = match schema.classes.get(*first as usize) {
            Some(class) => quoted(class),
            None => first.to_string(),
        };
        bail!(
            "The label `{}` is {shown} in all {} training rows: there is nothing to tell apart",
            schema.label,
            labels.len()
        );
    }
    Ok(())
}

fn measured(set: &str, task: Task, predictions: Predictions, labels: &[f64]) -> BTreeMap<String, f64> {
    let metrics = Scored::new(task, labels, predictions).all();
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
