//! Real processes too: the product's own programs under a load, and under SIGKILL, judged by the journal that the host
//! leaves in its state directory.
//!
//! [`burst`] is ten thousand arrivals in a minute at SageMaker's low limits, beside a naive design on the same work.
//! [`kill`] is `windsock up` whose processes, and it itself, are killed again and again while data arrives.

pub mod burst;
pub mod check;
pub mod coverage;
pub mod kill;
pub mod work;
