//! What should have happened and did not: for each, the hint that was lost is sent again.
//!
//! The sweep acts on nothing itself. Whoever gets the hint looks and decides as always, so a hint too many is harmless,
//! and one that is never needed again stops by itself.

mod row;

use jiff::{SignedDuration, Timestamp};
use windsock_events::{
    facts::{Addressee, Fact, PipelineKind},
    status::{AlarmValue, RunStatus},
};

use crate::{
    Plan, Project, Reason,
    mutants::{self, Mutant},
    plan::Named,
    schedule,
    state::Evaluation,
};

pub use row::Row;

/// Arrivals that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub count: usize,
    pub oldest: Timestamp,
    pub newest: Timestamp,
}

/// The champion, and how it did on what it has not learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Reign {
    pub version: u32,
    pub since: Timestamp,
    /// None when it is not there, or nobody can read it: a person may have registered the version.
    pub evaluation: Option<Evaluation>,
}

/// A run of ours that has ended, while nothing shows that anybody heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    pub pipeline: PipelineKind,
    pub slot: String,
    pub execution_arn: String,
    pub status: RunStatus,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub project: Project,
    pub now: Timestamp,
    /// Training arrivals that no run accounts for, as far as S3 shows.
    pub unlearned: Option<Waiting>,
    /// Inference arrivals that no champion has scored, as far as S3 shows.
    pub unscored: Option<Waiting>,
    /// The champion that scored the newest batch, while some of that batch is still there.
    pub scored_by: Option<u32>,
    pub champion: Option<Reign>,
    /// An approved version above the champion, or a champion that is no longer approved.
    pub promotion_due: bool,
    /// The champion that was withdrawn and when, if no letter about it was even begun.
    pub withdrawn_untold: Option<(u32, Timestamp)>,
    pub alarm: Option<AlarmValue>,
    /// The drift score above which the alarm fires.
    pub alarm_above: Option<f64>,
    /// None: no incident open. Some(announced).
    pub incident: Option<bool>,
    /// Inference slots with a report whose metrics were not published.
    pub unpublished: Vec<String>,
    pub unheard: Vec<Unheard>,
    /// Versions waiting for a person, and since when.
    pub approvals: Vec<(u32, Timestamp)>,
    pub letters_overdue: bool,
}

/// What waits, on the whole platform: the two figures of its dashboard that AWS has no metric of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Versions that wait for a person.
    pub approvals: usize,
    /// Age in seconds of the oldest arrival that nobody has learned from or scored; zero where none waits.
    pub oldest_arrival_s: i64,
}

impl Standing {
    pub fn and(self, other: Self) -> Self {
        Self {
            approvals: self.approvals + other.approvals,
            oldest_arrival_s: self.oldest_arrival_s.max(other.oldest_arrival_s),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Say(Fact),
}

impl Named for Action {
    fn name(&self) -> &'static str {
        "send-hint"
    }
}

/// How long an arrival may rest beyond its settle time before the sweep asks: its own hints come within this.
pub const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// The sweep's own rhythm, for what is said once per day or week.
pub const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// The digest is due on Monday at this hour (UTC).
const DIGEST_HOUR: i8 = 6;

pub fn decide(observed: &Observed) -> Plan<Action> {
    let mut facts = Vec::new();
    if !mutants::is(Mutant::SweepForgetsTraining) {
        facts.extend(observed.training_hint());
    }
    facts.extend(observed.inference_hint().or_else(|| observed.batch_hint()));
    if !mutants::is(Mutant::SweepForgetsApprovals) {
        facts.extend(observed.promotion_hint());
    }
    if !mutants::is(Mutant::SweepForgetsEnds) {
        facts.extend(observed.ends());
    }
    facts.extend(observed.withdrawal());
    facts.extend(observed.drift_hint());
    facts.extend(observed.metrics_hint());
    facts.extend(observed.reminders());
    if !mutants::is(Mutant::SweepForgetsLetters) {
        facts.extend(observed.letters_hint());
    }
    facts.extend(observed.digest());
    if facts.is_empty() {
        return Plan::StandDown(Reason::AllWell);
    }
    Plan::Act(facts.into_iter().map(Action::Say).collect())
}

impl Observed {
    pub fn standing(&self) -> Standing {
        let waiting = [self.unlearned, self.unscored_that_count()];
        let ages = waiting.iter().flatten().map(|it| self.now.duration_since(it.oldest));
        Standing {
            approvals: self.approvals.len(),
            oldest_arrival_s: ages.map(|age| age.as_secs()).max().unwrap_or(0).max(0),
        }
    }

    /// Input waits for nobody where there is no champion, or none was asked for.
    fn unscored_that_count(&self) -> Option<Waiting> {
        let scored = self.champion.is_some() && self.project.inference.is_some();
        self.unscored.filter(|_| scored)
    }

    fn hint(&self, to: Addressee, why: String) -> Fact {
        Fact::HintDue {
            project: self.project.project.clone(),
            to,
            why,
        }
    }

    fn rested(&self, waiting: Waiting, settle_s: i64) -> bool {
        self.now.duration_since(waiting.newest) > GRACE + SignedDuration::from_secs(settle_s)
    }

