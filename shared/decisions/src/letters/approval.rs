//! Letters about a person's decision on a version: wanted, still wanted, rejected.

use crate::state::{ChampionVersion, Evaluation};

use super::outside::{identifier, tamed, tamed_to};
use super::template::{Values, quoted, table};
use super::words::{count, decimal, signed};
use super::{Audience, Context, Draft, Letter, To, links};

/// A version was registered and is pending.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalWanted {
    pub version: u32,
    pub arn: String,
    /// None when the evaluation cannot be found, e.g. of a version that a person registered.
    pub evaluation: Option<Evaluation>,
    pub champion: Option<ChampionVersion>,
}

/// It has been pending for longer than the project's reminder interval.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalReminder {
    pub version: u32,
    pub waiting_h: u64,
    pub champion: Option<ChampionVersion>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    pub version: u32,
    pub arn: String,
    pub champion: Option<ChampionVersion>,
}

/// Approvers decide; where there are none, managers hear that somebody must.
const DECIDERS: To = To::First(&[Audience::Approvers, Audience::Managers]);

impl Context<'_> {
    pub fn approval_wanted(&self, wanted: &ApprovalWanted) -> Vec<Letter> {
        let values = self
            .decision(wanted.version, &wanted.arn)
            .paragraph("compared", compared(wanted.evaluation.as_ref()))
            .block(
                "metrics",
                metrics(wanted.evaluation.as_ref(), &format!("version {}", wanted.version)),
            )
            .block("verdict", verdict(wanted.evaluation.as_ref()))
            .inline("meanwhile", meanwhile(wanted.champion.as_ref()));
        self.address(Draft {
            name: "approval-wanted",
            about: wanted.arn.clone(),
            to: DECIDERS,
            values,
        })
    }

    pub fn approval_reminder(&self, reminder: &ApprovalReminder) -> Vec<Letter> {
        let arn = self.place.version_arn(&self.project.project, reminder.version);
        let meanwhile = meanwhile(reminder.champion.as_ref());
        let values = self
            .decision(reminder.version, &arn)
            .inline("meanwhile", format!("Meanwhile {meanwhile}"))
            .inline("waiting_h", reminder.waiting_h);
        let about = format!("{arn}|{}", reminder.waiting_h);
        self.address(Draft {
            name: "approval-reminder",
            about,
            to: DECIDERS,
            values,
        })
    }

    pub fn rejected(&self, rejected: &Rejected) -> Vec<Letter> {
        let champion = match &rejected.champion {
            Some(champion) if champion.version == rejected.version => {
                "It was the champion. What takes its place comes in a letter of its own.".to_owned()
            }
            Some(champion) => format!("Version {} is the champion.", champion.version),
            None => "There is no champion, so nothing is scored until a version is approved.".to_owned(),
        };
        let values = Values::default()
            .inline("version", rejected.version)
            .inline("console", links::model_package(self.place, &rejected.arn))
            .paragraph("champion", champion);
        let to = To::All(&[Audience::Managers]);
        self.address(Draft {
            name: "rejected",
            about: rejected.arn.clone(),
            to,
            values,
        })
    }

    fn decision(&self, version: u32, arn: &str) -> Values {
        Values::default()
            .inline("version", version)
            .inline("arn", identifier(arn))
            .inline("region", &self.place.region)
            .inline("console", links::model_package(self.place, arn))
            .inline("remind_h", self.project.letters.remind_approvers_h)
    }
}

fn meanwhile(champion: Option<&ChampionVersion>) -> String {
    match champion {
        Some(champion) => format!(
            "version {} stays the champion and scores what arrives.",
            champion.version
        ),
        None => "there is no champion, and what arrives is kept but not scored.".to_owned(),
    }
}

/// What was measured, in one sentence.
pub(super) fn compared(evaluation: Option<&Evaluation>) -> String {
    let Some(evaluation) = evaluation else {
        return "No evaluation of it was found, so look at its metrics in the console.".to_owned();
    };
    let rows = count(evaluation.rows, "row", "rows");
    match &evaluation.champion {
        Some(champion) => {
            let metric = tamed_to(&evaluation.metric, 40);
            format!(
                "Both models scored the same {rows}, which neither of them has learned from. On {metric} the new model \
                 gains {} (90 % interval {} to {}).",
                signed(champion.gain),
                signed(champion.gain_low),
                signed(champion.gain_high)
            )
        }
        None => format!("It scored {rows} that it has not learned from. There is no champion to compare it with."),
    }
}

/// Every metric of the new model, beside the champion's.
pub(super) fn metrics(evaluation: Option<&Evaluation>, new: &str) -> Vec<String> {
    const METRICS_MAX: usize = 30;
    let Some(evaluation) = evaluation else {
        return Vec::new();
    };
    let mut head = vec!["metric".to_owned(), new.to_owned()];
    if let Some(champion) = &evaluation.champion {
        head.push(format!("champion (version {})", champion.version));
    }
    let mut rows = vec![head];
    for (metric, value) in evaluation.metrics.iter().take(METRICS_MAX) {
        let mut row = vec![tamed_to(metric, 40), decimal(*value)];
        if let Some(champion) = &evaluation.champion {
            row.push(
                champion
                    .metrics
                    .get(metric)
                    .map_or("none".to_owned(), |value| decimal(*value)),
            );
        }
        rows.push(row);
    }
    table(&rows)
}

/// Evaluate's own sentence; a project's own image may have written it.
pub(super) fn verdict(evaluation: Option<&Evaluation>) -> Vec<String> {
    match evaluation {
        Some(evaluation) if !evaluation.verdict.trim().is_empty() => quoted(&tamed(&evaluation.verdict)),
        _ => Vec::new(),
    }
}
