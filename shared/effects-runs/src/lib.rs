//! The slot protocol, over S3 and SageMaker: observe a pipeline's chain of runs, and start exactly one more.
//!
//! Training and inference share it, and how they wake: on a queue of hints that are folded per project. What makes it hold: a slot follows from its predecessor alone, its manifest is
//! frozen by whoever writes it first, and everybody starts what is stored with the slot as token. A crash after any
//! line is repaired by the next hint, which computes the same slot again.

mod arrivals;
mod chain;
mod hints;
mod start;
mod starting;
mod strangers;

pub use arrivals::arrivals;
pub use chain::{Chain, newest_succeeded};
pub use hints::{Batch, Hints, Room, fold};
pub use start::Starter;
pub use starting::OwnQueue;
pub use strangers::reject_stranger;
