//! Letters about drift: found, and over.

use crate::project::written_duration;
use crate::state::{DriftReport, FeatureDrift, Incident, IncidentAnswer};

use super::outside::tamed_to;
use super::template::{Values, table};
use super::words::{count, decimal, time};
use super::{Audience, Context, Draft, Letter, To};

#[derive(Debug, Clone, PartialEq)]
pub struct DriftFound {
    pub incident: Incident,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DriftOver {
    pub incident: Incident,
    pub champion: Option<u32>,
}

/// Columns in a letter; the report has them all.
const FEATURES_MAX: usize = 20;

impl Context<'_> {
    pub fn drift_found(&self, found: &DriftFound) -> Vec<Letter> {
        let incident = &found.incident;
        let columns = count(incident.features.len() as u64, "column", "columns");
        let rows = match incident.features.first() {
            Some(feature) => format!("{} against {} of the baseline", rows(feature.m), rows(feature.n)),
            None => "a report that names no column".to_owned(),
        };
        let report = match &incident.report_slot {
            Some(slot) => self
                .place
                .work(&crate::layout::drift_report(&self.project.project, slot)),
            None => self
                .place
                .work(&crate::layout::incident(&self.project.project, &incident.id)),
        };
        let (next, may) = self.answer(&incident.answer);
        let values = Values::default()
            .inline("columns", columns)
            .inline("opened", time(incident.opened_at))
            .inline("rows", rows)
            .block("features", features(&incident.features))
            .paragraph("next", next)
            .paragraph("may", may)
            .inline("report", report);
        let to = To::All(&[Audience::Managers]);
        self.address(Draft {
            name: "drift-found",
            about: incident.id.clone(),
            to,
            values,
        })
    }

    /// What happens next, and what the reader may do.
    fn answer(&self, answer: &IncidentAnswer) -> (String, String) {
        let cooldown = written_duration(self.project.drift.cooldown_s);
        match answer {
            IncidentAnswer::Retrain => (
                "We have asked for a training run on the newest data. If its model beats the champion, a letter says so."
                    .to_owned(),
                "You need not do anything.".to_owned(),
            ),
            IncidentAnswer::Refused { reason } => {
                let uploads = format!(
                    "Upload training data that looks like the new input under s3://{}/training/{}/ and training \
                     starts by itself.",
                    self.place.data_bucket, self.project.project
                );
                let (why, may) = match reason.as_str() {
                    "nothing-to-learn-from" => {
                        ("there is no training data that no run has learned from yet".to_owned(), uploads)
                    }
                    "cooling-down" => (
                        format!("drift asked for a run less than {cooldown} ago"),
                        format!("You need not do anything: when {cooldown} are over, drift that is still there asks again."),
                    ),
                    "drift-not-in-triggers" => (
                        "the project does not train on drift".to_owned(),
                        "To change that, add `drift` to training.on in project.yaml and apply it.".to_owned(),
                    ),
                    other => (tamed_to(&other.replace('-', " "), 60), uploads),
                };
                (format!("We have not started a training run: {why}."), may)
            }
        }
    }

    pub fn drift_over(&self, over: &DriftOver) -> Vec<Letter> {
        let incident = &over.incident;
        let closed = incident.closed_at.map_or_else(|| "now".to_owned(), time);
        let champion = match over.champion {
            Some(version) => format!("Version {version} is the champion."),
            None => "There is no champion at the moment.".to_owned(),
        };
        let values = Values::default()
            .inline("opened", time(incident.opened_at))
            .inline("closed", closed)
            .block("features", features(&incident.features))
            .paragraph("champion", champion);
        let to = To::All(&[Audience::Managers]);
        self.address(Draft {
            name: "drift-over",
            about: incident.id.clone(),
            to,
            values,
        })
    }
}

fn rows(number: u64) -> String {
    count(number, "row", "rows")
}

/// What a batch's report says, in one sentence.
pub(super) fn said(report: Option<&DriftReport>) -> String {
    use crate::state::Verdict;
    match report {
        None => "The monitor has not written a report of its own.".to_owned(),
        Some(report) => match report.verdict {
            Verdict::NoDrift => format!(
                "The input looks like what it learned from: drift score {}.",
                decimal(report.score)
            ),
            Verdict::Drift => format!(
                "The input has drifted: drift score {}, and above 1 is drift.",
                decimal(report.score)
            ),
            Verdict::TooFewRows if report.rows >= report.min_rows => format!(
                "No column has the {} values that say whether the input has drifted.",
                report.min_rows
            ),
            Verdict::TooFewRows => {
                format!(
                    "{} are too few to say whether the input has drifted; {} say it.",
                    rows(report.rows),
                    report.min_rows
                )
            }
        },
    }
}

/// The columns, the furthest beyond its threshold first.
pub(super) fn features(features: &[FeatureDrift]) -> Vec<String> {
    if features.is_empty() {
        return Vec::new();
    }
    let mut sorted: Vec<&FeatureDrift> = features.iter().collect();
    let over = |feature: &FeatureDrift| feature.distance / feature.threshold;
    sorted.sort_by(|a, b| over(b).total_cmp(&over(a)).then_with(|| a.feature.cmp(&b.feature)));
    let mut lines = vec![
        ["column", "distance", "threshold", "furthest at"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for feature in sorted.iter().take(FEATURES_MAX) {
        lines.push(vec![
            tamed_to(&feature.feature, 40),
            decimal(feature.distance),
            decimal(feature.threshold),
            feature
                .furthest_at
                .as_deref()
                .map(|at| tamed_to(at, 24))
                .unwrap_or_default(),
        ]);
    }
    let mut lines = table(&lines);
    if sorted.len() > FEATURES_MAX {
        lines.push(format!("and {} more", sorted.len() - FEATURES_MAX));
    }
    lines
}
