//! From the tree of a project.yaml to a `Project`: what a good model is, and which rule approves it.

use std::collections::BTreeMap;

use super::problem::{Problems, nearest, shown};
use super::read::checked;
use super::schedule::Refusal;
use super::section::{Field, Section, listed};
use super::tree::Value;
use super::units::{number, parse_number};
use super::*;

/// Metrics that the built-in jobs compute, and which way is better.
const METRICS: [(&str, Direction); 8] = [
    // Two classes, 0 and 1.
    ("auc", Direction::Maximize),
    ("accuracy", Direction::Maximize),
    ("logloss", Direction::Minimize),
    // Any number of classes.
    ("macro_f1", Direction::Maximize),
    ("multi_accuracy", Direction::Maximize),
    ("multi_logloss", Direction::Minimize),
    // A number.
    ("rmse", Direction::Minimize),
    ("mae", Direction::Minimize),
];

pub(super) fn objective(training: &Section, image: &str, problems: &mut Problems) -> Objective {
    let objective = training.child("objective", &["metric", "direction", "must_beat_champion_by"], problems);
    let metric = objective
        .field("metric")
        .and_then(|field| checked(&field, |name| check_metric(name, image), problems));
    let metric = metric.unwrap_or_else(|| "auc".to_owned());
    let natural = METRICS
        .iter()
        .find(|(name, _)| *name == metric)
        .map(|(_, direction)| *direction);
    let words = [("maximize", Direction::Maximize), ("minimize", Direction::Minimize)];
    let direction_field = objective.field("direction");
    let direction = direction_field.as_ref().and_then(|field| field.word(&words, problems));
    if let (Some(field), Some(direction), Some(natural)) = (&direction_field, direction, natural)
        && direction != natural
    {
        let right = if natural == Direction::Maximize {
            "maximize"
        } else {
            "minimize"
        };
        field.refuse(
            problems,
            format!("{metric} would be driven the wrong way"),
            format!("write {right}, or nothing"),
        );
    }
    let gain = objective.field("must_beat_champion_by").and_then(|field| {
        let gain = number(&field, problems)?;
        if gain < 0.0 {
            field.refuse(problems, "a negative margin lets worse models win", "write 0.0 or more");
        }
        Some(gain)
    });
    Objective {
        metric,
        direction: direction.or(natural).unwrap_or(Direction::Maximize),
        must_beat_champion_by: gain.unwrap_or(0.0),
    }
}

fn check_metric(name: &str, image: &str) -> Result<(), Refusal> {
    if METRICS.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:.-".contains(&b));
    if plain && image != "windsock" {
        return Ok(());
    }
    let known: Vec<&str> = METRICS.iter().map(|(known, _)| *known).collect();
    let right = match nearest(name, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("the built-in jobs know {}", listed(&known)),
    };
    Err((format!("there is no metric {}", shown(name)), right))
}

pub(super) fn hyperparameters(training: &Section, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    let Some(field) = training.field("hyperparameters") else {
        return read;
    };
    let Value::Map(entries) = &field.node.value else {
        field.refuse(
            problems,
            "hyperparameters are pairs",
            "write e.g. { rounds: 100, max_depth: 8 }",
        );
        return read;
    };
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    for (key, value) in Section::open(field.node, &field.path, &keys, problems).fields() {
        let Some(text) = value.text(problems) else { continue };
        if key == "objective_metric" {
            value.refuse(problems, "this one is set from training.objective.metric", "remove it");
        } else if key.is_empty() || key.len() > 256 || text.len() > 2500 {
            value.refuse(
                problems,
                "SageMaker refuses it",
                "keys have at most 256 characters, values at most 2500",
            );
        } else if text.contains(',') && parse_number(&text.replace(',', ".")).is_ok() {
            let right = format!("write {}", text.replace(',', "."));
            value.refuse(problems, format!("{} has a comma", shown(text)), right);
        } else {
            read.insert(key.to_owned(), text.to_owned());
        }
    }
    if read.len() > 99 {
        field.refuse(
            problems,
            format!("{} hyperparameters", read.len()),
            "SageMaker takes at most 100, one is ours",
        );
    }
    read
}

pub(super) fn approval(file: &Section, training: &Training, problems: &mut Problems) -> Approval {
    let Some(field) = file.field("approval") else {
        return Approval::Manual;
    };
    if let Value::Scalar { .. } = &field.node.value {
        let right = "write manual, or { automatic: { auc: \">= 0.80\" } }";
        match field.text(problems) {
            Some("manual") => {}
            Some("automatic") => field.refuse(problems, "`automatic` wants its rules", right),
            Some(text) => field.refuse(problems, format!("{} is not a choice here", shown(text)), right),
            None => {}
        }
        return Approval::Manual;
    }
    let rules_field = Section::open(field.node, &field.path, &["automatic"], problems).field("automatic");
    let Some(rules_field) = rules_field else {
        field.refuse(
            problems,
            "no rule is given",
            "write manual, or { automatic: { auc: \">= 0.80\" } }",
        );
        return Approval::Manual;
    };
    let mut rules = BTreeMap::new();
    let keys: Vec<&str> = match &rules_field.node.value {
        Value::Map(entries) => entries.iter().map(|entry| entry.key.as_str()).collect(),
        _ => Vec::new(),
    };
    for (metric, value) in Section::open(rules_field.node, &rules_field.path, &keys, problems).fields() {
        if let Err((wrong, right)) = check_metric(metric, &training.image) {
            value.refuse(problems, wrong, right);
        }
        if let Some(rule) = rule(metric, &value, problems) {
            rules.insert(metric.to_owned(), rule);
        }
    }
    if keys.is_empty() {
        rules_field.refuse(
            problems,
            "no rule is given",
            "write e.g. { auc: \">= 0.80\" }, or approval: manual",
        );
    }
    Approval::Automatic(rules)
}

type MakeRule = fn(f64) -> Rule;

fn rule(metric: &str, field: &Field, problems: &mut Problems) -> Option<Rule> {
    let text = field.text(problems)?;
    let makes: [(&str, MakeRule); 4] = [
        (">=", Rule::AtLeast),
        ("<=", Rule::AtMost),
        (">", Rule::Above),
        ("<", Rule::Below),
    ];
    let Some((sign, make)) = makes.into_iter().find(|(sign, _)| text.starts_with(sign)) else {
        field.refuse(
            problems,
            format!("{} is not a rule", shown(text)),
            "write e.g. \">= 0.80\" (also <=, > and <)",
        );
        return None;
    };
    match parse_number(text[sign.len()..].trim()) {
        Ok(bound)
            if matches!(metric, "auc" | "accuracy" | "macro_f1" | "multi_accuracy")
                && !(0.0..=1.0).contains(&bound) =>
        {
            field.refuse(
                problems,
                format!("{metric} lies between 0 and 1"),
                "write e.g. \">= 0.80\"",
            );
            None
        }
        Ok(bound) => Some(make(bound)),
        Err((wrong, right)) => {
            field.refuse(problems, wrong, right);
            None
        }
    }
}
