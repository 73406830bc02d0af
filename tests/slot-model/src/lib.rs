//! The slot protocol, reduced to what matters for "exactly one run", and searched exhaustively: every interleaving of
//! a few racers, a person, crashes, stale lists and a pipeline made again.
//!
//! The simulation draws long random histories of the real functions; this draws all short ones of a model. What a
//! slot is called is no model: it is `windsock_decisions::slot::slot` itself.

mod calm;
mod names;
pub mod property;
mod protocol;
mod racer;
mod search;
mod state;
mod steps;
mod story;

pub use names::{Names, Slot};
pub use protocol::{Broken, Hole, Protocol, Step};
pub use search::{Found, search};
pub use state::{Budget, Champion, Execution, Manifest, Racer, State, Status};
pub use story::shortest;
