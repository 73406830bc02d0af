//! What must not change when everything that was ever delivered is delivered once more, in another order, while all is
//! at rest: handlers are idempotent, and where they end does not depend on the order (I15, I16).

use std::collections::BTreeMap;

use super::{History, history::is_over};

/// What a project has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Its records, and how often each was written.
    written: BTreeMap<String, u32>,
    /// Runs of its pipelines that we started.
    runs: usize,
}

/// None while a run is in flight, whose end may change anything, and of a project that was applied more than once: its
/// new settings may have something new to say of what happened under the old ones.
pub fn rest(history: &History, project: &str) -> Option<Rest> {
    let applied = history.written.get(&format!("state/projects/{project}.json"));
    if applied.is_some_and(|times| *times > 1) {
        return None;
    }
    let pipelines = ["training", "inference"].map(|kind| format!("windsock-{project}-{kind}"));
    let mut runs = history.runs.iter().filter(|run| pipelines.contains(&run.pipeline));
    if runs.clone().any(|run| !is_over(&run.status)) {
        return None;
    }
    let records = format!("state/{project}/");
    let written = history.written.iter().filter(|(key, _)| key.starts_with(&records));
    Some(Rest {
        written: written.map(|(key, count)| (key.clone(), *count)).collect(),
        runs: runs.by_ref().filter(|run| run.slot.is_some()).count(),
    })
}

/// What became of a project that was at rest.
pub fn changed(history: &History, project: &str, before: &Rest) -> Vec<String> {
    let Some(after) = rest(history, project) else {
        return vec![format!("{project}: a run is in flight")];
    };
    let mut changed = Vec::new();
    if after.runs != before.runs {
        changed.push(format!("{project}: {} runs became {}", before.runs, after.runs));
    }
    for (key, count) in &after.written {
        if before.written.get(key) != Some(count) {
            changed.push(format!("{project}: {key} was written"));
        }
    }
    changed
}
