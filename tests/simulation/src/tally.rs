//! What many seeds came to: figures, which faults and rare branches were reached, which seeds failed.

use std::{collections::BTreeMap, time::Duration};

use crate::{Outcome, clock::HOUR};

/// Faults and rare branches that the seeds must reach: one that never comes to pass proves nothing.
///
/// `token-forgotten` is not among them: nobody sends a token again after SageMaker has forgotten it (see
/// ARCHITECTURE.md), which the model of the slot protocol in tests/slot-model proves where it is sent too late.
pub const MUST_REACH: [&str; 46] = [
    "throttled",
    "refused",
    "failed-after",
    "unsent",
    "answer-lost",
    "slow",
    "conflict",
    "limited",
    "crashed-before-a-call",
    "crashed-after-a-call",
    "crashed-at-any-await",
    "timed-out",
    "frozen",
    "clock-off",
    "event-lost",
    "event-copied",
    "event-late",
    "event-refused",
    "invoked-twice",
    "received-twice",
    "messages-shuffled",
    "list-stale",
    "page-small",
    "page-token-expired",
    "job-failed",
    "dead-letter-replayed",
    "upload",
    "burst",
    "upload-in-parts",
    "delete",
    "stray",
    "approve",
    "reject",
    "flip",
    "approve-old",
    "reject-champion",
    "delete-version",
    "start-by-hand",
    "stop-run",
    "remake-pipeline",
    "poison",
    "redeploy",
    "change-project",
    "stall",
    "mail-down",
    "again",
];

/// Of a hundred seeds so many may be empty.
const EMPTY_OF_HUNDRED: u64 = 5;

#[derive(Debug, Default)]
pub struct Tally {
    pub seeds: u64,
    pub empty: u64,
    pub calls: u64,
    pub virtual_ms: i64,
    pub arrivals: usize,
    pub starts: usize,
    pub promotions: usize,
    pub incidents: usize,
    pub letters: usize,
    pub reached: BTreeMap<String, u64>,
    pub failed: Vec<Outcome>,
}

impl Tally {
    pub fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.empty += u64::from(outcome.is_empty());
        self.calls += outcome.calls;
        self.virtual_ms += outcome.virtual_ms;
        self.arrivals += outcome.arrivals;
        self.starts += outcome.starts;
        self.promotions += outcome.promotions;
        self.incidents += outcome.incidents;
        self.letters += outcome.letters;
        for (what, count) in &outcome.reached {
            *self.reached.entry(what.clone()).or_default() += count;
        }
        if !outcome.violations.is_empty() {
            self.failed.push(outcome);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub fn figures(&self, took: Duration) -> String {
        let hours = self.virtual_ms as f64 / HOUR as f64;
        format!(
            "{} seeds, {:.0} virtual hours ({:.2} years), {} SDK calls, {:.0} calls/s, {:.0} s\n\
             {} arrivals, {} runs, {} champions, {} incidents, {} letters; {} seeds with too little in them",
            self.seeds,
            hours,
            hours / 8766.0,
            self.calls,
            self.calls as f64 / took.as_secs_f64().max(0.001),
            took.as_secs_f64(),
            self.arrivals,
            self.starts,
            self.promotions,
            self.incidents,
            self.letters,
            self.empty,
        )
    }

    /// How often each fault and rare branch came to pass.
    pub fn reach(&self) -> String {
        let lines = self
            .reached
            .iter()
            .map(|(what, count)| format!("  {count:>10}  {what}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What is wrong with the seeds themselves.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let unreached: Vec<&str> = MUST_REACH
            .into_iter()
            .filter(|what| !self.reached.contains_key(*what))
            .collect();
        if !unreached.is_empty() {
            complaints.push(format!("never reached: {}", unreached.join(", ")));
        }
        if self.empty * 100 > self.seeds * EMPTY_OF_HUNDRED {
            complaints.push(format!("{} of {} seeds had too little in them", self.empty, self.seeds));
        }
        complaints
    }
}
