//! Starts the inference pipeline when there is a champion and input that no champion has scored.
//!
//! A promotion re-scores only the newest batch, the arrivals of the newest run that succeeded; more is a person's
//! command. What is not yet due is asked for again with a delayed hint, as in start-training.

use std::collections::BTreeSet;

use jiff::Timestamp;
use windsock_events::facts::{Cause, PipelineKind};

use crate::{
    Plan, Project, Reason,
    mutants::{self, Mutant},
    plan::Named,
    project::Inference,
    runs::{Arrivals, LastRun, Runs, Seen, back_off_due, has_expired, settle_due},
    schedule,
    state::{Arrival, ChampionVersion, FORMAT, Manifest},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub now: Timestamp,
    pub project: Option<Project>,
    pub data_bucket: String,
    pub work_bucket: String,
    pub champion: Option<Champion>,
    /// None when there is no such pipeline.
    pub runs: Option<Runs>,
    /// The newest run of ours that succeeded; often `runs.last`.
    pub scored: Option<LastRun>,
    pub arrivals: Arrivals,
    /// The newest tick among the hints that woke us.
    pub tick: Option<Timestamp>,
}

/// The champion of the record, and what SageMaker says of it now.
#[derive(Debug, Clone, PartialEq)]
pub struct Champion {
    pub version: ChampionVersion,
    /// Approved and Completed.
    pub is_usable: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A run of ours has no started.json: whoever started it crashed before writing it.
    RecordStart(Box<LastRun>),
    Start(Box<Manifest>),
}

impl Named for Action {
    fn name(&self) -> &'static str {
        match self {
            Self::RecordStart(_) => "record-start",
            Self::Start(_) => "start-inference",
        }
    }
}

/// What the bucket alone decides, for hints of arrivals: while files still arrive, nothing that SageMaker knows could start a
/// run now. So a burst costs none of SageMaker's calls, which are few. None: SageMaker has to be asked.
pub fn decide_on_arrivals(observed: &Observed) -> Option<Plan<Action>> {
    let project = observed
        .project
        .as_ref()
        .filter(|project| !has_expired(project, observed.now))?;
    let at = settle_due(
        observed.arrivals.seen.iter(),
        project.inference.as_ref()?.settle_s,
        observed.now,
    )?;
    Some(Plan::AskAgain {
        reason: Reason::StillArriving,
        at,
    })
}

pub fn decide(observed: &Observed) -> Plan<Action> {
    let Some(project) = &observed.project else {
        return Plan::StandDown(Reason::UnknownProject);
    };
    if has_expired(project, observed.now) {
        return Plan::StandDown(Reason::ProjectExpired);
    }
    let Some(inference) = &project.inference else {
        return Plan::StandDown(Reason::InferenceOff);
    };
    let Some(runs) = &observed.runs else {
        return Plan::StandDown(Reason::PipelineMissing);
    };
    if let Some(last) = runs.unrecorded() {
        return Plan::Act(vec![Action::RecordStart(Box::new(last.clone()))]);
    }
    if runs.in_flight().is_some() {
        // Its end is itself a hint, so what arrived meanwhile is not forgotten.
        return Plan::StandDown(Reason::RunInFlight);
    }
    if runs.definition_is_too_old() {
        return Plan::StandDown(Reason::DefinitionTooOld);
    }
    let Some(champion) = &observed.champion else {
        return Plan::StandDown(Reason::NoChampion);
    };
    if !champion.is_usable {
        return Plan::StandDown(Reason::ChampionNotApproved);
    }
    if observed.arrivals.more {
        return Plan::StandDown(Reason::TooManyObjects);
    }
    observed.decide_on_input(Scene {
        project,
        inference,
        runs,
        champion: &champion.version,
    })
}

/// What the guards have established.
#[derive(Clone, Copy)]
struct Scene<'a> {
    project: &'a Project,
    inference: &'a Inference,
    runs: &'a Runs,
    champion: &'a ChampionVersion,
}

impl Observed {
    /// Whether there is a project, and it scores at all.
    pub fn has_inference(&self) -> bool {
        self.project.as_ref().is_some_and(|project| project.inference.is_some())
    }

    fn decide_on_input(&self, scene: Scene<'_>) -> Plan<Action> {
        let accounted = scene.runs.last.as_ref().map(LastRun::accounted).unwrap_or_default();
        let due: Vec<&Seen> = self
            .arrivals
            .seen
            .iter()
            .filter(|seen| !accounted.contains(&seen.arrival))
            .collect();
        if let Some(cause) = self.reason_to_score(scene, &due) {
            return self.decide_on_time(scene, cause, &due, &accounted);
        }
        let batch = self.newest_batch(scene);
        if !batch.is_empty() {
            return self.decide_on_time(scene, Cause::Promotion, &batch, &accounted);
        }
        match due.is_empty() {
            true => Plan::StandDown(Reason::NothingNew),
            false => Plan::StandDown(Reason::WaitingForSchedule),
        }
    }

