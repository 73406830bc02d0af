//! From the tree of a project.yaml to a `Project`: when training runs and on what.

use super::names::check_image;
use super::problem::{Problems, shown};
use super::read::checked;
use super::read_objective::{hyperparameters, objective};
use super::schedule::check_schedule;
use super::section::{Field, Section};
use super::units::{Bounds, DAY_S, HOUR_S, MINUTE_S, count, duration_s, parse_duration};
use super::*;

const SETTLE: Bounds = Bounds {
    least_s: 0,
    most_s: 15 * MINUTE_S,
    why: "SQS delays a message for at most 15 minutes",
};
const COOLDOWN: Bounds = Bounds {
    least_s: 0,
    most_s: 365 * DAY_S,
    why: "a longer pause is a project that is over",
};
const WINDOW: Bounds = Bounds {
    least_s: HOUR_S,
    most_s: 3650 * DAY_S,
    why: "a shorter window holds no training set",
};

pub(super) fn training(file: &Section, problems: &mut Problems) -> Training {
    let known = [
        "on",
        "schedule",
        "window",
        "settle",
        "cooldown",
        "per_day",
        "retries",
        "image",
        "objective",
        "hyperparameters",
    ];
    let training = file.child("training", &known, problems);
    let on = triggers(&training, problems);
    let schedule = training.field("schedule");
    match (&schedule, on.contains(&Trigger::Schedule)) {
        (None, true) => problems.add(
            training.field("on").map_or(training.line, |field| field.line),
            "training.schedule",
            "training.on holds `schedule` and there is none",
            "add e.g. `schedule: \"cron(0 4 ? * SUN *)\"` to training",
        ),
        (Some(field), false) => {
            field.refuse(
                problems,
                "training.on does not hold `schedule`",
                "add it there, or remove this key",
            );
        }
        _ => {}
    }
    let image = training
        .field("image")
        .and_then(|field| checked(&field, check_image, problems));
    let image = image.unwrap_or_else(|| "windsock".to_owned());
    let seconds = |key: &str, bounds: &Bounds, default: i64, problems: &mut Problems| {
        training
            .field(key)
            .and_then(|field| duration_s(&field, bounds, problems))
            .unwrap_or(default)
    };
    Training {
        on,
        schedule: schedule.and_then(|field| checked(&field, check_schedule, problems)),
        window: training
            .field("window")
            .and_then(|field| window(&field, problems))
            .unwrap_or(Window::All),
        settle_s: seconds("settle", &SETTLE, 5 * MINUTE_S, problems),
        cooldown_s: seconds("cooldown", &COOLDOWN, 6 * HOUR_S, problems),
        per_day: per_day(&training, 4, problems),
        retries: retries(&training, problems),
        objective: objective(&training, &image, problems),
        image,
        hyperparameters: hyperparameters(&training, problems),
    }
}

pub(super) fn per_day(section: &Section, default: u32, problems: &mut Problems) -> u32 {
    let field = section.field("per_day");
    let read = field.and_then(|field| count(&field, 1, 1000, "it caps what a day can cost", problems));
    read.map_or(default, |number| number as u32)
}

pub(super) fn retries(section: &Section, problems: &mut Problems) -> u32 {
    let field = section.field("retries");
    let read = field.and_then(|field| count(&field, 0, 10, "each retry costs a run", problems));
    read.map_or(3, |number| number as u32)
}

fn triggers(training: &Section, problems: &mut Problems) -> Vec<Trigger> {
    let default = vec![Trigger::Arrival, Trigger::Drift];
    let Some(field) = training.field("on") else {
        return default;
    };
    let words = [
        ("arrival", Trigger::Arrival),
        ("drift", Trigger::Drift),
        ("schedule", Trigger::Schedule),
    ];
    let Some(items) = field.list("[arrival, drift]", problems) else {
        return default;
    };
    if items.is_empty() {
        field.refuse(
            problems,
            "nothing would ever start training",
            "write at least one of arrival, drift and schedule",
        );
    }
    let mut on = Vec::new();
    for item in items {
        match item.word(&words, problems) {
            Some(trigger) if on.contains(&trigger) => item.refuse(problems, "this stands here twice", "keep one"),
            Some(trigger) => on.push(trigger),
            None => {}
        }
    }
    on
}

fn window(field: &Field, problems: &mut Problems) -> Option<Window> {
    let text = field.text(problems)?;
    match text {
        "all" => return Some(Window::All),
        "new" => return Some(Window::New),
        _ => {}
    }
    if parse_duration(text).is_none() {
        let wrong = format!("{} is not a window", shown(text));
        field.refuse(problems, wrong, "write all, new, or a duration such as 365d");
        return None;
    }
    duration_s(field, &WINDOW, problems).map(Window::LastS)
}
