//! From the tree of a project.yaml to a `Project`: inference, monitor, drift and letters.

use std::collections::BTreeMap;

use super::names::check_email;
use super::problem::{Problems, shown};
use super::read::checked;
use super::read_training::{per_day, retries};
use super::schedule::{Refusal, check_schedule, check_timezone};
use super::section::{Field, Section};
use super::tree::Value;
use super::units::{Bounds, DAY_S, HOUR_S, MINUTE_S, count, duration_s, share};
use super::*;

const SETTLE: Bounds = Bounds {
    least_s: 0,
    most_s: 15 * MINUTE_S,
    why: "SQS delays a message for at most 15 minutes",
};
const DRIFT_COOLDOWN: Bounds = Bounds {
    least_s: MINUTE_S,
    most_s: 365 * DAY_S,
    why: "one drift asks for one training per cool-down",
};
const REMINDER: Bounds = Bounds {
    least_s: HOUR_S,
    most_s: 30 * DAY_S,
    why: "an approver is reminded, not pestered",
};
const ADDRESSES_MAX: usize = 50;
/// They travel to the monitor in one environment variable, which has at most 4096 characters.
const COLUMNS_CHARS_MAX: usize = 3600;

/// None where `inference: none` turns it off.
pub(super) fn inference(file: &Section, problems: &mut Problems) -> Option<Inference> {
    if file.field("inference").is_some_and(|field| field.is_none_word()) {
        return None;
    }
    let known = [
        "schedule",
        "timezone",
        "on_arrival",
        "on_promotion",
        "settle",
        "per_day",
        "retries",
    ];
    let inference = file.child("inference", &known, problems);
    let flag = |key: &str, problems: &mut Problems| {
        inference
            .field(key)
            .and_then(|field| field.flag(problems))
            .unwrap_or(true)
    };
    let schedule = inference.field("schedule").filter(|field| !field.is_none_word());
    let timezone = inference
        .field("timezone")
        .and_then(|field| checked(&field, check_timezone, problems));
    let settle = inference
        .field("settle")
        .and_then(|field| duration_s(&field, &SETTLE, problems));
    Some(Inference {
        schedule: schedule.and_then(|field| checked(&field, check_schedule, problems)),
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        on_arrival: flag("on_arrival", problems),
        on_promotion: flag("on_promotion", problems),
        settle_s: settle.unwrap_or(MINUTE_S),
        per_day: per_day(&inference, 24, problems),
        retries: retries(&inference, problems),
    })
}

pub(super) fn monitor(file: &Section, data: &Data, problems: &mut Problems) -> Monitor {
    let monitor = file.child(
        "monitor",
        &["method", "threshold", "min_rows", "columns", "chi_squared", "engine"],
        problems,
    );
    let methods = [("simple", Method::Simple), ("robust", Method::Robust)];
    let engines = [("windsock", Engine::Windsock), ("sagemaker", Engine::Sagemaker)];
    let threshold = monitor.field("threshold").and_then(|field| distance(&field, problems));
    let why = "fewer rows say nothing";
    let engine = monitor.field("engine").and_then(|field| field.word(&engines, problems));
    let engine = engine.unwrap_or(Engine::Windsock);
    let chi_squared = monitor.field("chi_squared").and_then(|field| {
        if engine == Engine::Sagemaker {
            let right = "leave it out, or monitor with `engine: windsock`";
            field.refuse(problems, "only Windsock's own monitor tests with it".to_owned(), right);
        }
        share(
            &field,
            0.5,
            "a p-value below it is drift, and above a half nothing is unusual",
            problems,
        )
    });
    let min_rows = monitor
        .field("min_rows")
        .and_then(|field| count(&field, 1, 1_000_000_000, why, problems));
    Monitor {
        method: monitor
            .field("method")
            .and_then(|field| field.word(&methods, problems))
            .unwrap_or(Method::Robust),
        threshold: threshold.unwrap_or(0.1),
        min_rows: min_rows.unwrap_or(1000),
        columns: column_thresholds(&monitor, data, problems),
        chi_squared,
        engine,
    }
}

fn distance(field: &Field, problems: &mut Problems) -> Option<f64> {
    share(
        field,
        1.0,
        "a distance between two distributions is at most 1",
        problems,
    )
}

