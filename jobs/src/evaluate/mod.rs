//! Evaluate: the challenger and the frozen champion on the same holdout, and whether the challenger is to be registered.
//!
//! The holdout is new to both only if both were trained under the same split; that is checked, because otherwise
//! "beats the champion" means nothing.

mod bootstrap;
mod verdict;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use windsock_decisions::project::Direction;
use windsock_decisions::state::{ChampionEvaluation, ChampionVersion, Evaluation, FORMAT, Manifest, Schema};

use crate::common::paths::Root;
use crate::common::values::quoted;
use crate::common::{files, objects};
use crate::learn::artefact::{self, Artefact};
use crate::learn::frame::{self, Frame};
use crate::learn::metrics::Scored;
use crate::learn::record::Trained;
use crate::learn::task::Task;

pub fn run(root: &Root) -> Result<String> {
    let manifest = objects::read_manifest(&root.processing_input("manifest").join("manifest.json"))?;
    let task = Task::of_metric(&manifest.project.training.objective.metric)?;
    let schema: Schema = files::read_json(&root.processing_input("report").join("schema.json"))?;
    let (holdout, labels) = frame::read_labelled(&root.processing_input("holdout"), &schema)?;
    if labels.is_empty() {
        bail!("The holdout has no rows, so nothing can be compared on it");
    }
    let (challenger, _) = artefact::read_archive(&root.processing_input("challenger").join("model.tar.gz"))?;
    let champion = champion(&root.processing_input("champion"), &manifest, task)?;

    let evaluation = evaluate(&manifest, task, &challenger, champion.as_ref(), &holdout, &labels)?;
    let verdict = evaluation.verdict.clone();
    files::write_json(&root.processing_output("evaluation.json"), &evaluation)?;
    Ok(verdict)
}

/// The champion that the manifest froze, with the number of its version.
struct Champion {
    version: u32,
    model: Artefact,
}

fn champion(folder: &Path, manifest: &Manifest, task: Task) -> Result<Option<Champion>> {
    let Some(frozen) = &manifest.champion else {
        return Ok(None);
    };
    let archive = find_archive(folder, frozen)?;
    let (model, trained) = artefact::read_archive(&archive)?;
    same_split(&trained, frozen, manifest)?;
    same_question(&model, task, frozen, manifest)?;
    Ok(Some(Champion {
        version: frozen.version,
        model,
    }))
}

/// The archive lies under its whole key in the work bucket, which only SageMaker chose.
fn find_archive(folder: &Path, frozen: &ChampionVersion) -> Result<PathBuf> {
    let found = if folder.is_dir() {
        files::list(folder)?
    } else {
        Vec::new()
    };
    found
        .into_iter()
        .find(|path| path.ends_with("model.tar.gz"))
        .with_context(|| {
            format!(
                "The manifest names version {} as champion, and its model.tar.gz is not in the input",
                frozen.version
            )
        })
}

fn same_split(trained: &Trained, frozen: &ChampionVersion, manifest: &Manifest) -> Result<()> {
    if trained.run.split == manifest.project.data.split && trained.run.project == manifest.project.project {
        return Ok(());
    }
    bail!(
        "The champion (version {}) was trained under another split, so it may have seen rows of this holdout and the \
         comparison would leak: restore data.split as it was, or withdraw the champion (reject its version) to begin \
         anew",
        frozen.version
    )
}

/// A champion that answers another question cannot be compared with.
fn same_question(model: &Artefact, task: Task, frozen: &ChampionVersion, manifest: &Manifest) -> Result<()> {
    let label = &manifest.project.data.label;
    if model.task == task && model.schema.label == *label {
        return Ok(());
    }
    bail!(
        "The champion (version {}) predicts {} of the column {} and the challenger {} of {}: withdraw the champion \
         (reject its version) to begin anew, or restore the project's label and metric",
        frozen.version,
        model.task.question(),
        quoted(&model.schema.label),
        task.question(),
        quoted(label)
    )
}

fn evaluate(
    manifest: &Manifest,
    task: Task,
    challenger: &Artefact,
    champion: Option<&Champion>,
    holdout: &Frame,
    labels: &[f64],
) -> Result<Evaluation> {
    let objective = &manifest.project.training.objective;
    let scored = Scored::new(task, labels, challenger.predict(holdout));
    let metrics = scored.all();
    if !metrics.contains_key(&objective.metric) {
        bail!(
            "The metric {} is not defined on the holdout's {} rows: for auc both classes must occur; deliver more rows",
            objective.metric,
            labels.len()
        );
    }
    let against = champion.map(|champion| -> Result<ChampionEvaluation> {
        let predictions = champion.model.predict(holdout);
        let predictions = predictions.in_terms_of(&champion.model.schema.classes, &challenger.schema.classes);
        let theirs = Scored::new(task, labels, predictions);
        let sign = match objective.direction {
            Direction::Maximize => 1.0,
            Direction::Minimize => -1.0,
        };
        let gain = bootstrap::gain(&scored, &theirs, &objective.metric, sign, labels.len(), &manifest.slot)
            .context("the gain over the champion is not defined on this holdout: deliver more rows")?;
        let metrics = theirs.all();
        Ok(ChampionEvaluation {
            version: champion.version,
            metrics,
            gain: gain.observed,
            gain_low: gain.low,
            gain_high: gain.high,
        })
    });
    let against = against.transpose()?;
    let accepted = against
        .as_ref()
        .is_none_or(|champion| champion.gain > objective.must_beat_champion_by && champion.gain_low > 0.0);
    let approval = verdict::approval(&manifest.project.approval, &metrics);
    let mut evaluation = Evaluation {
        format: FORMAT,
        metric: objective.metric.clone(),
        rows: labels.len() as u64,
        metrics,
        champion: against,
        must_beat_champion_by: objective.must_beat_champion_by,
        accepted: f64::from(accepted),
        approval_status: approval.into(),
        verdict: String::new(),
    };
    evaluation.verdict = verdict::sentence(&evaluation, &unknown_to(holdout, champion));
    Ok(evaluation)
}

/// Features that the champion was trained on and today's rows no longer have: it is judged without them.
fn unknown_to(holdout: &Frame, champion: Option<&Champion>) -> Vec<String> {
    let names = champion
        .map(|champion| champion.model.schema.features.as_slice())
        .unwrap_or_default();
    names
        .iter()
        .filter(|column| holdout.column(&column.name).is_none())
        .map(|column| column.name.clone())
        .collect()
}
