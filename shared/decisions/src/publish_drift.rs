//! Which numbers a monitor's report holds: published once, zero included, so that silence means something is broken.

mod row;

use crate::{
    Plan, Project, Reason,
    mutants::{self, Mutant},
    plan::Named,
    state::{DriftReport, Verdict},
};

pub use row::Row;

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub project: Option<Project>,
    pub slot: String,
    pub report: Option<DriftReport>,
    /// The marker of an earlier publication exists.
    pub published: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    /// Beside `Project`.
    pub feature: Option<String>,
    pub value: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Put the metrics, then write the marker. Doing it twice is harmless: the alarm takes the maximum.
    Publish {
        slot: String,
        metrics: Vec<Metric>,
        row: Row,
    },
}

impl Named for Action {
    fn name(&self) -> &'static str {
        "publish"
    }
}

/// CloudWatch refuses values beyond 2^360; a score so large says no more than this one.
const SCORE_MAX: f64 = 1e6;
/// CloudWatch's limit for a dimension's value.
const DIMENSION_CHARS_MAX: usize = 255;

pub fn decide(observed: &Observed) -> Plan<Action> {
    let Some(project) = &observed.project else {
        return Plan::StandDown(Reason::UnknownProject);
    };
    if observed.published {
        return Plan::StandDown(Reason::AlreadyPublished);
    }
    let Some(report) = &observed.report else {
        return Plan::StandDown(Reason::ReportNotReady);
    };
    Plan::Act(vec![Action::Publish {
        slot: observed.slot.clone(),
        metrics: metrics(project, report),
        row: Row::of(report),
    }])
}

fn metrics(project: &Project, report: &DriftReport) -> Vec<Metric> {
    let mut metrics = vec![
        Metric {
            name: "Reports",
            feature: None,
            value: 1.0,
        },
        Metric {
            name: "RowsScored",
            feature: None,
            value: finite(report.rows as f64),
        },
    ];
    if report.verdict == Verdict::TooFewRows && !mutants::is(Mutant::TooFewRowsIsNoDrift) {
        // Too few rows is not "no drift": a score of zero would clear an alarm that nothing has disproved.
        return metrics;
    }
    metrics.push(Metric {
        name: crate::layout::DRIFT_SCORE,
        feature: None,
        value: finite(report.score),
    });
    if project.drift.feature_metrics {
        metrics.extend(report.features.iter().map(|feature| Metric {
            name: "FeatureDrift",
            feature: Some(ascii(&feature.feature)),
            value: finite(feature.distance),
        }));
    }
    metrics
}

fn finite(value: f64) -> f64 {
    if value.is_nan() {
        SCORE_MAX
    } else {
        value.clamp(0.0, SCORE_MAX)
    }
}

/// Dimension values are ASCII: anything else is written as its code point.
fn ascii(name: &str) -> String {
    let mut safe = String::new();
    for character in name.chars() {
        if character.is_ascii_graphic() || character == ' ' {
            safe.push(character);
        } else {
            safe.push_str(&format!("U+{:04X}", u32::from(character)));
        }
    }
    safe.truncate(DIMENSION_CHARS_MAX);
    if safe.trim().is_empty() {
        "(unnamed)".into()
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_finite_whatever_the_report_says() {
        assert_eq!(finite(f64::NAN), SCORE_MAX);
        assert_eq!(finite(f64::INFINITY), SCORE_MAX);
        assert_eq!(finite(-1.0), 0.0);
        assert_eq!(finite(0.5), 0.5);
    }

    #[test]
    fn column_names_become_legal_dimension_values() {
        assert_eq!(ascii("température"), "tempU+00E9rature");
        assert_eq!(ascii("a\nb"), "aU+000Ab");
        assert_eq!(ascii(""), "(unnamed)");
        assert_eq!(ascii(&"x".repeat(2000)).len(), DIMENSION_CHARS_MAX);
    }
}
