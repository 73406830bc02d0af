//! Starts the training pipeline when there is data it has not learned from, and a reason to learn it now.
//!
//! Which hint woke us does not matter, with one exception: a schedule's tick is itself a reason, so its time is a fact.
//! Even a tick that was lost is found again, from the schedule's expression.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use windsock_events::facts::{Cause, PipelineKind};

use crate::{
    Plan, Project, Reason,
    mutants::{self, Mutant},
    plan::Named,
    project::{Trigger, Window},
    runs::{Arrivals, LastRun, Runs, Seen, back_off_due, has_expired, settle_due},
    schedule,
    state::{Arrival, ChampionVersion, FORMAT, Incident, IncidentAnswer, Manifest},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub now: Timestamp,
    pub project: Option<Project>,
    pub data_bucket: String,
    pub work_bucket: String,
    /// None when there is no such pipeline.
    pub runs: Option<Runs>,
    pub arrivals: Arrivals,
    /// The newest incident.
    pub incident: Option<Incident>,
    pub champion: Option<ChampionVersion>,
    /// The newest tick among the hints that woke us.
    pub tick: Option<Timestamp>,
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
            Self::Start(_) => "start-training",
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
    let at = settle_due(observed.arrivals.seen.iter(), project.training.settle_s, observed.now)?;
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
    if observed.arrivals.more {
        return Plan::StandDown(Reason::TooManyObjects);
    }
    observed.decide_on_data(project, runs)
}

impl Observed {
    fn decide_on_data(&self, project: &Project, runs: &Runs) -> Plan<Action> {
        let accounted = runs.last.as_ref().map(LastRun::accounted).unwrap_or_default();
        let new: Vec<&Seen> = self
            .arrivals
            .seen
            .iter()
            .filter(|seen| !accounted.contains(&seen.arrival))
            .collect();
        let drift_is_enough = mutants::is(Mutant::DriftNeedsNothingNew) && self.drift_unanswered(runs.last.as_ref());
        if new.is_empty() && !drift_is_enough {
            return Plan::StandDown(Reason::NothingNew);
        }
        let failures = runs
            .last
            .as_ref()
            .map_or(0, |last| last.failures_on(new.iter().map(|seen| &seen.arrival)));
        if failures >= project.training.retries.max(1) && !mutants::is(Mutant::RetriesWithoutEnd) {
            // New data makes it another set, and starts the count again.
            return Plan::StandDown(Reason::RetriesSpent);
        }
        let Some(cause) = self.cause(project, runs, &new, failures) else {
            return Plan::StandDown(Reason::WaitingForDriftOrSchedule);
        };
        if let Some((reason, at)) = self.not_yet(project, runs, &new, failures, cause) {
            return Plan::AskAgain { reason, at };
        }
        Plan::Act(vec![Action::Start(Box::new(
            self.manifest(project, runs, cause, failures, &accounted),
        ))])
    }

    /// Why to learn now; None when nothing of what the project names has happened.
    fn cause(&self, project: &Project, runs: &Runs, new: &[&Seen], failures: u32) -> Option<Cause> {
        let on = |trigger| project.training.on.contains(&trigger);
        let last = runs.last.as_ref();
        if failures > 0 {
            // A retry is the same wish, not yet fulfilled.
            return last
                .and_then(|last| last.manifest.as_ref())
                .map(|manifest| manifest.cause);
        }
        if !runs.ever_succeeded() {
            return Some(Cause::First);
        }
        if on(Trigger::Drift) && self.drift_unanswered(last) {
            return Some(Cause::Drift);
        }
        if on(Trigger::Schedule) && self.tick_unanswered(project, last, new) {
            return Some(Cause::Schedule);
        }
        on(Trigger::Arrival).then_some(Cause::Arrival)
    }

    /// An open incident that asked for training, and no run that answers it. One that failed has not answered yet.
    ///
    /// The incident is known by its name and not by its time, which is of CloudWatch's clock: ours may be behind it.
    fn drift_unanswered(&self, last: Option<&LastRun>) -> bool {
        let asks = |incident: &&Incident| incident.closed_at.is_none() && incident.answer == IncidentAnswer::Retrain;
        let incident = self.incident.as_ref().filter(asks);
        let Some(incident) = incident else { return false };
        let answers = |last: &LastRun| {
            let Some(manifest) = &last.manifest else { return false };
            // Whatever came after the drift's own run was for another reason.
            let tried_in_vain = manifest.cause == Cause::Drift && last.run.status.is_failed();
            manifest.incident.as_ref() == Some(&incident.id) && !tried_in_vain
        };
        !last.is_some_and(answers)
    }

