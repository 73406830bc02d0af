//! What arrives: AWS's JSON and our own facts, as typed events. Lenient about everything we do not use.

mod alarm;
mod envelope;
mod event;
pub mod facts;
mod members;
mod sagemaker;
pub mod status;
mod storage;

pub use alarm::AlarmState;
pub use envelope::Envelope;
pub use event::Event;
pub use facts::Fact;
pub use members::EventError;
pub use sagemaker::{ExecutionStatus, ModelPackage, StepStatus};
pub use storage::ObjectCreated;
