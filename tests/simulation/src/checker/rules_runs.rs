//! Rules of runs: one at a time, each what its slot says, each for a reason, none too many.

use std::collections::{BTreeMap, BTreeSet};

use windsock_world::{Entry, Millis, Record};

use super::{
    History, Rule,
    history::{Arrival, Frozen, Run, is_over},
};
use crate::clock::{HOUR, MINUTE, SECOND};

/// Lambda's clock may be so far off S3's, in either direction.
const SKEW: Millis = 10 * MINUTE + SECOND;

pub const RULES: [Rule; 11] = [
    Rule {
        name: "exclusion",
        invariant: "I2",
        sentence: "At most one run in flight per pipeline that we started.",
        check: exclusion,
    },
    Rule {
        name: "purity",
        invariant: "I3",
        sentence: "One slot is one execution with two parameters, and they follow from the slot.",
        check: purity,
    },
    Rule {
        name: "write-once",
        invariant: "I4",
        sentence: "A manifest and every other marker is written once.",
        check: write_once,
    },
    Rule {
        name: "reads-what-is-listed",
        invariant: "I4",
        sentence: "A run reads the listed objects alone; one that changed after the freeze is rejected.",
        check: reads_what_is_listed,
    },
    Rule {
        name: "chain",
        invariant: "I5",
        sentence: "No two runs follow the same predecessor.",
        check: chain,
    },
    Rule {
        name: "something-new",
        invariant: "I5",
        sentence: "Every training run reads an arrival that no run accounted for since its key last changed.",
        check: something_new,
    },
    Rule {
        name: "pace",
        invariant: "I6",
        sentence: "Cool-downs hold: between runs, and between runs that drift caused.",
        check: pace,
    },
    Rule {
        name: "retries",
        invariant: "I7",
        sentence: "What failed is tried again at most as often as the project says.",
        check: retries,
    },
    Rule {
        name: "losing-is-success",
        invariant: "I7",
        sentence: "A challenger that does not beat the champion ends its run Succeeded.",
        check: losing_is_success,
    },
    Rule {
        name: "scored-once",
        invariant: "I19",
        sentence: "One champion scores one arrival once while it is champion.",
        check: scored_once,
    },
    Rule {
        name: "money",
        invariant: "I21",
        sentence: "No more runs in 24 hours than the project pays for.",
        check: money,
    },
];

fn exclusion(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Execution { arn, pipeline, .. } = &entry.record else {
        return;
    };
    let in_flight = history.ours(pipeline).filter(|(run, _)| !is_over(&run.status));
    let arns: Vec<&str> = in_flight.map(|(run, _)| run.arn.as_str()).collect();
    if arns.len() > 1 && arns.contains(&arn.as_str()) {
        broken.push(format!("{} runs of {pipeline} at the same time: {arns:?}", arns.len()));
    }
}

fn purity(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    if let Record::Call {
        operation,
        error: Some(error),
        ..
    } = &entry.record
        && operation == "StartPipelineExecution"
        && error == "ConflictException"
    {
        broken.push("a token was used with two different requests".to_owned());
    }
    let Record::Execution {
        arn,
        display_name,
        status,
        ..
    } = &entry.record
    else {
        return;
    };
    let Some(slot) = display_name.strip_prefix("windsock-").filter(|_| status == "Executing") else {
        return;
    };
    let Some(run) = history.runs.iter().rev().find(|run| run.arn == *arn) else {
        return;
    };
    let Some(frozen) = history.frozen.get(slot) else {
        broken.push(format!("{arn} was started without a frozen manifest"));
        return;
    };
    let project = frozen.project.as_str();
    let manifest = format!("/state/{project}/runs/{}/{slot}/manifest.json", frozen.kind);
    let parameters = &run.parameters;
    let named = parameters["manifest"]
        .as_str()
        .is_some_and(|uri| uri.ends_with(&manifest));
    if parameters["slot"] != slot || !named || parameters.as_object().map_or(0, serde_json::Map::len) != 2 {
        broken.push(format!("{arn} of slot {slot} has parameters {parameters}"));
    }
    if run.pipeline != format!("windsock-{project}-{}", frozen.kind) {
        broken.push(format!("{arn} of {} runs the slot of {project}", run.pipeline));
    }
    let twice = history
        .runs
        .iter()
        .filter(|run| run.slot.as_deref() == Some(slot))
        .count();
    if twice > 1 {
        broken.push(format!("slot {slot} has {twice} executions"));
    }
}

fn write_once(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::ObjectCreated { bucket, key, .. } = &entry.record else {
        return;
    };
    let once = key.contains("/runs/")
        || key.contains("/published/")
        || key.starts_with("state/rejections/")
        || key.ends_with("/sent.json");
    if bucket.contains("-work-")
        && once
        && key.starts_with("state/")
        && history.written.get(key).is_some_and(|times| *times > 1)
    {
        broken.push(format!("{key} was written again"));
    }
}

fn reads_what_is_listed(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::ObjectCreated { key, .. } = &entry.record else {
        return;
    };
    let Some(slot) = key
        .strip_suffix("/report/rejections.json")
        .and_then(|key| key.split('/').nth(2))
    else {
        return;
    };
    let (Some(frozen), Some(given)) = (history.frozen.get(slot), history.given.get(slot)) else {
        return;
    };
    let rejected = history.rejected.get(slot).cloned().unwrap_or_default();
    for (key, etag) in given {
        let Some(listed) = frozen.reads.iter().find(|(read, _)| read == key) else {
            broken.push(format!("a run was given {key}, which its manifest does not list"));
            continue;
        };
        if listed.1 != *etag && !rejected.iter().any(|(no, _)| no == key) {
            broken.push(format!("{key} changed after the freeze and was not rejected"));
        }
    }
}

