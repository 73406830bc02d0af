//! Nothing is lost: the real handlers, the real SDK clients and the real template's wiring on a virtual clock, with
//! faults, from a seed.
//!
//! One thread, one clock, one seed: the same seed gives the same trace. A [`checker`] reads the journal and the stored
//! bytes after every step. What fails is made smaller and told as a story.

pub mod checker;
pub mod clock;
mod connector;
mod console;
pub mod door;
mod laboratory;
pub mod mix;
pub mod mutants;
mod people;
pub mod projects;
mod request;
mod run;
mod sandbox;
pub mod script;
pub mod seed;
pub mod shrink;
pub mod tally;

pub use seed::{Ground, Order, Outcome};
