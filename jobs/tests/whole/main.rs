//! The real binary on whole folders: the chain of jobs, and the example's data.

mod bench;
mod chain;
mod classes;
mod distances;
mod evaluation;
mod flight_delay;
mod managed;
mod own_model;
mod parquet;
mod prepare;
mod preprocess;
mod serve;