    /// Why to score what is due now; None when there is nothing, or when it waits for the schedule.
    fn reason_to_score(&self, scene: Scene<'_>, due: &[&Seen]) -> Option<Cause> {
        if due.is_empty() {
            return None;
        }
        if failures(scene, due) > 0 {
            // A retry is the same wish, not yet fulfilled.
            return last_cause(scene);
        }
        if self.tick_unanswered(scene, due) {
            return Some(Cause::Schedule);
        }
        scene.inference.on_arrival.then_some(Cause::Arrival)
    }

    /// A tick that found input, and no run since.
    fn tick_unanswered(&self, scene: Scene<'_>, due: &[&Seen]) -> bool {
        let expression = scene.inference.schedule.as_deref();
        let last_due = |expression| schedule::last_due(expression, &scene.inference.timezone, self.now);
        let Some(tick) = expression.and_then(last_due).max(self.tick) else {
            return false;
        };
        let found_input = due.iter().any(|seen| seen.at <= tick);
        let last = scene.runs.last.as_ref();
        found_input && last.is_none_or(|last| last.began_at() < tick)
    }

    /// What the newest run that succeeded has scored, if that was with another champion and is still there.
    fn newest_batch(&self, scene: Scene<'_>) -> Vec<&Seen> {
        let Some(scored) = self.scored.as_ref().filter(|_| scene.inference.on_promotion) else {
            return Vec::new();
        };
        let by = scored.manifest.as_ref().and_then(|manifest| manifest.champion.as_ref());
        if by.is_none_or(|by| by.version == scene.champion.version) {
            return Vec::new();
        }
        let reads = scored.usable_reads();
        self.arrivals
            .seen
            .iter()
            .filter(|seen| reads.contains(&seen.arrival))
            .collect()
    }

    fn decide_on_time(
        &self,
        scene: Scene<'_>,
        cause: Cause,
        reads: &[&Seen],
        accounted: &BTreeSet<Arrival>,
    ) -> Plan<Action> {
        let failures = failures(scene, reads);
        if failures >= scene.inference.retries.max(1) && !mutants::is(Mutant::RetriesWithoutEnd) {
            // New input, or another champion, makes it another case.
            return Plan::StandDown(Reason::RetriesSpent);
        }
        let back_off = scene
            .runs
            .last
            .as_ref()
            .filter(|_| failures > 0)
            .map(|last| back_off_due(last, failures));
        if let Some(at) = back_off.filter(|at| *at > self.now) {
            return Plan::AskAgain {
                reason: Reason::BackingOff,
                at,
            };
        }
        if let Some(at) = settle_due(reads.iter().copied(), scene.inference.settle_s, self.now) {
            return Plan::AskAgain {
                reason: Reason::StillArriving,
                at,
            };
        }
        if let Some(at) = scene.runs.budget_due(scene.inference.per_day, self.now) {
            return Plan::AskAgain {
                reason: Reason::DailyBudgetSpent,
                at,
            };
        }
        Plan::Act(vec![Action::Start(Box::new(
            self.manifest(scene, cause, failures, reads, accounted),
        ))])
    }

    fn manifest(
        &self,
        scene: Scene<'_>,
        cause: Cause,
        failures: u32,
        reads: &[&Seen],
        accounted: &BTreeSet<Arrival>,
    ) -> Manifest {
        // What is gone from the bucket needs no account, so the list stays as short as the bucket's.
        let accounts_for = self
            .arrivals
            .seen
            .iter()
            .filter(|seen| accounted.contains(&seen.arrival));
        Manifest {
            format: FORMAT,
            pipeline: PipelineKind::Inference,
            slot: scene.runs.next_slot.clone(),
            frozen_at: self.now,
            cause,
            predecessor: scene.runs.predecessor.clone(),
            project: scene.project.clone(),
            data_bucket: self.data_bucket.clone(),
            work_bucket: self.work_bucket.clone(),
            reads: reads.iter().map(|seen| seen.arrival.clone()).collect(),
            accounts_for: accounts_for.map(|seen| seen.arrival.clone()).collect(),
            failures_before: failures,
            failures_in_a_row: scene.runs.last.as_ref().map_or(0, LastRun::failures_in_a_row),
            incident: None,
            champion: Some(scene.champion.clone()),
            recent_starts: scene.runs.recent_starts(self.now),
        }
    }
}

/// Runs in a row that failed on these arrivals with this champion.
fn failures(scene: Scene<'_>, reads: &[&Seen]) -> u32 {
    let with_this_champion = |last: &&LastRun| {
        let champion = last.manifest.as_ref().and_then(|manifest| manifest.champion.as_ref());
        champion.is_some_and(|champion| champion.version == scene.champion.version)
    };
    let last = scene.runs.last.as_ref().filter(with_this_champion);
    last.map_or(0, |last| last.failures_on(reads.iter().map(|seen| &seen.arrival)))
}

fn last_cause(scene: Scene<'_>) -> Option<Cause> {
    scene
        .runs
        .last
        .as_ref()?
        .manifest
        .as_ref()
        .map(|manifest| manifest.cause)
}
