//! The runs of one pipeline as they were observed, and what follows from them for the next one: what is accounted for,
//! what is new, how often it failed, when the budget allows another. Training and inference share all of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use windsock_events::{facts::Cause, status::RunStatus};

use crate::{
    Project,
    mutants::{self, Mutant},
    state::{Arrival, FORMAT, Manifest, Rejection, Start},
    tries,
};

/// Back-off after the first failure; each further one takes four times as long.
const BACK_OFF_FIRST: SignedDuration = SignedDuration::from_mins(5);
const BACK_OFF_MAX: SignedDuration = SignedDuration::from_hours(6);
/// The window of `per_day`.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A burst that never pauses does not wait for longer than so many settle times.
const SETTLE_TIMES_MAX: i32 = 12;

/// Our word for the end of a run that SageMaker no longer knows, as when its pipeline was deleted, and that left no last
/// report.
pub const FORGOTTEN: &str = "Forgotten";

/// A pipeline and its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    pub pipeline_arn: String,
    /// The format number in the definition; None when the definition is not ours.
    pub format: Option<u32>,
    /// Newest first, those that people started included.
    pub executions: Vec<Run>,
    /// The newest run of ours; one of a pipeline that was deleted, when nothing ran since this one took its name.
    pub last: Option<LastRun>,
    /// The slot that may be started next, and the execution it follows.
    pub next_slot: String,
    pub predecessor: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub arn: String,
    /// None for a run that somebody else started.
    pub slot: Option<String>,
    pub status: RunStatus,
    pub started_at: Timestamp,
}

/// The newest run of ours, with what it left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct LastRun {
    pub run: Run,
    pub slot: String,
    /// started.json exists.
    pub recorded: bool,
    /// What it froze. None while it is in flight, or when somebody has removed it.
    pub manifest: Option<Manifest>,
    /// When it ended, for a run that failed.
    pub ended_at: Option<Timestamp>,
    /// Of a run that has ended, failed ones too.
    pub rejections: Vec<Rejection>,
}

/// An arrival and when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub arrival: Arrival,
    pub at: Timestamp,
}

/// What lies under a project's prefix now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    pub seen: Vec<Seen>,
    /// There are more than we list.
    pub more: bool,
}

impl Runs {
    /// The definition was rendered by a version that these functions no longer understand, or not by us.
    pub fn definition_is_too_old(&self) -> bool {
        self.format.is_none_or(|format| format < FORMAT)
    }

    /// Anyone's run that is going on or winding down.
    pub fn in_flight(&self) -> Option<&Run> {
        let last = self.last.iter().map(|last| &last.run);
        self.executions.iter().chain(last).find(|run| run.status.is_in_flight())
    }

    /// A run of ours whose start was never recorded: whoever started it crashed.
    pub fn unrecorded(&self) -> Option<&LastRun> {
        self.last.as_ref().filter(|last| !last.recorded)
    }

    pub fn ever_succeeded(&self) -> bool {
        let ours = self.executions.iter().filter(|run| run.slot.is_some());
        let mut ours = ours.chain(self.last.iter().map(|last| &last.run));
        // SageMaker may have forgotten it, but only the runs before the first success are started for being first.
        let manifest = self.last.as_ref().and_then(|last| last.manifest.as_ref());
        ours.any(|run| run.status.is_succeeded()) || manifest.is_some_and(|manifest| manifest.cause != Cause::First)
    }

    /// Runs of ours that began within the day before `now`, each once: those that SageMaker lists, and those that the
    /// newest manifest remembers when a list is stale or belongs to another pipeline of the same name.
    pub fn recent_starts(&self, now: Timestamp) -> Vec<Start> {
        let remembered = self.last.iter().filter_map(|last| last.manifest.as_ref());
        let mut starts: BTreeMap<String, Timestamp> = remembered
            .flat_map(|manifest| &manifest.recent_starts)
            .map(|start| (start.slot.clone(), start.started_at))
            .collect();
        let last = self.last.iter().map(|last| &last.run);
        for run in last.chain(&self.executions) {
            if let Some(slot) = &run.slot {
                starts.insert(slot.clone(), run.started_at);
            }
        }
        let recent = |started_at: &Timestamp| day_after(*started_at, now) > now;
        starts
            .into_iter()
            .filter(|(_, started_at)| recent(started_at))
            .map(|(slot, started_at)| Start { slot, started_at })
            .collect()
    }

    /// When the daily cap allows another run; None when it does now.
    pub fn budget_due(&self, per_day: u32, now: Timestamp) -> Option<Timestamp> {
        if mutants::is(Mutant::NoDailyCap) {
            return None;
        }
        let starts = self.recent_starts(now);
        let mut freed: Vec<Timestamp> = starts.iter().map(|start| day_after(start.started_at, now)).collect();
        freed.sort_by(|a, b| b.cmp(a));
        // With per_day runs in the window, the oldest of them makes room; beyond the cap, the per_day-th newest does.
        let cap = usize::try_from(per_day.max(1)).unwrap_or(usize::MAX);
        freed.get(cap - 1).copied()
    }
}

