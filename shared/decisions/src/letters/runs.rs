//! Letters about runs: finished, lost, and the files they could not use.

use windsock_events::facts::PipelineKind;

use crate::layout;
use crate::state::{DriftReport, Evaluation, Prepared, Rejections, Verdict};

use super::approval::{compared, metrics, verdict};
use super::drift::{features, said};
use super::outside::{tamed, tamed_to};
use super::template::{Values, quoted};
use super::words::count;
use super::{Audience, Context, Draft, Letter, To};

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

pub(super) fn kind(pipeline: PipelineKind) -> &'static str {
    match pipeline {
        PipelineKind::Training => "training",
        PipelineKind::Inference => "inference",
    }
}

pub(super) fn a_run(pipeline: PipelineKind) -> &'static str {
    match pipeline {
        PipelineKind::Training => "A training run",
        PipelineKind::Inference => "An inference run",
    }
}

impl Context<'_> {
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
