//! What a model is accompanied by: which rows made it, how they were split, with what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use windsock_decisions::project::Split;
use windsock_decisions::state::Arrival;

use super::task::Task;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub train: u64,
    pub validation: u64,
    pub holdout: u64,
}

/// `run.json` in Preprocess's report: what Train needs to know about the run, which has no manifest of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preprocessed {
    pub format: u32,
    pub slot: String,
    pub project: String,
    pub split: Split,
    pub learned_from: Vec<Arrival>,
    pub rows: Rows,
    pub jobs_version: String,
}

/// `training.json` in model.tar.gz. Evaluate compares its split with that of the run that challenges it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    pub format: u32,
    pub run: Preprocessed,
    pub engine: String,
    pub jobs_version: String,
    pub task: Task,
    pub hyperparameters: BTreeMap<String, String>,
    /// Rounds that the model keeps after early stopping.
    pub rounds: u64,
    pub metrics: BTreeMap<String, f64>,
    /// Share of each feature in what was learned, largest first.
    pub importance: Vec<Importance>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    pub feature: String,
    pub share: f64,
}
