//! What the journal alone tells.

use std::collections::BTreeMap;

use serde_json::Value;
use windsock_decisions::layout;
use windsock_world::{Entry, Record};

use super::{Alarm, DeadLetter, Letter, ModelPackage, Report, Run, StandDown, rfc3339};

/// Everything of the report that is in the journal; the rest lies in S3 (see `add_stored`).
pub fn from_journal(entries: &[Entry], name_prefix: &str) -> Report {
    let mut report = Report::default();
    let mut stand_downs: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entry in entries {
        match &entry.record {
            Record::Call { service, operation, .. } => {
                *report.calls.entry(format!("{service}.{operation}")).or_default() += 1;
            }
            Record::InvocationStarted { function, .. } => {
                *report.invocations.entry(short(function, name_prefix)).or_default() += 1;
            }
            Record::Log { function, line } => {
                if let Some(reason) = stand_down(line) {
                    *stand_downs.entry((short(function, name_prefix), reason)).or_default() += 1;
                }
            }
            Record::Alarm { name, state, .. } => {
                report.alarms.push(Alarm {
                    name: name.clone(),
                    state: state.clone(),
                    at: rfc3339(entry.at),
                });
            }
            Record::DeadLetter {
                queue,
                function,
                error,
                event,
            } => report.dead_letters.push(DeadLetter {
                queue: queue.clone(),
                function: short(function, name_prefix),
                error: error.clone(),
                event: event.clone(),
            }),
            Record::Execution { .. } => execution(&mut report, entry),
            Record::ModelPackage { .. } => model_package(&mut report, &entry.record),
            Record::Letter { .. } => add_letter(&mut report, entry),
            _ => {}
        }
    }
    let rows = stand_downs.into_iter();
    report.stand_downs = rows
        .map(|((function, reason), count)| StandDown {
            function,
            reason,
            count,
        })
        .collect();
    report
}

/// `windsock-start-training` is the function start-training.
fn short(function: &str, name_prefix: &str) -> String {
    let own = function
        .strip_prefix(name_prefix)
        .and_then(|rest| rest.strip_prefix('-'));
    own.unwrap_or(function).to_owned()
}

/// The reason in a function's log line about a plan to stand down.
pub fn stand_down(line: &Value) -> Option<String> {
    log_field(line, "stand_down").map(str::to_owned)
}

/// A field of a JSON log line, whether fields are flattened into it or not.
pub fn log_field<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    line.get(name).or_else(|| line.get("fields")?.get(name))?.as_str()
}

fn execution(report: &mut Report, entry: &Entry) {
    let Record::Execution {
        arn,
        pipeline,
        display_name,
        status,
        ..
    } = &entry.record
    else {
        return;
    };
    let at = rfc3339(entry.at);
    let ended = !matches!(status.as_str(), "Executing" | "Stopping");
    if let Some(run) = report.runs.iter_mut().find(|run| run.arn == *arn) {
        run.status.clone_from(status);
        run.ended = ended.then_some(at);
        return;
    }
    report.runs.push(Run {
        pipeline: pipeline.clone(),
        arn: arn.clone(),
        status: status.clone(),
        cause: "by-hand".into(),
        started: at.clone(),
        ended: ended.then_some(at),
        objects: Vec::new(),
        slot: layout::parse_display_name(display_name).map(str::to_owned),
    });
}

fn model_package(report: &mut Report, record: &Record) {
    let Record::ModelPackage {
        arn, version, approval, ..
    } = record
    else {
        return;
    };
    if let Some(package) = report.model_packages.iter_mut().find(|package| package.arn == *arn) {
        package.status.clone_from(approval);
        return;
    }
    let (arn, status) = (arn.clone(), approval.clone());
    report.model_packages.push(ModelPackage {
        arn,
        version: *version,
        status,
        metrics: BTreeMap::new(),
    });
}

/// One row a letter, however many addresses its audience has: SNS delivers one publication to all of them at once.
fn add_letter(report: &mut Report, entry: &Entry) {
    if let Some(letter) = letter(entry).filter(|letter| !report.letters.contains(letter)) {
        report.letters.push(letter);
    }
}

fn letter(entry: &Entry) -> Option<Letter> {
    let Record::Letter {
        subject, attributes, ..
    } = &entry.record
    else {
        return None;
    };
    let audience = attributes.get("audience")?;
    let to = audience.as_str().or_else(|| audience.get("Value")?.as_str())?;
    let fact = subject
        .rsplit_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(fact, _)| fact);
    Some(Letter {
        to: to.to_owned(),
        subject: subject.clone(),
        fact: fact.unwrap_or_default().to_owned(),
        at: rfc3339(entry.at),
    })
}
