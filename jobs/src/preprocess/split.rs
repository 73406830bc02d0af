//! On which side of the split a row falls: a function of the row, or of its time, and the project alone.
//! Once held out, always held out, whatever else arrives and in whatever order.

use jiff::Timestamp;
use windsock_decisions::project::{Split, SplitBy};

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

/// The side of a row that happened at this time, and its time block. None where time decides nothing.
pub fn by_time(project: &str, time: Timestamp, split: &Split) -> Option<(Side, i64)> {
    let (block_s, held_out) = match &split.by {
        SplitBy::Content => return None,
        SplitBy::TimeBlock { block_s, .. } => (*block_s, false),
        SplitBy::Time {
            block_s,
            holdout_from,
            holdout_until,
            ..
        } => {
            let before_the_end = holdout_until.is_none_or(|until| time < until);
            (*block_s, *holdout_from <= time && before_the_end)
        }
    };
    let block = time.as_second().div_euclid(block_s.max(1));
    let side = match held_out {
        true => Side::Holdout,
        false => by_time_block(project, block, split),
    };
    Some((side, block))
}

fn by_time_block(project: &str, block: i64, split: &Split) -> Side {
    let mut hash = Parts::default();
    hash.add(project.as_bytes());
    hash.add(&block.to_be_bytes());
    Side::of(hash.fraction(), split)
}

#[cfg(test)]
mod tests {
    use super::*;
    use windsock_decisions::project::instant;

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

    fn by_day() -> Split {
        Split {
            by: SplitBy::TimeBlock {
                column: "at".into(),
                block_s: 86_400,
            },
            ..split()
        }
    }

    fn november() -> Split {
        Split {
            by: SplitBy::Time {
                column: "at".into(),
                block_s: 86_400,
                holdout_from: instant("2013-11-01").unwrap(),
                holdout_until: instant("2013-12-01"),
            },
            holdout: 0.0,
            validation: 0.1,
        }
    }

    #[test]
    fn a_block_stays_together_however_its_time_is_written() {
        let side = |time: &str| by_time("p", instant(time)?, &by_day());
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
    fn a_split_by_time_holds_out_what_lies_between_two_moments_and_nothing_else() {
        let side = |time: &str| by_time("p", instant(time).unwrap(), &november()).unwrap().0;
        for held_out in [
            "2013-11-01",
            "2013-11-01 00:00:00",
            "2013-10-31T20:00:00-04:00",
            "2013-11-30 23:59:59.999",
        ] {
            assert_eq!(side(held_out), Side::Holdout, "{held_out}");
        }
        for learned in [
            "2013-10-31 23:59:59.999",
            "2013-11-01T00:00:00+01:00",
            "2013-12-01",
            "1969-12-31 23:59:59.5",
        ] {
            assert_ne!(side(learned), Side::Holdout, "{learned}");
        }
        let days = (0..3_000).map(|day| instant("2001-01-01").unwrap() + jiff::SignedDuration::from_hours(24 * day));
        let sides: Vec<Side> = days.map(|day| by_time("p", day, &november()).unwrap().0).collect();
        let validated = sides.iter().filter(|side| **side == Side::Validation).count();
        assert!(
            (240..360).contains(&validated),
            "{validated} of 3000 days before the holdout"
        );
        assert!(!sides.contains(&Side::Holdout));
    }

    /// The blocks of every version of Windsock, past and to come: a row held out by one is held out by all.
    #[test]
    fn sides_are_the_ones_of_all_versions() {
        let letter = |side: Side| side.name()[..1].to_owned();
        let days = (1..=28).map(|day| instant(&format!("2013-02-{day:02}")).unwrap());
        let by_day: String = days
            .map(|day| letter(by_time("p", day, &by_day()).unwrap().0))
            .collect();
        let rows = (0..28).map(|row| row.to_string());
        let by_content: String = rows
            .map(|row| letter(by_content("p", [("x", row.as_str())].into_iter(), &split())))
            .collect();
        expect_test::expect!["tththtvthhttttttvtvthhtvtttt"].assert_eq(&by_day);
        expect_test::expect!["tthtvttthtthtvthttttttvhhvtt"].assert_eq(&by_content);
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
