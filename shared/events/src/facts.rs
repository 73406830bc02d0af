//! Facts: what our functions tell each other and the world, on the default EventBridge bus, source `windsock`.
//!
//! `detail-type` is the variant's name, `detail` its members. Every fact names its project. A fact is a hint like any
//! other event: whoever hears it looks for itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub const SOURCE: &str = "windsock";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "detail-type", content = "detail")]
pub enum Fact {
    /// EventBridge Scheduler: a schedule of the project came due.
    ScheduleTick {
        project: String,
        pipeline: PipelineKind,
        scheduled_time: String,
    },
    /// The sweep found that something should have happened and did not.
    HintDue {
        project: String,
        to: Addressee,
        why: String,
    },
    TrainingStarted {
        project: String,
        slot: String,
        execution_arn: String,
        objects: u64,
        cause: Cause,
    },
    InferenceStarted {
        project: String,
        slot: String,
        execution_arn: String,
        objects: u64,
        version: u32,
    },
    /// The sweep found that a run of ours has ended, and that nobody has heard of it.
    RunEnded {
        project: String,
        pipeline: PipelineKind,
        slot: String,
        execution_arn: String,
        status: String,
    },
    /// A version became champion (after approval, or after the champion was rejected or rolled back).
    ModelPromoted {
        project: String,
        version: u32,
        previous: Option<u32>,
        reason: PromotionReason,
        /// Which of its reigns is meant: a version may become champion again. Older facts do not say.
        #[serde(default)]
        since: Option<Timestamp>,
    },
    /// The champion was rejected and nothing could take its place: no inference until somebody approves a version.
    ChampionWithdrawn {
        project: String,
        version: u32,
        #[serde(default)]
        since: Option<Timestamp>,
    },
    /// Drift was confirmed as an incident and training was asked for.
    DriftConfirmed {
        project: String,
        incident: String,
    },
    /// Drift was recorded as an incident, and training was refused.
    DriftRefused {
        project: String,
        incident: String,
        reason: String,
    },
    DriftOver {
        project: String,
        incident: String,
    },
    /// A version has waited for approval for longer than the project allows; `waiting_h` is a multiple of the reminder interval.
    ApprovalAgeing {
        project: String,
        version: u32,
        waiting_h: u64,
    },
    /// A letter that was put off (rate limit, lost claim) is due.
    LettersDue {
        project: String,
    },
    DigestDue {
        project: String,
        week: String,
    },
    Retired {
        project: String,
        what: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum PipelineKind {
    Training,
    Inference,
}

/// Who a `HintDue` is for: the function's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressee {
    StartTraining,
    StartInference,
    PromoteModel,
    PublishDrift,
    RespondToDrift,
}

/// Why a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The first run of a project.
    First,
    Arrival,
    Drift,
    Schedule,
    Promotion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromotionReason {
    Approved,
    /// The champion was rejected; this is the newest approved one before it.
    PredecessorRejected,
    RolledBack,
}
