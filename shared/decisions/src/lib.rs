//! What to do: pure functions from what was observed to a plan. No AWS, no async, no clock, no environment.

pub mod layout;
pub mod letters;
pub mod mutants;
pub mod notify;
pub mod pipelines;
pub mod plan;
pub mod project;
pub mod promote_model;
pub mod publish_drift;
pub mod redact;
pub mod respond_to_drift;
pub mod retire;
pub mod runs;
pub mod slot;
pub mod start_inference;
pub mod start_training;
pub mod sweep;
pub mod tries;
pub mod wake;

pub mod schedule;
pub mod state;

pub use plan::{Plan, Reason};
pub use project::Project;
