//! What a design did, counted from its journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use windsock_host::Recording;
use windsock_simulation::checker::history;
use windsock_world::{Entry, Millis, Record};

use super::{Design, MINUTE};
use crate::check::Checked;

const RUNS_MAX: usize = 2;
const LETTERS_MAX: usize = 5;
const UNHANDLED_MAX: Millis = 10 * MINUTE;

/// Calls of one operation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Calls {
    pub(super) all: u64,
    pub(super) throttled: u64,
    pub(super) failed: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Latencies {
    /// World time, which passes at real speed while anything runs.
    pub(super) took: Vec<Millis>,
    pub(super) not_returned: u64,
}

#[derive(Default)]
pub(super) struct Figures {
    pub(super) design: Option<Design>,
    pub(super) complete: bool,
    /// Real time of the load and what came of it.
    pub(super) took: Duration,
    /// World time from the first arrival to the last one learned.
    pub(super) lasted: Millis,
    pub(super) arrivals: usize,
    /// From the first arrival to the last: longer than it should be on a machine that is busy with other things.
    pub(super) arrived_within: Millis,
    pub(super) not_learned: usize,
    pub(super) learned_twice: usize,
    pub(super) unhandled_max: Millis,
    /// Sorted.
    pub(super) froze_after: Vec<Millis>,
    pub(super) runs: usize,
    pub(super) runs_max: usize,
    pub(super) failed_runs: usize,
    pub(super) overlaps: usize,
    /// All, and the most about one project.
    pub(super) letters: usize,
    pub(super) letters_max: usize,
    pub(super) dead: BTreeMap<String, usize>,
    /// By service and operation, of functions alone.
    pub(super) calls: BTreeMap<(String, String), Calls>,
    /// Refused calls that repeated a refused call.
    pub(super) wasted: u64,
    /// Messages that went back to their queue.
    pub(super) returned: u64,
    pub(super) functions: BTreeMap<String, Latencies>,
    /// What the simulator's checker finds.
    pub(super) failings: Vec<String>,
}

impl Figures {
    /// Counts the entries of a state directory from number `first` on.
    pub(super) fn read(state: &Path, first: usize, checked: Checked) -> anyhow::Result<Self> {
        let mut figures = Self {
            failings: checked.failings(),
            ..Self::default()
        };
        figures.cover(checked);
        let recording = Recording::read(state)?;
        let mut tally = Tally::default();
        for entry in recording.entries().skip(first) {
            tally.take(entry, &mut figures);
        }
        figures.letters_max = tally.letters.into_values().max().unwrap_or(0);
        Ok(figures)
    }

    fn cover(&mut self, checked: Checked) {
        let coverage = checked.coverage;
        self.arrivals = coverage.arrivals.len();
        let times = || coverage.arrivals.values();
        self.arrived_within = times().max().zip(times().min()).map_or(0, |(last, first)| last - first);
        self.not_learned = coverage.learned().filter(|(_, runs)| *runs == 0).count();
        self.learned_twice = coverage.learned().filter(|(_, runs)| *runs > 1).count();
        self.runs = coverage.runs.len();
        self.runs_max = coverage.runs_per_project().into_values().max().unwrap_or(0);
        let failed = |status: &str| history::is_over(status) && status != "Succeeded";
        self.failed_runs = coverage.runs.values().filter(|run| failed(&run.status)).count();
        self.unhandled_max = coverage.unhandled_max;
        self.froze_after = coverage.froze_after;
        self.froze_after.sort_unstable();
    }

