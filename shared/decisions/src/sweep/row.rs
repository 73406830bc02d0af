//! How a project stands, in words: the row of the dashboard's first table, which a person reads who knows no metric.

use windsock_events::status::AlarmValue;

use super::{Observed, Reign, Waiting};
use crate::{
    Project,
    letters::{count, decimal, signed, tamed_to, time},
    state::Evaluation,
};

/// Metrics in a row; evaluation.json and the registry have them all.
const METRICS_MAX: usize = 6;
/// Characters of a metric's name in a row: a project's own image may have given it.
const METRIC_CHARS_MAX: usize = 40;
const NOTHING: &str = "-";

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub champion: String,
    pub since: String,
    /// On rows that it has not learned from.
    pub metrics: String,
    /// What it gained on the champion that it was compared with.
    pub gain: String,
    /// Versions that wait for a person.
    pub approvals: String,
    /// Arrivals that nobody has learned from, or scored.
    pub arrivals: String,
    /// And above which score it is drift.
    pub drift: String,
}

impl Row {
    /// Of a project that has expired: nothing of it moves.
    pub fn expired(project: &Project) -> Self {
        let day = project.expires.as_deref().unwrap_or_default();
        Self {
            champion: format!("expired {day}"),
            since: NOTHING.to_owned(),
            metrics: NOTHING.to_owned(),
            gain: NOTHING.to_owned(),
            approvals: NOTHING.to_owned(),
            arrivals: NOTHING.to_owned(),
            drift: NOTHING.to_owned(),
        }
    }
}

impl Observed {
    pub fn row(&self) -> Row {
        let champion = self.champion.as_ref();
        let of_champion = |shown: fn(&Reign) -> String| champion.map_or_else(|| NOTHING.to_owned(), shown);
        Row {
            champion: champion.map_or_else(|| "none".to_owned(), |champion| format!("version {}", champion.version)),
            since: of_champion(|champion| time(champion.since)),
            metrics: of_champion(|champion| metrics(champion.evaluation.as_ref())),
            gain: of_champion(|champion| gain(champion.evaluation.as_ref())),
            approvals: self.approvals_waiting(),
            arrivals: self.arrivals_waiting(),
            drift: self.drift(),
        }
    }

    fn approvals_waiting(&self) -> String {
        let newest = self.approvals.iter().max_by_key(|(version, _)| *version);
        let Some((version, since)) = newest else {
            return "none".to_owned();
        };
        let older = self.approvals.len() - 1;
        let more = if older == 0 {
            String::new()
        } else {
            format!(" and {older} older")
        };
        format!("version {version}{more}, since {}", time(*since))
    }

    fn arrivals_waiting(&self) -> String {
        let told = |waiting: Waiting, to: &str| {
            let files = count(waiting.count as u64, "file", "files");
            format!("{files} {to}, since {}", time(waiting.oldest))
        };
        let learn = self.unlearned.map(|waiting| told(waiting, "to learn"));
        let score = self.unscored_that_count().map(|waiting| told(waiting, "to score"));
        let waiting: Vec<String> = learn.into_iter().chain(score).collect();
        if waiting.is_empty() {
            "none".to_owned()
        } else {
            waiting.join("; ")
        }
    }

    fn drift(&self) -> String {
        let state = match (self.incident, &self.alarm) {
            (Some(_), _) | (None, Some(AlarmValue::Alarm)) => "drift",
            (None, Some(AlarmValue::Ok)) => "none",
            (None, Some(_)) => "nothing compared yet",
            (None, None) => "not watched",
        };
        let above = self
            .alarm_above
            .map_or_else(String::new, |score| format!(", alarm above {score}"));
        format!("{state}{above}")
    }
}

/// What the project is to be good at first.
fn metrics(evaluation: Option<&Evaluation>) -> String {
    let Some(evaluation) = evaluation else {
        return "not known".to_owned();
    };
    let goal = evaluation.metrics.get_key_value(&evaluation.metric);
    let beside = evaluation
        .metrics
        .iter()
        .filter(|(metric, _)| **metric != evaluation.metric);
    let shown = goal.into_iter().chain(beside).take(METRICS_MAX);
    let shown: Vec<String> = shown
        .map(|(metric, value)| format!("{} {}", tamed_to(metric, METRIC_CHARS_MAX), decimal(*value)))
        .collect();
    let rows = count(evaluation.rows, "row", "rows");
    format!("{} on {rows} held out", shown.join(", "))
}

fn gain(evaluation: Option<&Evaluation>) -> String {
    let Some(evaluation) = evaluation else {
        return "not known".to_owned();
    };
    match &evaluation.champion {
        Some(beaten) => format!(
            "{} over version {} (90 % interval {} to {})",
            signed(beaten.gain),
            beaten.version,
            signed(beaten.gain_low),
            signed(beaten.gain_high)
        ),
        None => "no champion to compare with".to_owned(),
    }
}

#[cfg(test)]
mod tests;
