//! A plan: actions, or a named reason to stand down, with a due time where it is "not yet".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Plan<A> {
    Act(Vec<A>),
    StandDown(Reason),
    /// Not yet: ask again at `at`.
    AskAgain {
        reason: Reason,
        at: Timestamp,
    },
}

/// Why a function does nothing. Names are kebab-case in logs, reports and letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    NotOurs,
    UnknownProject,
    ProjectExpired,
    FolderMarker,
    // training and inference
    RunInFlight,
    NothingNew,
    StillArriving,
    /// This invocation has asked SageMaker about as many projects as it may.
    BatchFull,
    CoolingDown,
    DailyBudgetSpent,
    BackingOff,
    RetriesSpent,
    WaitingForDriftOrSchedule,
    WaitingForSchedule,
    InferenceOff,
    TooManyObjects,
    DefinitionTooOld,
    PipelineMissing,
    NoChampion,
    ChampionNotApproved,
    // promotion
    StillPending,
    AlreadyChampion,
    OlderThanChampion,
    NotCompleted,
    NoFallback,
    // drift
    AlarmNotInAlarm,
    NoIncidentOpen,
    IncidentAlreadyOpen,
    NothingToLearnFrom,
    DriftNotInTriggers,
    AlreadyPublished,
    TooFewRows,
    ReportNotReady,
    // letters
    WillBeTriedAgain,
    AlreadySent,
    ClaimedByAnother,
    RateLimited,
    NobodyToTell,
    // sweep, retire
    AllWell,
    NothingExpired,
}

impl Reason {
    /// The kebab-case name.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{self:?}"),
        }
    }
}

/// An action's name in logs and reports.
pub trait Named {
    fn name(&self) -> &'static str;
}