    fn training_hint(&self) -> Option<Fact> {
        let waiting = self
            .unlearned
            .filter(|waiting| self.rested(*waiting, self.project.training.settle_s))?;
        let schedule = self.project.training.schedule.as_deref();
        // One time zone a project: the template gives the training schedule the same.
        let timezone = self
            .project
            .inference
            .as_ref()
            .map_or("UTC", |inference| &inference.timezone);
        let why = match self.missed(schedule, timezone, waiting) {
            Some(tick) => format!("{MISSED_TICK}{tick}"),
            None => format!("{} arrivals that no run accounts for", waiting.count),
        };
        Some(self.hint(Addressee::StartTraining, why))
    }

    fn inference_hint(&self) -> Option<Fact> {
        let inference = self.project.inference.as_ref().filter(|_| self.champion.is_some())?;
        let waiting = self
            .unscored
            .filter(|waiting| self.rested(*waiting, inference.settle_s))?;
        let why = match self.missed(inference.schedule.as_deref(), &inference.timezone, waiting) {
            Some(tick) => format!("{MISSED_TICK}{tick}"),
            None if inference.on_arrival => format!("{} arrivals that no champion has scored", waiting.count),
            None => return None,
        };
        Some(self.hint(Addressee::StartInference, why))
    }

    /// The hint of a promotion was lost, or came while a run was in flight whose own end was heard too early.
    fn batch_hint(&self) -> Option<Fact> {
        let inference = self.project.inference.as_ref().filter(|it| it.on_promotion)?;
        let (champion, scored_by) = (self.champion.as_ref()?, self.scored_by?);
        let settle = SignedDuration::from_secs(inference.settle_s);
        let overdue = self.now.duration_since(champion.since) > GRACE + settle;
        let why = format!(
            "version {} is champion, and version {scored_by} scored the newest batch",
            champion.version
        );
        let lost = overdue && scored_by != champion.version && !mutants::is(Mutant::SweepForgetsBatches);
        lost.then(|| self.hint(Addressee::StartInference, why))
    }

    /// A tick that came due after the newest waiting arrival and should have been served by now.
    fn missed(&self, schedule: Option<&str>, timezone: &str, waiting: Waiting) -> Option<Timestamp> {
        let due = schedule::last_due(schedule?, timezone, self.now)?;
        (due > waiting.newest && self.now.duration_since(due) > GRACE).then_some(due)
    }

    fn ends(&self) -> impl Iterator<Item = Fact> {
        let project = &self.project.project;
        self.unheard.iter().map(|run| Fact::RunEnded {
            project: project.clone(),
            pipeline: run.pipeline,
            slot: run.slot.clone(),
            execution_arn: run.execution_arn.clone(),
            status: run.status.as_str().to_owned(),
        })
    }

    fn promotion_hint(&self) -> Option<Fact> {
        let why = "the champion is not what the registry's approvals say".to_owned();
        self.promotion_due.then(|| self.hint(Addressee::PromoteModel, why))
    }

    /// Between the record of a withdrawal and its fact something crashed: there may be no version left to show that.
    fn withdrawal(&self) -> Option<Fact> {
        let (version, since) = self.withdrawn_untold?;
        let project = self.project.project.clone();
        (self.now.duration_since(since) > GRACE).then_some(Fact::ChampionWithdrawn {
            project,
            version,
            since: Some(since),
        })
    }

    fn drift_hint(&self) -> Option<Fact> {
        let why = match (self.alarm.as_ref()?, self.incident) {
            (AlarmValue::Alarm, None) => "the drift alarm is in ALARM and no incident is open",
            (AlarmValue::Alarm, Some(false)) => "an incident is open and nobody was told",
            (AlarmValue::Ok, Some(_)) => "the drift alarm is OK and an incident is still open",
            _ => return None,
        };
        Some(self.hint(Addressee::RespondToDrift, why.to_owned()))
    }

    fn metrics_hint(&self) -> Option<Fact> {
        let first = self.unpublished.first()?;
        let why = format!(
            "{} reports without metrics, the first of slot {first}",
            self.unpublished.len()
        );
        Some(self.hint(Addressee::PublishDrift, why))
    }

    fn reminders(&self) -> Vec<Fact> {
        let interval_h = self.project.letters.remind_approvers_h.max(1);
        let remind = |&(version, since): &(u32, Timestamp)| {
            let waited_h = u64::try_from(self.now.duration_since(since).as_hours()).unwrap_or(0);
            let waiting_h = waited_h - waited_h % interval_h;
            let project = self.project.project.clone();
            (waiting_h > 0).then_some(Fact::ApprovalAgeing {
                project,
                version,
                waiting_h,
            })
        };
        self.approvals.iter().filter_map(remind).collect()
    }

    fn letters_hint(&self) -> Option<Fact> {
        self.letters_overdue.then(|| Fact::LettersDue {
            project: self.project.project.clone(),
        })
    }

    /// Once a week, in the first sweep after Monday morning; the letter's own marker makes it once.
    fn digest(&self) -> Option<Fact> {
        if self.project.letters.digest == crate::project::Digest::Never {
            return None;
        }
        let now = self.now.to_zoned(jiff::tz::TimeZone::UTC);
        let due = now.weekday() == jiff::civil::Weekday::Monday && now.hour() == DIGEST_HOUR && now.minute() < 15;
        let week = now.date().iso_week_date();
        let week = format!("{}-W{:02}", week.year(), week.week());
        due.then(|| Fact::DigestDue {
            project: self.project.project.clone(),
            week,
        })
    }
}

/// How the `why` of a hint begins when it stands for a schedule's tick that never came.
pub const MISSED_TICK: &str = "missed tick of ";

#[cfg(test)]
mod tests;
