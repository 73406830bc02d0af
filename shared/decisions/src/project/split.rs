//! The split of a project's rows. Which side a row falls on is a function of the row and of what stands here alone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub by: SplitBy,
    /// Share of rows (or blocks) never trained on by any version; 0 where a moment decides.
    pub holdout: f64,
    /// Share of rows (or blocks) used for early stopping.
    pub validation: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitBy {
    /// By the hash of the row's content.
    Content,
    /// By the hash of the time block (of `block_s` seconds) that the RFC 3339 or `YYYY-MM-DD HH:MM:SS` value of `column`
    /// falls in.
    TimeBlock { column: String, block_s: i64 },
    /// Held out is what `column` says happened from `holdout_from` on and before `holdout_until`. Of all else the hash of
    /// the time block decides what early stopping uses.
    Time {
        column: String,
        block_s: i64,
        holdout_from: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holdout_until: Option<Timestamp>,
    },
}

impl SplitBy {
    /// The column whose time decides, if one does.
    pub fn time_column(&self) -> Option<&str> {
        match self {
            SplitBy::Content => None,
            SplitBy::TimeBlock { column, .. } | SplitBy::Time { column, .. } => Some(column),
        }
    }
}

/// A moment as rows and projects write it: RFC 3339, or `YYYY-MM-DD` with or without `HH:MM:SS`.
pub fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil = text.parse::<DateTime>();
    let civil = civil.or_else(|_| text.parse::<Date>().map(DateTime::from)).ok()?;
    // A time without an offset is taken as UTC: any fixed choice gives the same sides for ever.
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