fn day_after(started_at: Timestamp, now: Timestamp) -> Timestamp {
    started_at.saturating_add(DAY).unwrap_or(now)
}

impl LastRun {
    fn succeeded(&self) -> bool {
        self.run.status.is_succeeded()
    }

    /// What it rejected.
    pub fn rejected(&self) -> impl Iterator<Item = Arrival> {
        self.rejections.iter().map(|rejection| Arrival {
            key: rejection.key.clone(),
            etag: rejection.etag.clone(),
            size: rejection.size,
        })
    }

    /// When its manifest was frozen, or else when it started.
    pub fn began_at(&self) -> Timestamp {
        self.manifest
            .as_ref()
            .map_or(self.run.started_at, |manifest| manifest.frozen_at)
    }

    /// Everything that needs no other run: accounted for before it, read by it if it succeeded, rejected by it even if
    /// it failed.
    pub fn accounted(&self) -> BTreeSet<Arrival> {
        let mut accounted: BTreeSet<Arrival> = self.rejected().collect();
        if let Some(manifest) = &self.manifest {
            accounted.extend(manifest.accounts_for.iter().cloned());
            if self.succeeded() || mutants::is(Mutant::FailedRunsAccount) {
                accounted.extend(manifest.reads.iter().cloned());
            }
        }
        accounted
    }

    /// Arrivals that it could use: what it read, without what it rejected.
    pub fn usable_reads(&self) -> BTreeSet<Arrival> {
        let mut reads: BTreeSet<Arrival> = self
            .manifest
            .iter()
            .flat_map(|manifest| manifest.reads.clone())
            .collect();
        for rejected in self.rejected() {
            reads.remove(&rejected);
        }
        reads
    }

    /// Arrivals that earlier runs accounted for without this one reading them: rejected ones, as long as the window
    /// stays as it is.
    pub fn passed_over(&self) -> BTreeSet<Arrival> {
        let mut passed: BTreeSet<Arrival> = self.rejected().collect();
        if let Some(manifest) = &self.manifest {
            let reads: BTreeSet<&Arrival> = manifest.reads.iter().collect();
            passed.extend(
                manifest
                    .accounts_for
                    .iter()
                    .filter(|arrival| !reads.contains(arrival))
                    .cloned(),
            );
        }
        passed
    }

    /// How many runs in a row failed on these arrivals: none when this one succeeded, or when there is one among them
    /// that it did not read.
    pub fn failures_on<'a>(&self, arrivals: impl Iterator<Item = &'a Arrival>) -> u32 {
        let Some(manifest) = self.manifest.as_ref().filter(|_| self.run.status.is_failed()) else {
            return 0;
        };
        let reads: BTreeSet<&Arrival> = manifest.reads.iter().collect();
        let mut arrivals = arrivals;
        if arrivals.all(|arrival| reads.contains(arrival)) {
            manifest.failures_before.saturating_add(1)
        } else {
            0
        }
    }

    /// How many runs in a row failed, whatever they read.
    pub fn failures_in_a_row(&self) -> u32 {
        match &self.manifest {
            _ if !self.run.status.is_failed() => 0,
            Some(manifest) => tries::in_a_row(manifest),
            None => 1,
        }
    }
}

/// When a run that failed so many times in a row may be tried again.
pub fn back_off_due(last: &LastRun, failures: u32) -> Timestamp {
    let ended_at = last.ended_at.unwrap_or(last.run.started_at);
    let factor = 4_i32.saturating_pow(failures.saturating_sub(1).min(8));
    let wait = BACK_OFF_FIRST
        .checked_mul(factor)
        .unwrap_or(BACK_OFF_MAX)
        .min(BACK_OFF_MAX);
    ended_at.saturating_add(wait).unwrap_or(ended_at)
}

/// When arrivals that came lately will have settled; None when they have.
pub fn settle_due<'a>(arrivals: impl Iterator<Item = &'a Seen>, settle_s: i64, now: Timestamp) -> Option<Timestamp> {
    let settle = SignedDuration::from_secs(settle_s);
    let mut times: Vec<Timestamp> = arrivals.map(|seen| seen.at).collect();
    times.sort_unstable();
    let last = *times.last()?;
    let due = last.checked_add(settle).ok()?;
    if due <= now {
        return None;
    }
    // Back from the last one to where this burst began.
    let pause = |pair: &[Timestamp]| pair[1].duration_since(pair[0]) >= settle;
    let began = times
        .windows(2)
        .rposition(pause)
        .map_or(times[0], |before| times[before + 1]);
    let patience = settle.checked_mul(SETTLE_TIMES_MAX)?;
    (now.duration_since(began) < patience).then_some(due)
}

/// The project's last day, in UTC, is over.
pub fn has_expired(project: &Project, now: Timestamp) -> bool {
    let last_day = project
        .expires
        .as_deref()
        .and_then(|day| day.parse::<civil::Date>().ok());
    last_day.is_some_and(|day| now.to_zoned(TimeZone::UTC).date() > day)
}
