//! Builds what the cargo aliases need and tells where it lies. No heavy dependencies: this is compiled first, always.

pub mod advisories;
pub mod build;
pub mod fuzz;
pub mod python;
pub mod referees;
pub mod simulation;
pub mod step;
