//! Evaluate: the challenger and the frozen champion on the same holdout, and whether the challenger is to be registered.
//!
//! The holdout is new to both only if both were trained under the same split; that is checked, because otherwise
//! "beats the champion" means nothing.

mod bootstrap;
mod calibration;
mod champion;
mod judge;
mod segments;
mod units;
mod verdict;

use anyhow::{Context, Result, bail};
use windsock_decisions::state::{EvaluationReport, FeatureShare, Manifest, Schema};

use crate::common::paths::Root;
use crate::common::{files, objects};
use crate::learn::artefact::{self, Artefact};
use crate::learn::context::{self, RowContext};
use crate::learn::frame::{self, Frame};
use crate::learn::metrics::Scored;
use crate::learn::task::Task;
use bootstrap::Resamples;
use champion::Champion;
use units::Units;
use verdict::Unknown;

/// A longer list of features is nobody's reading; model.tar.gz has the whole one.
const IMPORTANCE_LISTED_MAX: usize = 50;

pub fn run(root: &Root) -> Result<String> {
    let manifest = objects::read_manifest(&root.processing_input("manifest").join("manifest.json"))?;
    let task = Task::of_metric(&manifest.project.training.objective.metric)?;
    let schema: Schema = files::read_json(&root.processing_input("report").join("schema.json"))?;
    let (holdout, labels) = frame::read_labelled(&root.processing_input("holdout"), &schema)?;
    if labels.is_empty() {
        bail!("The holdout has no rows, so nothing can be compared on it");
    }
    let context = context::read(&root.processing_input("report"), &manifest.project.data, labels.len())?;
    let (challenger, _) = artefact::read_archive(&root.processing_input("challenger").join("model.tar.gz"))?;
    let champion = champion::open(&root.processing_input("champion"), &manifest, task)?;

    let holdout = Holdout {
        frame: &holdout,
        labels: &labels,
        context: &context,
    };
    let report = evaluate(&manifest, task, &challenger, champion.as_ref(), &holdout)?;
    files::write_json(&root.processing_output("evaluation.json"), &report)?;
    Ok(report.evaluation.verdict)
}

struct Holdout<'a> {
    frame: &'a Frame,
    labels: &'a [f64],
    context: &'a RowContext,
}

fn evaluate(
    manifest: &Manifest,
    task: Task,
    challenger: &Artefact,
    champion: Option<&Champion>,
    holdout: &Holdout,
) -> Result<EvaluationReport> {
    let labels = holdout.labels;
    let scored = Scored::new(task, labels, challenger.predict(holdout.frame)?);
    let classes = &challenger.schema.classes;
    let against = champion.map(|champion| -> Result<Scored> {
        let predictions = champion.model.predict(holdout.frame)?;
        let predictions = predictions.in_terms_of(&champion.model.schema.classes, classes);
        Ok(Scored::new(task, labels, predictions))
    });
    let against = against.transpose()?;
    let units = Units::new(labels.len(), &holdout.context.blocks);
    let resamples = Resamples::draw(&scored, against.as_ref(), &units, &manifest.slot)
        .context("draw resamples of the holdout: a thread was lost")?;
    let compared = champion.zip(against.as_ref());
    let compared =
        compared.map(|(champion, theirs)| judge::compare(manifest, &scored, champion.version, theirs, &resamples));
    let mut evaluation = judge::judged(manifest, &scored, compared.transpose()?)?;
    let resampled = units.described();
    evaluation.verdict = verdict::sentence(&evaluation, &resampled, &unknown_to(holdout.frame, classes, champion));
    let (segments, segments_not_listed) = segments::segments(holdout.context, &scored, against.as_ref());
    let importance = challenger.importance().into_iter().take(IMPORTANCE_LISTED_MAX);
    Ok(EvaluationReport {
        evaluation,
        resampled,
        intervals: resamples.intervals(),
        champion_intervals: resamples.champion_intervals(),
        segments,
        segments_not_listed,
        calibration: calibration::calibration(&scored),
        importance: importance
            .map(|(feature, share)| FeatureShare { feature, share })
            .collect(),
    })
}

fn unknown_to(holdout: &Frame, classes: &[String], champion: Option<&Champion>) -> Unknown {
    let Some(champion) = champion else {
        return Unknown::default();
    };
    let schema = &champion.model.schema;
    let lacking = schema
        .features
        .iter()
        .filter(|column| holdout.column(&column.name).is_none());
    let unheard = classes.iter().filter(|class| !schema.classes.contains(class));
    Unknown {
        features: lacking.map(|column| column.name.clone()).collect(),
        classes: unheard.cloned().collect(),
    }
}
