//! Rules of letters: at least once is for the end; here are at most twice, once unless an answer was lost, and the pace.

use windsock_world::{Entry, Millis, Record};

use super::{History, Rule};
use crate::{
    clock::{HOUR, MINUTE, SECOND},
    run::FROZEN_MAX,
};

/// How a repeat begins.
const REPEAT: &str = "(possible repeat";
/// A publish may arrive so long after its invocation was given up: its sandbox was frozen in between.
const SLOW: Millis = FROZEN_MAX;
const PER_HOUR: usize = 20;
/// Between its place in the hour and the publish, a sender may be frozen.
const HOUR_SEEN: Millis = HOUR - 16 * MINUTE;
/// SNS deactivates an address above ten a second.
const PER_SECOND: usize = 10;

pub const RULES: [Rule; 2] = [
    Rule {
        name: "letter-copies",
        invariant: "I12",
        sentence: "A letter goes out at most twice, and once unless an answer was lost.",
        check: copies,
    },
    Rule {
        name: "letter-rate",
        invariant: "I13",
        sentence: "No address gets more than 20 letters an hour, or more than SNS bears in a second.",
        check: rate,
    },
];

fn fact(subject: &str) -> &str {
    subject.rsplit('[').next().unwrap_or(subject)
}

fn copies(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Letter { endpoint, subject, .. } = &entry.record else {
        return;
    };
    let same: Vec<_> = history
        .letters
        .iter()
        .filter(|one| one.endpoint == *endpoint && fact(&one.subject) == fact(subject))
        .collect();
    let first = same.first().map_or(entry.at, |one| one.at);
    // The first may arrive after the repeat, if it was slow.
    let repeats = same.iter();
    if same.len() == 2 && !repeats.clone().any(|one| one.body.starts_with(REPEAT)) {
        broken.push(format!("a repeat to {endpoint} does not say so: {subject}"));
    } else if same.len() > 2 {
        broken.push(format!("{} copies to {endpoint}: {subject}", same.len()));
    } else if same.len() == 2
        && !history
            .ambiguous
            .iter()
            .any(|at| (first - SLOW..=entry.at).contains(at))
    {
        broken.push(format!(
            "a second copy to {endpoint}, and no answer was lost: {subject}"
        ));
    }
}

fn rate(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Letter { endpoint, topic, .. } = &entry.record else {
        return;
    };
    let within = |span: Millis| {
        let ours = history.letters.iter().rev().take_while(|one| one.at > entry.at - span);
        ours.filter(|one| one.endpoint == *endpoint && one.topic == *topic)
            .count()
    };
    if within(HOUR_SEEN) > PER_HOUR {
        broken.push(format!("{} letters to {endpoint} within an hour", within(HOUR_SEEN)));
    }
    if within(SECOND) > PER_SECOND {
        broken.push(format!("{} letters to {endpoint} within a second", within(SECOND)));
    }
}
