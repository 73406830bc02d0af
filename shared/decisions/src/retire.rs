//! What has expired, or is superseded beyond the versions that are kept.
//!
//! SageMaker models made for batch transform pile up, one per promoted version: all but the champion's and those of the
//! last former champions go. An expired project is announced first and emptied a day later; the rest is a person's to
//! remove, with the command that the letter names.

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{Plan, Project, Reason, layout, plan::Named, state::ChampionRecord};

/// Former champions whose models stay, so that a rollback needs nothing new.
pub const KEEP_FORMER: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub project: Project,
    pub name_prefix: String,
    pub now: Timestamp,
    pub champion: Option<ChampionRecord>,
    /// SageMaker models of this project, by name.
    pub models: Vec<String>,
    /// Pipelines of this project that still exist, by name.
    pub pipelines: Vec<String>,
    /// Model names that runs in flight may be using: nothing is deleted under a running job.
    pub runs_in_flight: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    DeleteModel(String),
    DeletePipeline(String),
    /// Say what is being removed, or will be tomorrow.
    Tell(Vec<String>),
}

impl Named for Action {
    fn name(&self) -> &'static str {
        match self {
            Self::DeleteModel(_) => "delete-model",
            Self::DeletePipeline(_) => "delete-pipeline",
            Self::Tell(_) => "tell",
        }
    }
}

pub fn decide(observed: &Observed) -> Plan<Action> {
    if observed.runs_in_flight {
        return Plan::StandDown(Reason::RunInFlight);
    }
    match observed.expired_for() {
        Some(days) if days >= 1 => observed.empty(),
        Some(_) => observed.announce(),
        None => observed.superseded(),
    }
}

impl Observed {
    /// Whole days since the project's last day; None while it has not expired.
    fn expired_for(&self) -> Option<i64> {
        let expires: Date = self.project.expires.as_deref()?.parse().ok()?;
        let end = expires.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let over = self.now.duration_since(end) - SignedDuration::from_hours(24);
        (over >= SignedDuration::ZERO).then(|| over.as_hours() / 24)
    }

    fn announce(&self) -> Plan<Action> {
        if self.models.is_empty() && self.pipelines.is_empty() {
            return Plan::StandDown(Reason::NothingExpired);
        }
        let mut what: Vec<String> = self
            .models
            .iter()
            .map(|name| format!("tomorrow: model {name}"))
            .collect();
        what.extend(self.pipelines.iter().map(|name| format!("tomorrow: pipeline {name}")));
        Plan::Act(vec![Action::Tell(what)])
    }

    fn empty(&self) -> Plan<Action> {
        if self.models.is_empty() && self.pipelines.is_empty() {
            return Plan::StandDown(Reason::NothingExpired);
        }
        let mut what: Vec<String> = self.pipelines.iter().map(|name| format!("pipeline {name}")).collect();
        what.extend(self.models.iter().map(|name| format!("model {name}")));
        // Once everything is gone nothing shows that somebody was to be told. So this is said first, and what a crash
        // leaves is said and removed on the next day.
        let mut actions = vec![Action::Tell(what)];
        actions.extend(self.pipelines.iter().cloned().map(Action::DeletePipeline));
        actions.extend(self.models.iter().cloned().map(Action::DeleteModel));
        Plan::Act(actions)
    }

    fn superseded(&self) -> Plan<Action> {
        let kept = self.kept();
        let gone: Vec<Action> = self
            .models
            .iter()
            .filter(|name| !kept.contains(name))
            .cloned()
            .map(Action::DeleteModel)
            .collect();
        if gone.is_empty() {
            Plan::StandDown(Reason::NothingExpired)
        } else {
            Plan::Act(gone)
        }
    }

    fn kept(&self) -> Vec<String> {
        let Some(record) = &self.champion else {
            return self.models.clone();
        };
        let former = record.history.iter().rev().map(|past| past.version).take(KEEP_FORMER);
        let champion = record.champion.iter().map(|champion| champion.version);
        champion
            .chain(former)
            .map(|version| layout::model_name(&self.name_prefix, &self.project.project, version))
            .collect()
    }
}

#[cfg(test)]
mod tests;
