//! How a project.yaml splits its rows: by their content, by blocks of time, or at a moment.

use jiff::Timestamp;

use super::problem::{Problems, shown};
use super::section::{Field, Section};
use super::units::{Bounds, DAY_S, MINUTE_S, duration_s, share};
use super::*;

const KEYS: [&str; 7] = [
    "by",
    "column",
    "block",
    "holdout",
    "holdout_from",
    "holdout_until",
    "validation",
];
const BLOCK: Bounds = Bounds {
    least_s: MINUTE_S,
    most_s: 365 * DAY_S,
    why: "a few blocks must be held out and more learned from",
};
const WHY_SHARES: &str = "what is held out is never learned from";

#[derive(Clone, Copy, PartialEq)]
enum By {
    Content,
    TimeBlock,
    Time,
}

pub(super) fn split(data: &Section, label: &str, problems: &mut Problems) -> Split {
    let split = data.child("split", &KEYS, problems);
    let words = [
        ("content", By::Content),
        ("time-block", By::TimeBlock),
        ("time", By::Time),
    ];
    let by = split.field("by").and_then(|field| field.word(&words, problems));
    let by = by.unwrap_or(By::Content);
    if by == By::Content {
        refuse(
            &split,
            &["column", "block"],
            "time or time-block",
            "time-block",
            problems,
        );
    }
    if by != By::Time {
        refuse(&split, &["holdout_from", "holdout_until"], "time", "time", problems);
    }
    Split {
        by: match by {
            By::Content => SplitBy::Content,
            By::TimeBlock => SplitBy::TimeBlock {
                column: column(&split, label, problems),
                block_s: block_s(&split, problems),
            },
            By::Time => at_a_moment(&split, label, problems),
        },
        holdout: match by {
            By::Time => no_share(&split, problems),
            By::Content | By::TimeBlock => share_of(&split, "holdout", 0.2, problems),
        },
        validation: share_of(&split, "validation", 0.1, problems),
    }
}

fn refuse(split: &Section, keys: &[&str], belongs: &str, add: &str, problems: &mut Problems) {
    for field in keys.iter().filter_map(|key| split.field(key)) {
        let wrong = format!("this belongs to a split by {belongs}");
        field.refuse(problems, wrong, format!("add `by: {add}` or remove it"));
    }
}

fn column(split: &Section, label: &str, problems: &mut Problems) -> String {
    let Some(field) = split.field("column") else {
        return "time".to_owned();
    };
    let column = field.text(problems).unwrap_or_default();
    if column == label {
        let wrong = format!("{} is the label", shown(label));
        field.refuse(problems, wrong, "name the column that holds the time");
    }
    column.to_owned()
}

fn block_s(split: &Section, problems: &mut Problems) -> i64 {
    let field = split.field("block");
    field
        .and_then(|field| duration_s(&field, &BLOCK, problems))
        .unwrap_or(7 * DAY_S)
}

fn at_a_moment(split: &Section, label: &str, problems: &mut Problems) -> SplitBy {
    let right = "name the first moment that is held out, e.g. `holdout_from: 2013-11-01`";
    let from = split.required("holdout_from", right, problems);
    let holdout_from = from.and_then(|field| moment(&field, problems));
    let until = split.field("holdout_until");
    let holdout_until = until.as_ref().and_then(|field| moment(field, problems));
    if let (Some(field), Some(from), Some(until)) = (&until, holdout_from, holdout_until)
        && until <= from
    {
        let wrong = "this is not after holdout_from, so that nothing would be held out";
        field.refuse(
            problems,
            wrong,
            "write a later time, or remove it to hold out all that comes",
        );
    }
    SplitBy::Time {
        column: column(split, label, problems),
        block_s: block_s(split, problems),
        holdout_from: holdout_from.unwrap_or_default(),
        holdout_until,
    }
}

fn moment(field: &Field, problems: &mut Problems) -> Option<Timestamp> {
    let text = field.text(problems)?;
    let moment = instant(text);
    if moment.is_none() {
        let right = "write a day as 2013-11-01, or a time as 2013-11-01 17:00:00 (in UTC) or 2013-11-01T17:00:00-05:00";
        field.refuse(problems, format!("{} is no time", shown(text)), right);
    }
    moment
}

fn no_share(split: &Section, problems: &mut Problems) -> f64 {
    if let Some(field) = split.field("holdout") {
        let wrong = "a split by time holds out what holdout_from says, and no share";
        field.refuse(problems, wrong, "remove it");
    }
    0.0
}

fn share_of(split: &Section, key: &str, otherwise: f64, problems: &mut Problems) -> f64 {
    let field = split.field(key);
    field
        .and_then(|field| share(&field, 0.5, WHY_SHARES, problems))
        .unwrap_or(otherwise)
}
