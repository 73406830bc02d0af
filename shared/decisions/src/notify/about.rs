//! What an event turns out to be about, once the state that it hints at has been read.

use crate::letters::{
    ApprovalReminder, ApprovalWanted, ChallengerLost, ChampionWithdrawn, Context, DriftFound, DriftOver, FilesRejected,
    InferenceFinished, Letter, Outcome, Promoted, Rejected, Retired, RunFailed, WeeklyDigest,
};
use crate::state::{ChampionVersion, DriftReport, Evaluation, Manifest, Prepared, Rejections};
use crate::tries::Tries;
use crate::{Project, Reason};
use windsock_events::facts::PipelineKind;

/// One thing worth a letter.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    ApprovalWanted(ApprovalWanted),
    ApprovalReminder(ApprovalReminder),
    Rejected(Rejected),
    Promoted(Promoted),
    ChampionWithdrawn(ChampionWithdrawn),
    DriftFound(DriftFound),
    DriftOver(DriftOver),
    RunFailed(RunFailed),
    FilesRejected(FilesRejected),
    ChallengerLost(ChallengerLost),
    InferenceFinished(InferenceFinished),
    Retired(Retired),
    Digest(WeeklyDigest),
}

/// The letters about it, and whether they should wait for an event that knows more.
pub fn letters(context: Context, about: &About) -> (Vec<Letter>, bool) {
    let letters = match about {
        About::ApprovalWanted(wanted) => context.approval_wanted(wanted),
        About::ApprovalReminder(reminder) => context.approval_reminder(reminder),
        About::Rejected(rejected) => context.rejected(rejected),
        About::Promoted(promoted) => context.promoted(promoted),
        About::ChampionWithdrawn(withdrawn) => context.champion_withdrawn(withdrawn),
        About::DriftFound(found) => context.drift_found(found),
        About::DriftOver(over) => context.drift_over(over),
        About::RunFailed(failed) => context.run_failed(failed),
        About::FilesRejected(rejected) => context.files_rejected(rejected),
        About::ChallengerLost(lost) => context.challenger_lost(lost),
        About::InferenceFinished(finished) => context.inference_finished(finished),
        About::Retired(retired) => context.retired(retired),
        About::Digest(digest) => context.digest(digest),
    };
    // The end of a run names no step; the event of the step that failed does, and is usually there first.
    let wait = matches!(about, About::RunFailed(failed) if failed.step.is_none() && failed.outcome == Outcome::Failed);
    (letters, wait)
}

/// What lies in the work bucket about one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFiles {
    pub manifest: Option<Manifest>,
    pub rejections: Option<Rejections>,
    pub evaluation: Option<Evaluation>,
    pub prepared: Option<Prepared>,
    pub report: Option<DriftReport>,
    pub champion: Option<ChampionVersion>,
}

impl RunFiles {
    /// What a run that ended is worth telling about, or why it is not.
    pub fn ended(
        self,
        project: &Project,
        pipeline: PipelineKind,
        slot: &str,
        failed: Option<RunFailed>,
    ) -> Result<Vec<About>, Reason> {
        let read = self.manifest.as_ref().map_or(0, |manifest| manifest.reads.len() as u64);
        let mut about = Vec::new();
        if let Some(rejections) = self.rejections.filter(|found| !found.rejections.is_empty()) {
            about.push(About::FilesRejected(FilesRejected {
                pipeline,
                slot: slot.to_owned(),
                read,
                rejections,
            }));
        }
        if let Some(mut failed) = failed {
            failed.tries = self.manifest.as_ref().map(|manifest| Tries::of(manifest, project));
            failed.cause = self.manifest.as_ref().map(|manifest| manifest.cause);
            failed.started_at = self.manifest.as_ref().map(|manifest| manifest.frozen_at);
            // Both events of a failure find the same manifest, so they agree.
            if failed.tries.is_none_or(Tries::are_told) {
                about.push(About::RunFailed(failed));
            } else if about.is_empty() {
                return Err(Reason::WillBeTriedAgain);
            }
            return Ok(about);
        }
        match pipeline {
            PipelineKind::Training => {
                if let Some(evaluation) = self.evaluation.filter(|evaluation| evaluation.accepted < 1.0) {
                    let champion = self.champion.map(|champion| champion.version);
                    about.push(About::ChallengerLost(ChallengerLost {
                        slot: slot.to_owned(),
                        evaluation,
                        champion,
                    }));
                }
            }
            PipelineKind::Inference => about.push(About::InferenceFinished(InferenceFinished {
                slot: slot.to_owned(),
                files: self.prepared.as_ref().map_or(read, |prepared| prepared.files),
                version: self
                    .manifest
                    .and_then(|manifest| manifest.champion)
                    .map(|champion| champion.version),
                prepared: self.prepared,
                report: self.report,
            })),
        }
        Ok(about)
    }
}