fn column_thresholds(monitor: &Section, data: &Data, problems: &mut Problems) -> BTreeMap<String, f64> {
    let mut thresholds = BTreeMap::new();
    for (column, field) in pairs(monitor, "columns", "{ pressure: 0.3 }", problems) {
        if *column == data.label || data.exclude.iter().any(|excluded| excluded == column) {
            let wrong = format!("{} is the label or excluded, so it is not monitored", shown(column));
            field.refuse(problems, wrong, "name a feature");
        }
        if let Some(threshold) = distance(&field, problems) {
            thresholds.insert(column.to_owned(), threshold);
        }
    }
    let characters: usize = thresholds.keys().map(|column| column.len() + 24).sum();
    if let (true, Some(field)) = (characters > COLUMNS_CHARS_MAX, monitor.field("columns")) {
        let right = "give thresholds of their own to fewer columns; `threshold` is for all others";
        field.refuse(problems, format!("{} columns are too many", thresholds.len()), right);
    }
    thresholds
}

/// A group whose keys are the project's own words.
pub(super) fn pairs<'a>(
    section: &Section<'a>,
    key: &str,
    example: &str,
    problems: &mut Problems,
) -> Vec<(&'a str, Field<'a>)> {
    let Some(field) = section.field(key) else {
        return Vec::new();
    };
    let Value::Map(entries) = &field.node.value else {
        let wrong = format!("{} stands where pairs belong", field.node.value.kind());
        field.refuse(problems, wrong, format!("write e.g. {example}"));
        return Vec::new();
    };
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    Section::open(field.node, &field.path, &keys, problems)
        .fields()
        .collect()
}

pub(super) fn drift(file: &Section, problems: &mut Problems) -> Drift {
    let drift = file.child("drift", &["cooldown", "feature_metrics"], problems);
    let cooldown = drift
        .field("cooldown")
        .and_then(|field| duration_s(&field, &DRIFT_COOLDOWN, problems));
    let metrics = drift.field("feature_metrics").and_then(|field| field.flag(problems));
    Drift {
        cooldown_s: cooldown.unwrap_or(DAY_S),
        feature_metrics: metrics.unwrap_or(false),
    }
}

pub(super) fn letters(file: &Section, problems: &mut Problems) -> Letters {
    let known = ["managers", "approvers", "engineers", "digest", "remind_approvers"];
    let letters = file.child("letters", &known, problems);
    let digests = [("weekly", Digest::Weekly), ("never", Digest::Never)];
    let remind = letters.field("remind_approvers").and_then(|field| {
        let seconds = duration_s(&field, &REMINDER, problems)?;
        if seconds % HOUR_S != 0 {
            field.refuse(problems, "reminders go out on full hours", "write e.g. 24h or 2d");
        }
        Some(seconds / HOUR_S)
    });
    Letters {
        managers: addresses(&letters, "managers", problems),
        approvers: addresses(&letters, "approvers", problems),
        engineers: addresses(&letters, "engineers", problems),
        digest: letters
            .field("digest")
            .and_then(|field| field.word(&digests, problems))
            .unwrap_or(Digest::Weekly),
        remind_approvers_h: remind.map_or(24, |hours| hours.unsigned_abs()),
    }
}

fn addresses(letters: &Section, key: &str, problems: &mut Problems) -> Vec<String> {
    let Some(field) = letters.field(key) else {
        return Vec::new();
    };
    let items = field.list("[ops@example.com]", problems).unwrap_or_default();
    if items.len() > ADDRESSES_MAX {
        let right = format!("write at most {ADDRESSES_MAX}; a mailing list is one address");
        field.refuse(problems, format!("{} addresses", items.len()), right);
    }
    let mut addresses: Vec<String> = Vec::new();
    for item in items {
        let Some(address) = checked(&item, check_email, problems) else {
            continue;
        };
        if addresses.iter().any(|other| other.eq_ignore_ascii_case(&address)) {
            item.refuse(
                problems,
                format!("{} stands here twice", shown(&address)),
                "keep one of them",
            );
            continue;
        }
        addresses.push(address);
    }
    addresses
}

pub(super) fn expires(file: &Section, problems: &mut Problems) -> Option<String> {
    let field = file.field("expires").filter(|field| !field.is_none_word())?;
    checked(&field, check_date, problems)
}

fn check_date(text: &str) -> Result<(), Refusal> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if shaped && text.parse::<jiff::civil::Date>().is_ok() {
        return Ok(());
    }
    Err((
        format!("{} is not a day", shown(text)),
        "write a day that exists, as 2027-12-31".into(),
    ))
}
