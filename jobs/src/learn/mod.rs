//! Learning: what a trainer and a model are, and everything around them that no engine needs to know.
//!
//! An engine is one file: it implements [`Trainer`] and [`Model`] over plain columns of numbers. Categories become
//! numbers before it sees them, and metrics, records and files are the same for all.

pub mod artefact;
pub mod context;
pub mod encoder;
pub mod engine;
pub mod frame;
pub mod hessboost;
pub mod hyperparameters;
pub mod metrics;
pub mod predictions;
pub mod record;
pub mod task;

use anyhow::Result;
use serde_json::Value;

use frame::Matrix;
use hyperparameters::Hyperparameters;
use task::Task;

/// Rows with their labels.
#[derive(Debug, Clone)]
pub struct Examples {
    pub matrix: Matrix,
    pub labels: Vec<f64>,
}

/// One round of training as an engine reports it; `validation` is None without validation rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    pub metric: &'static str,
    pub train: f64,
    pub validation: Option<f64>,
}

pub struct Fitted {
    pub model: Box<dyn Model>,
    pub rounds: Vec<Round>,
}

/// Sees [`Task::Binary`] and [`Task::Regression`] alone: many classes are one model for each against the rest.
pub trait Trainer {
    fn fit(
        &self,
        task: Task,
        train: &Examples,
        validation: Option<&Examples>,
        with: &Hyperparameters,
    ) -> Result<Fitted>;
}

pub trait Model: Send + Sync {
    /// A probability for two classes, a number for a regression; one per row.
    fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>>;

    /// What [`engine::load`] makes the same model from.
    fn save(&self) -> Result<Value>;

    /// How much each column contributed, in the order of the columns; the sum is 1 unless nothing was learned.
    fn importance(&self, columns: usize) -> Vec<f64>;
}