    /// A tick that found new data, and no run since.
    fn tick_unanswered(&self, project: &Project, last: Option<&LastRun>, new: &[&Seen]) -> bool {
        // Both schedules of a project are in the time zone that it names under inference.
        let zone = project
            .inference
            .as_ref()
            .map_or("UTC", |inference| inference.timezone.as_str());
        let expression = project.training.schedule.as_deref();
        let due = expression.and_then(|expression| schedule::last_due(expression, zone, self.now));
        let Some(tick) = due.max(self.tick) else { return false };
        let found_data = new.iter().any(|seen| seen.at <= tick);
        found_data && last.is_none_or(|last| last.began_at() < tick)
    }

    /// The guards that only time lifts, the longest wait last.
    fn not_yet(
        &self,
        project: &Project,
        runs: &Runs,
        new: &[&Seen],
        failures: u32,
        cause: Cause,
    ) -> Option<(Reason, Timestamp)> {
        let now = self.now;
        let later = |at: &Timestamp| *at > now;
        let last = runs.last.as_ref();
        let back_off = last
            .filter(|_| failures > 0)
            .map(|last| back_off_due(last, failures))
            .filter(later);
        if let Some(at) = back_off {
            return Some((Reason::BackingOff, at));
        }
        if let Some(at) = settle_due(new.iter().copied(), project.training.settle_s, now) {
            return Some((Reason::StillArriving, at));
        }
        // Drift does not wait; nor does a retry, which has its own pace; nor a project that has no model yet.
        let waits = failures == 0 && !matches!(cause, Cause::Drift | Cause::First);
        let cooled_at = last.filter(|_| waits).and_then(|last| {
            let cooldown = SignedDuration::from_secs(project.training.cooldown_s);
            last.run.started_at.checked_add(cooldown).ok()
        });
        if let Some(at) = cooled_at.filter(later) {
            return Some((Reason::CoolingDown, at));
        }
        let at = runs.budget_due(project.training.per_day, now)?;
        Some((Reason::DailyBudgetSpent, at))
    }

    fn manifest(
        &self,
        project: &Project,
        runs: &Runs,
        cause: Cause,
        failures: u32,
        accounted: &BTreeSet<Arrival>,
    ) -> Manifest {
        let seen = || self.arrivals.seen.iter();
        let passed_over = passed_over(project, runs);
        let reads = seen().filter(|seen| {
            let is_new = !accounted.contains(&seen.arrival);
            // What is new is always learned from, even if it waited until it fell out of the window.
            is_new || (self.in_window(project, seen) && !passed_over.contains(&seen.arrival))
        });
        // What is gone from the bucket needs no account, so the list stays as short as the bucket's.
        let accounts_for = seen().filter(|seen| accounted.contains(&seen.arrival));
        let mut reads: Vec<Arrival> = reads.map(|seen| seen.arrival.clone()).collect();
        if mutants::is_elder() {
            // Another release may list them in another order: whoever freezes first decides.
            reads.reverse();
        }
        Manifest {
            format: FORMAT,
            pipeline: PipelineKind::Training,
            slot: runs.next_slot.clone(),
            frozen_at: self.now,
            cause,
            predecessor: runs.predecessor.clone(),
            project: project.clone(),
            data_bucket: self.data_bucket.clone(),
            work_bucket: self.work_bucket.clone(),
            reads,
            accounts_for: accounts_for.map(|seen| seen.arrival.clone()).collect(),
            failures_before: failures,
            failures_in_a_row: runs.last.as_ref().map_or(0, LastRun::failures_in_a_row),
            incident: self.incident.as_ref().map(|incident| incident.id.clone()),
            champion: self.champion.clone(),
            recent_starts: runs.recent_starts(self.now),
        }
    }

    fn in_window(&self, project: &Project, seen: &Seen) -> bool {
        match project.training.window {
            Window::All => true,
            Window::New => false,
            Window::LastS(seconds) => self.now.duration_since(seen.at) <= SignedDuration::from_secs(seconds),
        }
    }
}

/// What was rejected need not be read, and rejected, by every run again. Under another window than the last run's,
/// what that run did not read was not necessarily rejected: then it is read once more.
fn passed_over(project: &Project, runs: &Runs) -> BTreeSet<Arrival> {
    let Some(last) = &runs.last else { return BTreeSet::new() };
    let same_window = |manifest: &Manifest| manifest.project.training.window == project.training.window;
    match &last.manifest {
        Some(manifest) if same_window(manifest) => last.passed_over(),
        _ => last.rejected().collect(),
    }
}
