//! Who should be champion, given every version's current state.
//!
//! The event only wakes us: an approval that arrived twice, late or never leads to the same champion. A version number
//! never goes down, except when the champion itself was rejected; then the newest former champion that is still
//! approved takes its place, never merely "the latest".

mod row;

use jiff::Timestamp;
use windsock_events::{Event, ModelPackage, facts::PromotionReason, status::Approval};

use crate::{
    Plan, Reason,
    mutants::{self, Mutant},
    plan::Named,
    state::{ChampionRecord, ChampionVersion, FORMAT, PastChampion},
};

pub use row::Row;

/// One version as SageMaker describes it now.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionState {
    pub version: ChampionVersion,
    pub approval: Approval,
    /// ModelPackageStatus is Completed: only then the version can be used.
    pub completed: bool,
    pub last_modified: Timestamp,
    /// ModelLifeCycle, which we stamp last: a champion without its stamp was not yet announced.
    pub stamp: Option<Stamp>,
}

/// A version's ModelLifeCycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub stage: String,
    pub status: String,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub project_known: bool,
    pub project: String,
    pub now: Timestamp,
    /// The stored record and its ETag.
    pub record: Option<(ChampionRecord, String)>,
    /// The champion, every approved version above it, and approved former champions.
    pub versions: Vec<VersionState>,
    /// Versions above the champion that wait for a person.
    pub pending_above: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Compare-and-swap the champion record, then say it.
    Promote {
        record: ChampionRecord,
        expect_etag: Option<String>,
        previous: Option<u32>,
    },
    /// The record is right already, but nobody was told.
    Announce {
        champion: ChampionVersion,
        previous: Option<u32>,
        reason: PromotionReason,
        since: Timestamp,
    },
    /// The champion is no longer approved and nothing can take its place.
    Withdraw {
        record: ChampionRecord,
        expect_etag: String,
        version: u32,
    },
    /// Last of all: what the registry shows of a version, and that people were told.
    Stamp { model_package_arn: String, stamp: Stamp },
}

impl Named for Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Promote { .. } => "promote",
            Self::Announce { .. } => "announce",
            Self::Withdraw { .. } => "withdraw",
            Self::Stamp { .. } => "stamp",
        }
    }
}

/// What the champion's version is stamped with, and a former champion's. SageMaker takes no spaces in them.
const CHAMPION: (&str, &str) = ("Production", "Champion");
const FORMER: (&str, &str) = ("Archived", "FormerChampion");

/// What the event and the record decide alone: a version that waits for a person, and has never been champion, changes
/// nothing. Its approval wakes us again, and the sweep finds one that nobody heard of. So registrations cost none of
/// SageMaker's calls, which are few. None: SageMaker has to be asked.
pub fn decide_on_event(event: &ModelPackage, record: Option<&ChampionRecord>) -> Option<Plan<Action>> {
    let waits = event.approval_status == Approval::PendingManualApproval;
    let champion = record.and_then(|record| record.champion.as_ref());
    let former = record
        .iter()
        .flat_map(|record| &record.history)
        .map(|past| past.version);
    let was_champion = former
        .chain(champion.map(|champion| champion.version))
        .any(|version| version == event.version);
    (waits && !was_champion).then_some(Plan::StandDown(Reason::StillPending))
}

pub fn decide(observed: &Observed) -> Plan<Action> {
    if !observed.project_known {
        return Plan::StandDown(Reason::UnknownProject);
    }
    let champion = observed.champion();
    let champion_stands = champion.is_none_or(|champion| observed.is_usable(champion.version));
    if let Some(candidate) = observed.candidate() {
        let next = observed.record_with(Some(candidate.version.clone()), PromotionReason::Approved);
        return observed.promote(next);
    }
    match champion {
        None if observed.pending_above > 0 => observed.stamps_or(Reason::StillPending),
        None => observed.stamps_or(Reason::NoChampion),
        Some(champion) if champion_stands => observed.confirm(champion),
        Some(champion) => observed.replace(champion),
    }
}

impl Observed {
    /// For the mutant that takes the event's word; the product never does.
    pub fn believe(&mut self, event: &Event) {
        let Event::ModelPackage(told) = event else { return };
        for state in &mut self.versions {
            if state.version.version == told.version {
                state.approval = told.approval_status.clone();
            }
        }
    }

    fn champion(&self) -> Option<&ChampionVersion> {
        self.record.as_ref().and_then(|(record, _)| record.champion.as_ref())
    }

    fn state_of(&self, version: u32) -> Option<&VersionState> {
        self.versions.iter().find(|state| state.version.version == version)
    }

    fn is_usable(&self, version: u32) -> bool {
        self.state_of(version).is_some_and(VersionState::is_usable)
    }

    /// The highest usable version that may follow the present champion.
    fn candidate(&self) -> Option<&VersionState> {
        let champion = self.champion().map_or(0, |champion| champion.version);
        let usable = self
            .versions
            .iter()
            .filter(|state| state.is_usable() && state.version.version > champion);
        usable
            .filter(|state| self.may_follow(state))
            .max_by_key(|state| state.version.version)
    }

