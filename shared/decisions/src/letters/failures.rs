//! The letter about runs that fail, when their tries are spent or nothing else succeeds in between.

use jiff::Timestamp;
use windsock_events::facts::{Cause, PipelineKind};

use crate::layout;
use crate::tries::Tries;

use super::outside::{identifier, tamed, tamed_to};
use super::runs::{a_run, kind};
use super::template::{Values, quoted};
use super::words::time;
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
    /// From the manifest, like the cause; none when that is gone.
    pub tries: Option<Tries>,
    pub cause: Option<Cause>,
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

/// What the subject says beyond the failure.
fn standing(tries: Option<Tries>) -> String {
    match tries {
        None => String::new(),
        Some(tries) if tries.are_spent() => ", its files are parked".to_owned(),
        Some(tries) => format!(", like the {} before it", tries.in_a_row.saturating_sub(1)),
    }
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
            .inline("standing", standing(failed.tries))
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
        let Some(tries) = failed.tries else {
            return "It is not known which files it read, so whatever no run accounts for is tried again.".to_owned();
        };
        let Tries {
            on_these,
            in_a_row,
            max,
        } = tries;
        if !tries.are_spent() {
            return format!(
                "It is run {in_a_row} in a row that failed, on files that changed in between; on these it was try \
                 {on_these} of {max}. They are tried again by themselves, after a pause that grows; nothing is lost."
            );
        }
        if failed.cause == Some(Cause::Promotion) {
            return format!(
                "This was try {on_these} of {max} to score the newest batch with the new champion. It keeps the \
                 predictions of the champion before; the next champion scores it again, unless newer input has come \
                 by then."
            );
        }
        let folder = layout::arrivals(failed.pipeline, &self.project.project);
        let kind = kind(failed.pipeline);
        let or_champion = match failed.pipeline {
            PipelineKind::Training => "",
            PipelineKind::Inference => ", or another champion,",
        };
        format!(
            "This was try {on_these} of {max} on the same files, so they are parked: they are not tried again by \
             themselves. New or replaced files under {folder}{or_champion} make it another case, and the next run \
             reads these too. For another try of the same files, apply a project.yaml with a higher {kind}.retries. \
             Nothing is lost."
        )
    }
}
