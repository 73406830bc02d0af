//! A model of the parts of AWS that Windsock touches: one deterministic state machine.
//!
//! It has no SDK, no HTTP, no processes, no file system and no clock of its own. What happens to it is an [`Input`];
//! what it wants done outside (run this function, run this job) is [`Work`]; what it did is the [`journal`].
//! The same inputs at the same times give the same state, so a state directory is a log of inputs.

pub mod api;
pub mod blobs;
pub mod journal;
pub mod work;

mod access;
mod cloudformation;
mod cloudtrail;
mod cloudwatch;
mod deliver;
mod events;
mod faults;
mod iam;
mod input;
mod inputs;
mod lambda;
mod logs;
mod pattern;
mod s3;
mod sagemaker;
mod scheduler;
mod schedules;
mod seams;
mod sns;
mod sqs;
mod target;
mod timers;
mod world;

pub use access::{Enforcement, StatementUse};
pub use api::{ApiError, Caller, Millis, S3Body, S3Object};
pub use blobs::{BlobRef, Blobs, MemoryBlobs};
pub use faults::{Faults, Stream};
pub use iam::credentials_of;
pub use inputs::{Input, Output, S3Request, Settings};
pub use journal::{Entry, Record};
pub use pattern::Pattern;
pub use windsock_policy::{Effect, StatementId};
pub use work::{InvocationOutcome, Job, JobKind, JobOutcome, Work};
pub use world::World;
