//! How it is done, for every function: configuration, the one clock, logging, and the wrapper around the Lambda runtime.
//!
//! One package per AWS service stands beside this one. Effects make no choices: one function per action, every option
//! that matters passed explicitly, errors that name the operation and its object.

mod aws;
mod config;
mod log;
mod runtime;

pub use aws::{aws_config, patience, timestamp};
pub use config::Config;
pub use log::{failure, init_logging, subscriber};
pub use runtime::{log_plan, now, plans, run};