fn chain(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry) else {
        return;
    };
    if frozen.predecessor == "genesis" {
        return;
    }
    let same = history
        .ours(&run.pipeline)
        .filter(|(_, other)| other.predecessor == frozen.predecessor)
        .count();
    if same > 1 {
        broken.push(format!("{same} runs of {} follow {}", run.pipeline, frozen.predecessor));
    }
}

/// What runs that succeeded have read, and what any run has rejected: of each key the newest version that was. Content
/// that comes back after other content is new, although its ETag is an old one.
fn accounted(history: &History, pipeline: &str) -> BTreeSet<Arrival> {
    let mut accounted: BTreeMap<String, String> = BTreeMap::new();
    for (run, frozen) in history.ours(pipeline) {
        if run.status == "Succeeded" {
            accounted.extend(frozen.reads.iter().cloned());
        }
        let rejected = run.slot.iter().filter_map(|slot| history.rejected.get(slot));
        accounted.extend(rejected.flatten().cloned());
    }
    accounted.into_iter().collect()
}

fn something_new(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry).filter(|(_, frozen)| frozen.kind == "training") else {
        return;
    };
    if frozen.reads.is_subset(&accounted(history, &run.pipeline)) {
        broken.push(format!("{} learns nothing new ({})", run.arn, frozen.cause));
    }
}

fn setting(frozen: &Frozen, section: &str, name: &str) -> i64 {
    frozen.settings[section][name].as_i64().unwrap_or(0)
}

fn pace(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry).filter(|(_, frozen)| frozen.kind == "training") else {
        return;
    };
    if frozen.failures_before > 0 {
        return;
    }
    let before = || history.ours(&run.pipeline).rev().skip(1);
    if matches!(frozen.cause.as_str(), "arrival" | "schedule") {
        let cooldown = setting(frozen, "training", "cooldown_s") * SECOND;
        let last = before().next().map(|(last, _)| frozen.frozen_at - last.started_at);
        if last.is_some_and(|passed| passed + SKEW < cooldown) {
            broken.push(format!(
                "{} began {last:?} ms after the one before it; the cool-down is {cooldown} ms",
                run.arn
            ));
        }
    }
    if frozen.cause == "drift" {
        drift_pace(history, frozen, broken);
    }
}

/// One run an incident, and incidents that ask for one are a cool-down apart: a run may wait for another to end.
fn drift_pace(history: &History, frozen: &Frozen, broken: &mut Vec<String>) {
    let pipeline = format!("windsock-{}-training", frozen.project);
    // What failed has answered nothing.
    let fresh =
        |(run, other): &(&Run, &Frozen)| other.cause == "drift" && !(is_over(&run.status) && run.status != "Succeeded");
    let runs = history.ours(&pipeline).filter(fresh).count();
    let asking = history.asking.get(&frozen.project).cloned().unwrap_or_default();
    if runs > asking.len() {
        broken.push(format!(
            "{} has {runs} runs of {} drifts that asked for one",
            frozen.project,
            asking.len()
        ));
    }
    let opened: Vec<Millis> = asking.into_values().collect();
    let cooldown = setting(frozen, "drift", "cooldown_s") * SECOND;
    if let Some(pair) = opened.windows(2).find(|pair| pair[1] - pair[0] + SKEW < cooldown) {
        broken.push(format!(
            "{} answered two drifts within its cool-down: {pair:?}",
            frozen.project
        ));
    }
}

fn retries(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry) else {
        return;
    };
    let section = if frozen.kind == "training" {
        "training"
    } else {
        "inference"
    };
    let most = setting(frozen, section, "retries").max(1);
    let same = |other: &Frozen| other.reads == frozen.reads && other.champion == frozen.champion;
    let failed = |run: &Run| is_over(&run.status) && run.status != "Succeeded";
    let before = history.ours(&run.pipeline).rev().skip(1);
    let tries = before.take_while(|(run, other)| failed(run) && same(other)).count();
    if i64::try_from(tries).unwrap_or(i64::MAX) >= most {
        broken.push(format!(
            "{} is try {} of the same; {most} are allowed",
            run.arn,
            tries + 1
        ));
    }
}

fn losing_is_success(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Record::Execution {
        display_name, status, ..
    } = &entry.record
    else {
        return;
    };
    let lost = display_name
        .strip_prefix("windsock-")
        .is_some_and(|slot| history.lost.contains(slot));
    if lost && status == "Failed" {
        broken.push(format!("{display_name} lost to the champion, and failed for it"));
    }
}

fn scored_once(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry).filter(|(_, frozen)| frozen.kind == "inference") else {
        return;
    };
    // Back to where another champion scored: after a fall-back the newest batch is scored again on purpose.
    let succeeded = history
        .ours(&run.pipeline)
        .rev()
        .skip(1)
        .filter(|(before, _)| before.status == "Succeeded");
    for (_, other) in succeeded.take_while(|(_, other)| other.champion == frozen.champion) {
        if let Some(twice) = other.reads.intersection(&frozen.reads).next() {
            broken.push(format!("version {:?} scores {twice:?} again", frozen.champion));
        }
    }
}

fn money(history: &History, entry: &Entry, broken: &mut Vec<String>) {
    let Some((run, frozen)) = history.started(entry) else {
        return;
    };
    let most = setting(frozen, &frozen.kind, "per_day");
    let in_a_day = history
        .ours(&run.pipeline)
        .filter(|(other, _)| run.started_at - other.started_at < 24 * HOUR - SKEW);
    let count = i64::try_from(in_a_day.count()).unwrap_or(i64::MAX);
    if most > 0 && count > most {
        broken.push(format!(
            "{} is run {count} within a day; the project pays for {most}",
            run.arn
        ));
    }
}
