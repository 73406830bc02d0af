//! What stories and simulation share: the functions in process, a model of the jobs, what the functions log, and the
//! platform deployed on a world in memory.

pub mod functions;
pub mod jobs;
pub mod logs;
pub mod platform;

pub use functions::Function;
pub use jobs::{Bench, Lab, Left};
pub use logs::Logs;
