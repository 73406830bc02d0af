//! `evaluation.json`: what the loop reads of it, and the whole that a person looks at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `evaluation.json`, written by Evaluate; the Condition step reads `accepted`, RegisterModel `approval_status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub format: u32,
    pub metric: String,
    /// Rows of the holdout.
    pub rows: u64,
    pub metrics: BTreeMap<String, f64>,
    pub champion: Option<ChampionEvaluation>,
    pub must_beat_champion_by: f64,
    /// 1.0 when this version is to be registered, else 0.0. JsonGet wants numbers.
    pub accepted: f64,
    /// `Approved` when the project's automatic rule holds, else `PendingManualApproval`.
    pub approval_status: String,
    /// One sentence for a person: why accepted or not.
    pub verdict: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChampionEvaluation {
    pub version: u32,
    pub metrics: BTreeMap<String, f64>,
    /// Challenger minus champion on the objective, positive is better whatever the direction.
    pub gain: f64,
    /// 90 % paired bootstrap interval of the gain.
    pub gain_low: f64,
    pub gain_high: f64,
}

/// `evaluation.json` whole: beside what the loop reads, what a person looks at. Older ones and other images' have less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    #[serde(flatten)]
    pub evaluation: Evaluation,
    #[serde(default)]
    pub resampled: Resampled,
    /// 90 % bootstrap interval of each metric of the challenger.
    #[serde(default)]
    pub intervals: BTreeMap<String, Interval>,
    /// The same of the champion, over the same resamples.
    #[serde(default)]
    pub champion_intervals: BTreeMap<String, Interval>,
    /// The holdout by the values of the project's segments, the largest of each column first.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// Values of those columns that are not listed, because others have more rows.
    #[serde(default)]
    pub segments_not_listed: u64,
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Features with their share in what the challenger learned, largest first.
    #[serde(default)]
    pub importance: Vec<FeatureShare>,
}

/// What was drawn again and again for the intervals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resampled {
    pub by: ResampledBy,
    /// How many rows or time blocks the holdout has.
    pub units: u64,
    /// How many time blocks there would have been, where rows were drawn because those are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_few_blocks: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResampledBy {
    #[default]
    Row,
    TimeBlock,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub column: String,
    pub value: String,
    pub rows: u64,
    /// Those that are defined on these rows.
    pub metrics: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub champion_metrics: BTreeMap<String, f64>,
}

/// What the challenger says beside what is true, from its lowest predictions to its highest. Of two classes: the
/// probability of 1. Of any classes: the probability of the class it names. Of a number: the number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub bins: Vec<CalibrationBin>,
    /// Mean over the rows of the distance between the two (expected calibration error).
    pub error: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    pub low: f64,
    pub high: f64,
    pub rows: u64,
    /// Mean of what was predicted.
    pub predicted: f64,
    /// Mean of what was true: a share of rows, or of a regression the number.
    pub observed: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureShare {
    pub feature: String,
    pub share: f64,
}
