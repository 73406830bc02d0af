//! What every job needs: where things lie, safe writing, reading CSV and parquet, frozen objects, and how a job ends.

pub mod csv_out;
pub mod files;
pub mod guard;
pub mod hash;
pub mod objects;
pub mod outcome;
pub mod parquet;
pub mod paths;
mod pretty;
pub mod table;
pub mod values;
