//! The product as stories: the real functions, the real templates and real SDK clients on the small AWS in memory.
//!
//! No sockets, no processes, and a clock that moves only when a story says so. [`Flow`] is the stage: it deploys the
//! platform and projects as an operator would, runs what the world wants run, and shows what came of it. Jobs are a
//! model ([`Lab`]); everything else is what runs on AWS.

mod connector;
mod flow;
mod invariants;
mod people;
mod runner;
mod story;
mod typed;
mod written;

pub use connector::Fault;
pub use flow::{Flow, project};
pub use people::{OF_ARRIVALS, Person};
pub use windsock_stage::Lab;