    /// After a fallback the champion's number is below one that was champion before. A version in between that was
    /// passed over then stays passed over, unless somebody has touched its approval since.
    fn may_follow(&self, state: &VersionState) -> bool {
        let Some((record, _)) = &self.record else { return true };
        // A former champion above the present one had fallen: if it is approved now, somebody has approved it again.
        // No clock is asked, because SageMaker's and ours may differ by minutes.
        let fell = record.reason == PromotionReason::PredecessorRejected
            && record.history.iter().any(|past| past.version == state.version.version);
        if fell {
            return true;
        }
        let highest_ever = record.history.iter().map(|past| past.version).max().unwrap_or(0);
        state.version.version > highest_ever || state.last_modified > record.since
    }

    fn confirm(&self, champion: &ChampionVersion) -> Plan<Action> {
        let Some((record, _)) = self.record.as_ref().filter(|_| !self.is_announced(champion)) else {
            return self.stamps_or(Reason::AlreadyChampion);
        };
        let mut actions = vec![Action::Announce {
            champion: champion.clone(),
            previous: previous(record),
            reason: record.reason,
            since: record.since,
        }];
        actions.extend(self.stamps(record));
        Plan::Act(actions)
    }

    /// The stamp says since when; one without that is older than it, and counts for a version that was never champion
    /// before.
    fn is_announced(&self, champion: &ChampionVersion) -> bool {
        let stamp = self.state_of(champion.version).and_then(|state| state.stamp.as_ref());
        let (Some(stamp), Some((record, _))) = (stamp, &self.record) else {
            return false;
        };
        let for_the_first_time = record.history.iter().all(|past| past.version != champion.version);
        *stamp == stamp_of_champion(record) || (stamp.is(CHAMPION) && for_the_first_time)
    }

    fn stamps_or(&self, reason: Reason) -> Plan<Action> {
        let stamps = self.record.as_ref().map(|(record, _)| self.stamps(record));
        match stamps.filter(|stamps| !stamps.is_empty()) {
            Some(stamps) => Plan::Act(stamps),
            None => Plan::StandDown(reason),
        }
    }

    /// What the registry should show of the versions under this record, where it does not: one champion.
    fn stamps(&self, record: &ChampionRecord) -> Vec<Action> {
        let champion = record.champion.as_ref().map(|champion| champion.version);
        let mut stamps = Vec::new();
        for state in &self.versions {
            let stamp = if champion == Some(state.version.version) {
                stamp_of_champion(record)
            } else if state.stamp.as_ref().is_some_and(|stamp| stamp.is(CHAMPION)) {
                Stamp::new(FORMER, format!("was champion of {}", self.project))
            } else {
                continue;
            };
            if state.stamp.as_ref() != Some(&stamp) {
                stamps.push(Action::Stamp {
                    model_package_arn: state.version.model_package_arn.clone(),
                    stamp,
                });
            }
        }
        stamps
    }

    /// The champion was rejected or deleted: the newest former champion that still stands, or none.
    fn replace(&self, champion: &ChampionVersion) -> Plan<Action> {
        let Some((record, etag)) = &self.record else {
            return Plan::StandDown(Reason::NoChampion);
        };
        let former = record
            .history
            .iter()
            .rev()
            .find(|past| past.version != champion.version && self.is_usable(past.version));
        match former.and_then(|past| self.state_of(past.version)) {
            Some(state) => {
                self.promote(self.record_with(Some(state.version.clone()), PromotionReason::PredecessorRejected))
            }
            None => {
                let record = self.record_with(None, PromotionReason::PredecessorRejected);
                let stamps = self.stamps(&record);
                let withdraw = Action::Withdraw {
                    record,
                    expect_etag: etag.clone(),
                    version: champion.version,
                };
                Plan::Act([withdraw].into_iter().chain(stamps).collect())
            }
        }
    }

    fn promote(&self, record: ChampionRecord) -> Plan<Action> {
        let stamps = self.stamps(&record);
        let promote = Action::Promote {
            previous: previous(&record),
            record,
            expect_etag: self.record.as_ref().map(|(_, etag)| etag.clone()),
        };
        Plan::Act([promote].into_iter().chain(stamps).collect())
    }

    /// The next record of the chain: the present champion moves into the history.
    fn record_with(&self, champion: Option<ChampionVersion>, reason: PromotionReason) -> ChampionRecord {
        let mut history = Vec::new();
        if let Some((record, _)) = &self.record {
            history.extend(record.history.iter().cloned());
            if let Some(current) = &record.champion {
                history.push(PastChampion {
                    version: current.version,
                    since: record.since,
                    until: self.now,
                    reason: record.reason,
                });
            }
        }
        ChampionRecord {
            format: FORMAT,
            project: self.project.clone(),
            champion,
            since: self.now,
            reason,
            history,
        }
    }
}

/// The champion whose place this record's took; none after a time without one.
fn previous(record: &ChampionRecord) -> Option<u32> {
    let last = record.history.last().filter(|past| past.until == record.since);
    last.map(|past| past.version)
}

fn stamp_of_champion(record: &ChampionRecord) -> Stamp {
    Stamp::new(
        CHAMPION,
        format!("champion of {} since {}", record.project, record.since),
    )
}

impl Stamp {
    fn new((stage, status): (&str, &str), description: String) -> Self {
        Self {
            stage: stage.to_owned(),
            status: status.to_owned(),
            description,
        }
    }

    fn is(&self, (stage, status): (&str, &str)) -> bool {
        self.stage == stage && self.status == status
    }
}

impl VersionState {
    /// Preconditions of being champion.
    fn is_usable(&self) -> bool {
        (self.approval == Approval::Approved || mutants::is(Mutant::AnyVersionIsUsable)) && self.completed
    }
}

#[cfg(test)]
mod tests;
