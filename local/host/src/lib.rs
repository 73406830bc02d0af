//! Gives the world a clock, a disk, an HTTP port and processes: the local AWS that runs on a laptop.
//!
//! [`Host::start`] opens a state directory and replays its log, serves AWS's protocols on 127.0.0.1, runs the
//! functions' programs under the Lambda Runtime API and the containers' programs under SageMaker's container
//! contracts, and moves the clock. Everything that happens to the world goes through `core`.

mod archive;
mod blobs;
mod clock;
mod core;
mod door;
mod endpoint;
mod functions;
mod host;
mod jobs;
mod journal;
mod outside;
mod process;
mod pump;
mod recording;
mod runtime_api;
mod sandbox;
mod store;
mod work;

pub use clock::ClockMode;
pub use door::Limits;
pub use host::{Host, HostConfig};
pub use recording::Recording;
