//! Rules of separation: projects from each other, outputs from inputs, secrets from readers, broken numbers from metrics.

use windsock_world::{Entry, Record};

use super::{History, Rule};

/// Planted in keys and in what failures say.
const SECRETS: [&str; 2] = ["hunter2-secret", "AKIAIOSFODNN7EXAMPLE"];
/// CloudWatch refuses what is larger.
const VALUE_MAX: f64 = 1e100;

pub const RULES: [Rule; 6] = [
    Rule {
        name: "isolation",
        invariant: "I17",
        sentence: "A run reads its own project's objects; nobody takes `a` for `ab`.",
        check: isolation,
    },
    Rule {
        name: "no-recursion",
        invariant: "I18",
        sentence: "Nothing that we write wakes what starts runs.",
        check: no_recursion,
    },
    Rule {
        name: "metrics",
        invariant: "I20",
        sentence: "Every number is finite, is some report's, and too few rows give none.",
        check: metrics,
    },
    Rule {
        name: "secrets",
        invariant: "I22",
        sentence: "No secret reaches a log, a letter or a letter's marker.",
        check: secrets,
    },
    Rule {
        name: "no-panic",
        invariant: "I14",
        sentence: "No handler panics.",
        check: no_panic,
    },
    Rule {
        name: "subjects",
        invariant: "I22",
        sentence: "Subjects are printable ASCII of at most 99 characters, and carry their fact.",
        check: subjects,
    },
];

fn isolation(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry) else {
        return;
    };
    let prefix = format!("{}/{}/", frozen.kind, frozen.project);
    if let Some((stranger, _)) = frozen.reads.iter().find(|(key, _)| !key.starts_with(&prefix)) {
        broken.push(format!("{} of {} reads {stranger}", run.arn, frozen.project));
    }
}

fn no_recursion(_: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Event {
        detail_type,
        detail,
        matched,
        ..
    } = &entry.record
    else {
        return;
    };
    let ours = detail["bucket"]["name"]
        .as_str()
        .is_some_and(|bucket| bucket.contains("-work-"));
    if detail_type != "Object Created" || !ours {
        return;
    }
    // The monitor's report is meant to wake publish-drift, which writes a marker and no object that wakes anybody.
    let woken = matched
        .iter()
        .find(|rule| *rule != "windsock-publish-drift-report-written");
    if let Some(rule) = woken {
        broken.push(format!("{} woke {rule}", detail["object"]["key"]));
    }
}

fn metrics(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Metric {
        namespace,
        name,
        dimensions,
        value,
    } = &entry.record
    else {
        return;
    };
    if namespace != "Windsock" {
        return;
    }
    if !value.is_finite() || value.abs() > VALUE_MAX {
        broken.push(format!("{name} is {value}"));
    }
    let of_the_platform = ["ApprovalsWaiting", "OldestArrivalAge"].contains(&name.as_str());
    if of_the_platform && *value < 0.0 {
        broken.push(format!("{name} is {value}"));
    }
    let project = dimensions["Project"].as_str().unwrap_or_default();
    let reports = history.reports.get(project).map(Vec::as_slice).unwrap_or_default();
    let told = |(verdict, score): &(String, f64)| verdict != "too-few-rows" && (score - value).abs() < 1e-9;
    if name == "DriftScore" && !reports.iter().any(told) {
        broken.push(format!("DriftScore {value} of {project} is no report's"));
    }
}

fn secret(text: &str) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| text.contains(secret))
}

fn secrets(_: &History, entry: &Entry, broken: &mut Vec<String>) {
    let (text, place) = match &entry.record {
        Record::Log { function, line } if function != "simulation" => (line.to_string(), function.clone()),
        Record::Letter { subject, body, .. } => (format!("{subject}\n{body}"), format!("letter {subject}")),
        _ => return,
    };
    if let Some(secret) = secret(&text) {
        broken.push(format!("{place} tells {secret}: {text}"));
    }
}

fn no_panic(_: &History, entry: &Entry, broken: &mut Vec<String>) {
    if let Record::Log { function, line } = &entry.record
        && function == "simulation"
        && line["event"] == "panic"
    {
        broken.push(line.to_string());
    }
}

fn subjects(_: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Letter { subject, topic, .. } = &entry.record else {
        return;
    };
    let printable = subject.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if topic.contains("windsock_operations") {
        return;
    }
    if !printable || subject.len() > 99 || !subject.ends_with(']') {
        broken.push(format!("subject {subject:?}"));
    }
}