    /// The limits that it broke, of those that the product promises.
    pub(super) fn broken_limits(&self) -> Vec<String> {
        let limits = [
            (
                self.complete && self.not_learned == 0,
                format!("{} arrivals were not learned", self.not_learned),
            ),
            (
                self.learned_twice == 0,
                format!("{} arrivals were learned more than once", self.learned_twice),
            ),
            (
                self.runs_max <= RUNS_MAX,
                format!("{} runs of one project", self.runs_max),
            ),
            (
                self.overlaps == 0,
                format!("{} runs began beside another of their project", self.overlaps),
            ),
            (
                self.letters_max <= LETTERS_MAX,
                format!("{} letters about one project", self.letters_max),
            ),
            (self.dead.is_empty(), format!("dead letters: {:?}", self.dead)),
            (
                self.unhandled_max < UNHANDLED_MAX,
                format!("an arrival waited {} s to be handled", self.unhandled_max / 1000),
            ),
        ];
        let broken = limits
            .into_iter()
            .filter(|(holds, _)| !holds)
            .map(|(_, sentence)| sentence);
        broken.chain(self.failings.iter().cloned()).collect()
    }

    pub(super) fn sagemaker(&self) -> Calls {
        let of_service = self.calls.iter().filter(|((service, _), _)| service == "sagemaker");
        of_service.fold(Calls::default(), |sum, (_, calls)| sum.and(calls))
    }

    pub(super) fn all_calls(&self) -> Calls {
        self.calls.values().fold(Calls::default(), Calls::and)
    }
}

impl Calls {
    fn and(self, other: &Self) -> Self {
        Self {
            all: self.all + other.all,
            throttled: self.throttled + other.throttled,
            failed: self.failed + other.failed,
        }
    }
}

/// What counting has to remember between two entries.
#[derive(Default)]
struct Tally {
    began: BTreeMap<String, Millis>,
    /// Caller, operation and target whose last call was refused.
    refused: BTreeSet<(String, String, String)>,
    letters: BTreeMap<String, usize>,
    /// Executions in flight, by pipeline.
    running: BTreeMap<String, BTreeSet<String>>,
}

impl Tally {
    fn take(&mut self, entry: &Entry, figures: &mut Figures) {
        match &entry.record {
            Record::Call {
                service,
                operation,
                caller,
                target,
                error,
            } if caller.contains(":role/") => {
                let key = (service.clone(), operation.clone());
                self.call(figures.calls.entry(key).or_default(), error.as_deref());
                let about = (caller.clone(), operation.clone(), target.clone());
                match error.as_deref().is_some_and(is_refusal) {
                    true if !self.refused.insert(about.clone()) => figures.wasted += 1,
                    true => {}
                    false => drop(self.refused.remove(&about)),
                }
            }
            Record::InvocationStarted { id, .. } => drop(self.began.insert(id.clone(), entry.at)),
            Record::InvocationEnded {
                id,
                function,
                outcome,
                answer,
            } => {
                let function = figures.functions.entry(function.clone()).or_default();
                function
                    .took
                    .extend(self.began.remove(id).map(|began| entry.at - began));
                function.not_returned += u64::from(outcome != "returned");
                figures.returned += answer["batchItemFailures"].as_array().map_or(0, Vec::len) as u64;
            }
            Record::Execution {
                arn, pipeline, status, ..
            } => self.execution(arn, pipeline, status, figures),
            Record::Letter { topic, .. } => {
                figures.letters += 1;
                *self.letters.entry(topic.clone()).or_default() += 1;
            }
            Record::DeadLetter { queue, .. } => *figures.dead.entry(queue.clone()).or_default() += 1,
            _ => {}
        }
    }

    fn call(&self, calls: &mut Calls, error: Option<&str>) {
        calls.all += 1;
        calls.throttled += u64::from(error == Some("ThrottlingException"));
        calls.failed += u64::from(error.is_some_and(is_server_error));
    }

    fn execution(&mut self, arn: &str, pipeline: &str, status: &str, figures: &mut Figures) {
        let running = self.running.entry(pipeline.to_owned()).or_default();
        if history::is_over(status) {
            running.remove(arn);
        } else if running.insert(arn.to_owned()) && running.len() > 1 {
            figures.overlaps += 1;
        }
    }
}

fn is_server_error(code: &str) -> bool {
    matches!(code, "InternalError" | "InternalFailure")
}

fn is_refusal(code: &str) -> bool {
    code == "ThrottlingException" || is_server_error(code)
}
