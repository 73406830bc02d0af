//! What every job needs: where things lie, safe writing, reading CSV, frozen objects, and how a job ends.

pub mod csv_out;
pub mod files;
pub mod guard;
pub mod hash;
pub mod objects;
pub mod outcome;
pub mod paths;
pub mod table;
pub mod values;
