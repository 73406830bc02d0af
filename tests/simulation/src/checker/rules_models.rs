//! Rules of champions: one chain, never backwards, never without approval.

use windsock_world::{Entry, Millis, Record};

use super::{History, Rule, history::Champion};
use crate::clock::{MINUTE, SECOND};

/// A writer that was frozen acts on what it saw before: at most so long ago.
const SEEN_BEFORE: Millis = 16 * MINUTE;

pub const RULES: [Rule; 4] = [
    Rule {
        name: "one-champion",
        invariant: "I8",
        sentence: "Champions form one chain: each record holds the one before it.",
        check: one_champion,
    },
    Rule {
        name: "forwards",
        invariant: "I11",
        sentence: "A champion's number goes down only when the champion itself is no longer approved.",
        check: forwards,
    },
    Rule {
        name: "approved",
        invariant: "I9",
        sentence: "No version becomes champion, and no inference starts with one, that was not Approved when it was last looked at.",
        check: approved,
    },
    Rule {
        name: "one-incident",
        invariant: "I6",
        sentence: "One alarm is one incident, however often it is told.",
        check: one_incident,
    },
];

/// The project whose champion's record this entry writes, and its records so far.
fn written<'a>(history: &'a History, entry: &'a Entry) -> Option<(&'a str, &'a [Champion])> {
    let Record::ObjectCreated { key, .. } = &entry.record else {
        return None;
    };
    let project = key.strip_prefix("state/")?.strip_suffix("/champion.json")?;
    Some((project, history.champions.get(project)?))
}

fn one_champion(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((project, records)) = written(history, entry) else {
        return;
    };
    let [.., before, after] = records else { return };
    let mut wanted = before.history.clone();
    wanted.extend(before.version.map(|version| (version, before.since.clone())));
    if after.history != wanted {
        broken.push(format!(
            "the champion of {project} followed {:?}, and its record says {:?}",
            wanted, after.history
        ));
    }
}

fn forwards(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((project, records)) = written(history, entry) else {
        return;
    };
    let [.., before, after] = records else { return };
    let (Some(was), Some(is)) = (before.version, after.version) else {
        return;
    };
    let key = (project.to_owned(), was);
    let gone = history.versions.get(&key).is_some_and(|version| version.deleted);
    let fell = gone
        || history
            .approvals_since(project, was, entry.at - SEEN_BEFORE)
            .iter()
            .any(|state| *state != "Approved");
    if is <= was && !fell {
        broken.push(format!(
            "the champion of {project} went from version {was}, which is approved, to {is}"
        ));
    }
}

fn approved(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let (project, version, what) = if let Some((project, records)) = written(history, entry) {
        let Some(version) = records.last().and_then(|record| record.version) else {
            return;
        };
        (project, version, "became champion")
    } else if let Some((run, frozen)) = history.started(entry) {
        let Some(version) = frozen.champion.filter(|_| frozen.kind == "inference") else {
            return;
        };
        (frozen.project.as_str(), version, run.arn.as_str())
    } else {
        return;
    };
    let states = history.approvals_since(project, version, entry.at - SEEN_BEFORE - SECOND);
    if !states.contains(&"Approved") {
        broken.push(format!("version {version} of {project} is {states:?}: {what}"));
    }
}

fn one_incident(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::ObjectCreated { key, .. } = &entry.record else {
        return;
    };
    let mut parts = key.split('/');
    let (Some("state"), Some(project), Some("incidents")) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let prefix = format!("state/{project}/incidents/");
    let incidents = history.written.keys().filter(|key| key.starts_with(&prefix)).count();
    let alarmed = history
        .alarmed
        .get(&format!("windsock-{project}-drift"))
        .copied()
        .unwrap_or(0);
    if incidents > alarmed {
        broken.push(format!("{project} has {incidents} incidents of {alarmed} alarms"));
    }
}
