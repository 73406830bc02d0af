//! What to do: pure functions from what was observed to a plan. No AWS, no async, no clock, no environment.

pub mod layout;
pub mod plan;
pub mod project;

pub mod state;

pub use plan::{Plan, Reason};
pub use project::Project;
