//! Is this drift new, past its cool-down, and is there something to learn from?
//!
//! An incident is one drift from alarm to its end. Its id is the moment the alarm changed, so that the same alarm seen
//! twice is the same incident. Retraining on what was already learned would only drift again: it is refused by name.

use jiff::{SignedDuration, Timestamp};
use windsock_events::status::AlarmValue;

use crate::{
    Plan, Project, Reason,
    mutants::{self, Mutant},
    plan::Named,
    project::Trigger,
    redact,
    state::{DriftReport, FORMAT, FeatureDrift, Incident, IncidentAnswer},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub project: Option<Project>,
    pub now: Timestamp,
    /// What CloudWatch says now, and since when.
    pub alarm: Option<(AlarmValue, Timestamp)>,
    /// The newest incident and its ETag.
    pub last: Option<(Incident, String)>,
    /// The newest report that shows drift: its inference slot and contents.
    pub report: Option<(String, DriftReport)>,
    /// Training arrivals that no run accounts for.
    pub new_arrivals: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Record the incident (once), say what comes of it, then note that it was said.
    Open {
        incident: Incident,
    },
    /// It is recorded, but nobody was told.
    Announce {
        incident: Incident,
        etag: String,
    },
    Close {
        incident: Incident,
        etag: String,
    },
}

impl Named for Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open-incident",
            Self::Announce { .. } => "announce-incident",
            Self::Close { .. } => "close-incident",
        }
    }
}

pub fn decide(observed: &Observed) -> Plan<Action> {
    let Some(project) = &observed.project else {
        return Plan::StandDown(Reason::UnknownProject);
    };
    let Some((state, since)) = &observed.alarm else {
        return Plan::StandDown(Reason::NotOurs);
    };
    let open = observed
        .last
        .as_ref()
        .filter(|(incident, _)| incident.closed_at.is_none());
    match (state, open) {
        (AlarmValue::Ok, Some((incident, etag))) => {
            let closed = Incident {
                closed_at: Some(observed.now),
                ..incident.clone()
            };
            Plan::Act(vec![Action::Close {
                incident: closed,
                etag: etag.clone(),
            }])
        }
        (AlarmValue::Ok, None) => Plan::StandDown(Reason::NoIncidentOpen),
        // Missing data neither proves nor disproves anything.
        (AlarmValue::InsufficientData | AlarmValue::Other(_), _) => Plan::StandDown(Reason::AlarmNotInAlarm),
        (AlarmValue::Alarm, Some((incident, etag))) if incident.announced_at.is_none() => {
            Plan::Act(vec![Action::Announce {
                incident: incident.clone(),
                etag: etag.clone(),
            }])
        }
        (AlarmValue::Alarm, Some(_)) => Plan::StandDown(Reason::IncidentAlreadyOpen),
        (AlarmValue::Alarm, None) => Plan::Act(vec![Action::Open {
            incident: observed.incident(project, *since),
        }]),
    }
}

impl Observed {
    fn incident(&self, project: &Project, since: Timestamp) -> Incident {
        let features = self
            .report
            .iter()
            .flat_map(|(_, report)| &report.features)
            .filter(|feature| feature.violated);
        Incident {
            format: FORMAT,
            id: incident_id(if mutants::is(Mutant::IncidentIdIsNow) {
                self.now
            } else {
                since
            }),
            project: project.project.clone(),
            opened_at: since,
            closed_at: None,
            announced_at: None,
            report_slot: self.report.as_ref().map(|(slot, _)| slot.clone()),
            score: self.report.as_ref().map(|(_, report)| report.score),
            features: features.map(told).collect(),
            answer: match self.refusal(project) {
                Some(reason) => IncidentAnswer::Refused { reason: reason.name() },
                None => IncidentAnswer::Retrain,
            },
        }
    }

    fn refusal(&self, project: &Project) -> Option<Reason> {
        if !project.training.on.contains(&Trigger::Drift) {
            return Some(Reason::DriftNotInTriggers);
        }
        let cooldown = SignedDuration::from_secs(project.drift.cooldown_s);
        // Only a drift that was answered with a run starts a cool-down: a refusal cost nothing.
        let answered = self
            .last
            .as_ref()
            .filter(|(incident, _)| incident.answer == IncidentAnswer::Retrain);
        if answered.is_some_and(|(incident, _)| self.now.duration_since(incident.opened_at) < cooldown) {
            return Some(Reason::CoolingDown);
        }
        (self.new_arrivals == 0 && !mutants::is(Mutant::DriftNeedsNothingNew)).then_some(Reason::NothingToLearnFrom)
    }
}

/// Names and categories are words of somebody's data, and the incident is a record of ours.
fn told(feature: &FeatureDrift) -> FeatureDrift {
    FeatureDrift {
        feature: redact::line(&feature.feature),
        furthest_at: feature.furthest_at.as_deref().map(redact::line),
        ..feature.clone()
    }
}

/// Sorts by time, and is legal in an object key.
pub fn incident_id(since: Timestamp) -> String {
    since.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests;
