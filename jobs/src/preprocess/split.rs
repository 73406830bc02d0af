//! On which side of the split a row falls: a function of the row, or of its time block, and the project's name alone.
//! Once held out, always held out, whatever else arrives and in whatever order.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use windsock_decisions::project::Split;

use crate::common::hash::Parts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Train,
    Validation,
    Holdout,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Side::Train => "train",
            Side::Validation => "validation",
            Side::Holdout => "holdout",
        }
    }

    fn of(fraction: f64, split: &Split) -> Side {
        if fraction < split.holdout {
            Side::Holdout
        } else if fraction < split.holdout + split.validation {
            Side::Validation
        } else {
            Side::Train
        }
    }
}

/// `features` are a row's names and values, without spaces around them, in the order of the names. The label and excluded columns stay out, so that
/// a row that comes again with a corrected label or another identifier falls on the same side.
pub fn by_content<'a>(project: &str, features: impl Iterator<Item = (&'a str, &'a str)>, split: &Split) -> Side {
    let mut hash = Parts::default();
    hash.add(project.as_bytes());
    for (name, value) in features {
        hash.add(name.as_bytes());
        hash.add(value.as_bytes());
    }
    Side::of(hash.fraction(), split)
}

/// The number of the block that a time falls in. None when `time` is neither RFC 3339 nor `YYYY-MM-DD` with or without
/// `HH:MM:SS`.
pub fn time_block(time: &str, block_s: i64) -> Option<i64> {
    Some(seconds(time)?.div_euclid(block_s.max(1)))
}

pub fn by_time_block(project: &str, block: i64, split: &Split) -> Side {
    let mut hash = Parts::default();
    hash.add(project.as_bytes());
    hash.add(&block.to_be_bytes());
    Side::of(hash.fraction(), split)
}

fn seconds(time: &str) -> Option<i64> {
    let time = time.trim();
    if let Ok(instant) = time.parse::<Timestamp>() {
        return Some(instant.as_second());
    }
    let civil = time
        .parse::<DateTime>()
        .or_else(|_| time.parse::<Date>().map(DateTime::from))
        .ok()?;
    // A time without an offset is taken as UTC: any fixed choice gives the same blocks for ever.
    civil
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use windsock_decisions::project::SplitBy;

    fn split() -> Split {
        Split {
            by: SplitBy::Content,
            holdout: 0.2,
            validation: 0.1,
        }
    }

    #[test]
    fn shares_come_out_as_asked() {
        let mut counts = [0; 3];
        for row in 0..10_000 {
            let value = row.to_string();
            counts[by_content("p", [("x", value.as_str())].into_iter(), &split()) as usize] += 1;
        }
        let [train, validation, holdout] = counts;
        assert!((6_850..7_150).contains(&train), "{counts:?}");
        assert!((900..1_100).contains(&validation), "{counts:?}");
        assert!((1_850..2_150).contains(&holdout), "{counts:?}");
    }

    #[test]
    fn a_block_stays_together_however_its_time_is_written() {
        let side = |time: &str| Some(by_time_block("p", time_block(time, 86_400)?, &split()));
        for day in 1..=28 {
            let midnight = side(&format!("2013-02-{day:02}"));
            assert!(midnight.is_some());
            assert_eq!(side(&format!("2013-02-{day:02} 17:05:00")), midnight);
            assert_eq!(side(&format!("2013-02-{day:02}T23:59:59Z")), midnight);
        }
        assert_eq!(side("yesterday"), None);
        assert_eq!(side(""), None);
        assert_eq!(side("2013-02-30 10:00:00"), None);
    }

    #[test]
    fn another_project_splits_otherwise() {
        let sides = |project: &str| {
            (0..100)
                .map(|row| by_content(project, [("x", row.to_string().as_str())].into_iter(), &split()))
                .collect::<Vec<_>>()
        };
        assert_ne!(sides("a"), sides("b"));
        assert_eq!(sides("a"), sides("a"));
    }
}
