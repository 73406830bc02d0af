//! What the dashboard's list of champions says of a change: who, instead of whom, since when and why.

use jiff::Timestamp;
use windsock_events::facts::PromotionReason;

use super::Action;
use crate::letters::time;

/// One row, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub since: String,
    pub champion: String,
    /// The champion whose place it took.
    pub before: String,
    pub why: String,
}

impl Action {
    /// None for what changes no champion.
    pub fn row(&self) -> Option<Row> {
        match self {
            Self::Promote { record, previous, .. } => {
                let champion = record.champion.as_ref()?.version;
                let why = why(record.reason, *previous);
                Some(Row::new(record.since, Some(champion), *previous, why))
            }
            Self::Announce {
                champion,
                previous,
                reason,
                since,
            } => {
                let why = why(*reason, *previous);
                Some(Row::new(*since, Some(champion.version), *previous, why))
            }
            Self::Withdraw { record, version, .. } => {
                let why = format!("version {version} is no longer approved, and no champion before it is");
                Some(Row::new(record.since, None, Some(*version), why))
            }
            Self::Stamp { .. } => None,
        }
    }
}

impl Row {
    fn new(since: Timestamp, champion: Option<u32>, before: Option<u32>, why: String) -> Self {
        let version =
            |number: Option<u32>| number.map_or_else(|| "none".to_owned(), |number| format!("version {number}"));
        Self {
            since: time(since),
            champion: version(champion),
            before: version(before),
            why,
        }
    }
}

fn why(reason: PromotionReason, previous: Option<u32>) -> String {
    match (reason, previous) {
        (PromotionReason::Approved, _) => "approved".to_owned(),
        (PromotionReason::PredecessorRejected, Some(previous)) => format!("version {previous} is no longer approved"),
        (PromotionReason::PredecessorRejected, None) => "the champion before it is no longer approved".to_owned(),
        (PromotionReason::RolledBack, _) => "rolled back".to_owned(),
    }
}
