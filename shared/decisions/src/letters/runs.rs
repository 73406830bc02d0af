//! Letters about runs: failed, finished, lost, and the files they could not use.

use jiff::Timestamp;
use windsock_events::facts::PipelineKind;

use crate::layout;
use crate::state::{DriftReport, Evaluation, Prepared, Rejections, Verdict};

use super::approval::{compared, metrics, verdict};
use super::drift::{features, said};
use super::outside::{identifier, tamed, tamed_to};
use super::template::{Values, quoted};
use super::words::{count, time};
use super::{Audience, Context, Draft, Letter, To, links};

/// How a run ended that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Failed,
    Stopped,
    /// A word of SageMaker's that is neither.
    Other(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunFailed {
    pub pipeline: PipelineKind,
    pub execution_arn: String,
    pub outcome: Outcome,
    pub started_at: Option<Timestamp>,
    pub step: Option<String>,
    pub reason: Option<String>,
    /// Log group and stream prefix.
    pub log: Option<(String, String)>,
    /// From the manifest: earlier failures on the same data. None for a run that we did not start.
    pub failures_before: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FilesRejected {
    pub pipeline: PipelineKind,
    pub slot: String,
    /// Files that the run was given.
    pub read: u64,
    pub rejections: Rejections,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ChallengerLost {
    pub slot: String,
    pub evaluation: Evaluation,
    pub champion: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct InferenceFinished {
    pub slot: String,
    pub files: u64,
    pub version: Option<u32>,
    pub prepared: Option<Prepared>,
    pub report: Option<DriftReport>,
}

/// Files named in a letter; the list has them all.
const FILES_MAX: usize = 20;

fn kind(pipeline: PipelineKind) -> &'static str {
    match pipeline {
        PipelineKind::Training => "training",
        PipelineKind::Inference => "inference",
    }
}

fn a_run(pipeline: PipelineKind) -> &'static str {
    match pipeline {
        PipelineKind::Training => "A training run",
        PipelineKind::Inference => "An inference run",
    }
}

/// Log group and stream prefix of the job that a step's metadata names by its ARN.
pub fn log_of_job(arn: &str) -> Option<(String, String)> {
    let (kind, name) = arn.rsplit_once(':')?.1.split_once('/')?;
    let group = match kind {
        "processing-job" => "ProcessingJobs",
        "training-job" => "TrainingJobs",
        "transform-job" => "TransformJobs",
        _ => return None,
    };
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| (format!("/aws/sagemaker/{group}"), name.to_owned()))
}

impl Context<'_> {
    pub fn run_failed(&self, failed: &RunFailed) -> Vec<Letter> {
        let outcome = match &failed.outcome {
            Outcome::Failed => "failed".to_owned(),
            Outcome::Stopped => "was stopped".to_owned(),
            Outcome::Other(word) => format!("ended as {}", tamed_to(word, 40)),
        };
        let began = failed
            .started_at
            .map(|at| format!("It began on {}. ", time(at)))
            .unwrap_or_default();
        let place = match (&failed.step, &failed.reason) {
            (Some(step), Some(_)) => format!(
                "The step {} failed, and SageMaker gives this reason:",
                tamed_to(step, 64)
            ),
            (Some(step), None) => format!("The step {} failed; SageMaker gives no reason.", tamed_to(step, 64)),
            (None, _) => "SageMaker's event names no step; the list of steps below does.".to_owned(),
        };
        let log = failed
            .log
            .as_ref()
            .map(|(group, stream)| links::log(self.place, group, stream));
        let heading = if log.is_some() { "Its log:" } else { "" };
        let values = Values::default()
            .inline("pipeline", kind(failed.pipeline))
            .inline("a_run", a_run(failed.pipeline))
            .inline("outcome", outcome)
            .inline("where", format!("{began}{place}"))
            .block(
                "reason",
                failed
                    .reason
                    .as_deref()
                    .map(|reason| quoted(&tamed(reason)))
                    .unwrap_or_default(),
            )
            .paragraph("done", self.after_failure(failed))
            .paragraph("log_heading", heading)
            .block("log", log.into_iter().collect())
            .inline("region", &self.place.region)
            .inline("arn", identifier(&failed.execution_arn));
        let to = To::All(&[Audience::Engineers, Audience::Managers]);
        self.address(Draft {
            name: "run-failed",
            about: failed.execution_arn.clone(),
            to,
            values,
        })
    }

    fn after_failure(&self, failed: &RunFailed) -> String {
        let Some(failures_before) = failed.failures_before else {
            return "It is not known which files it read, so whatever no run accounts for is tried again.".to_owned();
        };
        let tries_max = match failed.pipeline {
            PipelineKind::Training => self.project.training.retries,
            PipelineKind::Inference => self.project.inference.as_ref().map_or(1, |inference| inference.retries),
        };
        let (tries, tries_max) = (failures_before.saturating_add(1), tries_max.max(1));
        if tries >= tries_max {
            return format!(
                "This was try {tries} of {tries_max} on the same files, so they are parked. New files start the next \
                 run; nothing is lost."
            );
        }
        format!(
            "This was try {tries} of {tries_max} on the same files. They are tried again by themselves, after a pause \
             that grows; nothing is lost."
        )
    }

    pub fn files_rejected(&self, rejected: &FilesRejected) -> Vec<Letter> {
        let list = &rejected.rejections.rejections;
        // An image of the project's own may have written any number.
        let quarantined = rejected.rejections.rows_quarantined.values();
        let quarantined = quarantined.fold(0_u64, |sum, rows| sum.saturating_add(*rows));
        let rows = match quarantined {
            0 => String::new(),
            rows => format!(
                "Of the files it used, it left out {} that it could not read.",
                count(rows, "row", "rows")
            ),
        };
        let mut files = Vec::new();
        for rejection in list.iter().take(FILES_MAX) {
            files.extend(quoted(&format!(
                "{}: {}",
                tamed_to(&rejection.key, 120),
                tamed(&rejection.reason)
            )));
        }
        if list.len() > FILES_MAX {
            files.push(format!("and {} more", list.len() - FILES_MAX));
        }
        let report = layout::rejections_report(rejected.pipeline, &self.project.project, &rejected.slot);
        let values = Values::default()
            .inline("pipeline", kind(rejected.pipeline))
            .inline("a_run", a_run(rejected.pipeline))
            .inline("count", list.len())
            .inline("read", rejected.read.max(list.len() as u64))
            .block("files", files)
            .paragraph("rows", rows)
            .inline("data_bucket", &self.place.data_bucket)
            .inline("report", self.place.work(&report));
        let to = To::All(&[Audience::Engineers, Audience::Managers]);
        self.address(Draft {
            name: "files-rejected",
            about: rejected.slot.clone(),
            to,
            values,
        })
    }

    pub fn challenger_lost(&self, lost: &ChallengerLost) -> Vec<Letter> {
        let champion = match lost.champion {
            Some(version) => format!("Version {version} stays the champion."),
            None => "There is still no champion.".to_owned(),
        };
        let evaluation = self.place.work(&layout::evaluation(&self.project.project, &lost.slot));
        let values = Values::default()
            .paragraph("compared", compared(Some(&lost.evaluation)))
            .block("metrics", metrics(Some(&lost.evaluation), "new model"))
            .block("verdict", verdict(Some(&lost.evaluation)))
            .inline("champion", champion)
            .inline("evaluation", evaluation);
        let to = To::All(&[Audience::Managers]);
        self.address(Draft {
            name: "challenger-lost",
            about: lost.slot.clone(),
            to,
            values,
        })
    }

    pub fn inference_finished(&self, finished: &InferenceFinished) -> Vec<Letter> {
        let files = count(finished.files, "file", "files");
        let rows = match &finished.prepared {
            Some(prepared) => count(prepared.rows, "row", "rows"),
            None => "all rows".to_owned(),
        };
        let verdict = match finished.report.as_ref().map(|report| report.verdict) {
            Some(Verdict::Drift) => "drift",
            Some(Verdict::NoDrift) => "no drift",
            Some(Verdict::TooFewRows) => "too few rows to say if it drifts",
            None => "no drift report",
        };
        let drifted: Vec<_> = finished.report.iter().flat_map(|report| &report.features).collect();
        let drifted: Vec<_> = drifted
            .into_iter()
            .filter(|feature| feature.violated)
            .cloned()
            .collect();
        let jobs = layout::jobs(&self.project.project, &finished.slot);
        let values = Values::default()
            .inline("files", files)
            .inline("rows", rows)
            .inline("verdict", verdict)
            .inline(
                "version",
                finished
                    .version
                    .map_or("(unknown)".to_owned(), |version| version.to_string()),
            )
            .inline("drift", said(finished.report.as_ref()))
            .block("features", features(&drifted))
            .inline("predictions", self.place.work(&format!("{jobs}predictions/")))
            .inline("report", self.place.work(&format!("{jobs}monitor/")));
        let to = To::First(&[Audience::Engineers]);
        self.address(Draft {
            name: "inference-finished",
            about: finished.slot.clone(),
            to,
            values,
        })
    }
}
