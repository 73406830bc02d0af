//! Which engine trains, and which engine a stored model came from.

use anyhow::{Result, bail};
use serde_json::Value;

use super::forust::{Forust, ForustModel};
use super::task::Task;
use super::{Model, Trainer};

/// The engine of this build: pure Rust, so that the jobs build with Rust and a C compiler alone.
pub fn default_trainer() -> Box<dyn Trainer> {
    Box::new(Forust)
}

pub fn default_name() -> &'static str {
    super::forust::NAME
}

pub fn load(engine: &str, task: Task, saved: &Value) -> Result<Box<dyn Model>> {
    match engine {
        super::forust::NAME => Ok(Box::new(ForustModel::load(task, saved)?)),
        unknown => bail!("the model was made by the engine `{unknown}`, which this image does not have"),
    }
}
