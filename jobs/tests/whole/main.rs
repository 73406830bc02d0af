//! The real binary on whole folders: the chain of jobs, and the example's data.

mod bench;
mod chain;
mod flight_delay;
mod managed;
