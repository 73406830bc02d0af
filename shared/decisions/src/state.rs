//! The records that lie in S3: frozen manifests, markers, the champion, incidents, and what the jobs write.
//!
//! `format` numbers let functions, pipelines and jobs of different ages live together. Times are RFC 3339 UTC.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use windsock_events::facts::{Cause, PipelineKind, PromotionReason};

use crate::Project;

mod evaluation;

pub use evaluation::*;

/// The number that every record and definition of this version carries.
pub const FORMAT: u32 = 1;

/// An object as it was listed. An overwritten key is another arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Arrival {
    pub key: String,
    /// Without quotes.
    pub etag: String,
    pub size: u64,
}

/// `manifest.json`: everything a run depends on, frozen by whoever wrote it first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub pipeline: PipelineKind,
    pub slot: String,
    pub frozen_at: Timestamp,
    pub cause: Cause,
    /// ARN of the newest execution we started before, or `genesis`.
    pub predecessor: String,
    pub project: Project,
    pub data_bucket: String,
    pub work_bucket: String,
    /// Training: what is learned from. Inference: what is scored.
    pub reads: Vec<Arrival>,
    /// Everything accounted for before this run (training) or scored by any champion (inference).
    pub accounts_for: Vec<Arrival>,
    /// Consecutive failed runs before this one that read the same arrivals.
    pub failures_before: u32,
    /// Consecutive failed runs before this one, whatever they read.
    #[serde(default)]
    pub failures_in_a_row: u32,
    /// Training: the newest drift that was known when this was frozen: this run answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    pub champion: Option<ChampionVersion>,
    /// Runs of ours that began within the day before this one: the budget of a day outlives SageMaker's own memory.
    #[serde(default)]
    pub recent_starts: Vec<Start>,
}

/// A run of ours and when it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub slot: String,
    pub started_at: Timestamp,
}

/// `started.json`: this slot's execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub format: u32,
    pub slot: String,
    pub execution_arn: String,
    pub started_at: Timestamp,
}

/// `heard.json`: how this slot's execution ended, by whoever wrote its letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub format: u32,
    pub slot: String,
    pub status: String,
    pub heard_at: Timestamp,
}

/// A version as the champion record and the manifests name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChampionVersion {
    pub version: u32,
    pub model_package_arn: String,
    /// s3 URI of model.tar.gz.
    pub model_data_url: String,
    /// Slot of the training run that made it (from CustomerMetadataProperties `windsock-slot`).
    pub slot: String,
}

/// `champion.json`: compare-and-swap on its ETag; each record holds the whole chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChampionRecord {
    pub format: u32,
    pub project: String,
    /// None after the champion was rejected and nothing could take its place.
    pub champion: Option<ChampionVersion>,
    pub since: Timestamp,
    pub reason: PromotionReason,
    /// Former champions, newest last.
    pub history: Vec<PastChampion>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastChampion {
    pub version: u32,
    pub since: Timestamp,
    pub until: Timestamp,
    pub reason: PromotionReason,
}

/// `incidents/<id>.json`: one drift, from alarm to its end. `id` is the alarm's state timestamp, `20130401T060000Z`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub format: u32,
    pub id: String,
    pub project: String,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// When the facts about its opening were said; absent after a crash in between, so that the next hint says them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<Timestamp>,
    /// Inference slot of the report that showed the drift.
    pub report_slot: Option<String>,
    pub score: Option<f64>,
    /// The drifted features.
    pub features: Vec<FeatureDrift>,
    pub answer: IncidentAnswer,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentAnswer {
    Retrain,
    Refused { reason: String },
}

/// `rejections.json`, written by Preprocess and Prepare.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rejections {
    pub format: u32,
    pub rejections: Vec<Rejection>,
    /// Rows of accepted objects that could not be used, by reason.
    pub rows_quarantined: BTreeMap<String, u64>,
    pub rows_used: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub key: String,
    pub etag: String,
    pub size: u64,
    /// One sentence for a person.
    pub reason: String,
}

/// `schema.json`: the model's columns in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    pub format: u32,
    pub label: String,
    pub exclude: Vec<String>,
    pub features: Vec<Column>,
    /// The label's classes where there may be any number of them: their order is that of a prediction's probabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    Numeric,
    Categorical,
}

/// `prepared.json`, written by Prepare as a property file: what the later steps of the inference pipeline need to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    pub format: u32,
    pub model_name: String,
    pub rows: u64,
    pub files: u64,
    /// Which input became which file of `prepare/input`, and so which prediction.
    #[serde(default)]
    pub inputs: Vec<PreparedInput>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedInput {
    pub key: String,
    pub file: String,
    pub rows: u64,
}

/// `drift.json`, written by the monitor beside the three files of Model Monitor's shapes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    pub format: u32,
    pub verdict: Verdict,
    /// Largest distance / threshold over columns that had enough rows and passed the sampling bound, else over none: 0.
    pub score: f64,
    pub rows: u64,
    pub baseline_rows: u64,
    pub min_rows: u64,
    pub features: Vec<FeatureDrift>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Drift,
    NoDrift,
    TooFewRows,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    pub feature: String,
    pub distance: f64,
    pub threshold: f64,
    pub method: String,
    /// Values of the baseline.
    pub n: u64,
    /// Values of this batch.
    pub m: u64,
    pub violated: bool,
    /// Where the two distributions are furthest apart: a number, or a category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub furthest_at: Option<String>,
}
