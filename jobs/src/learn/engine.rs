//! Which engine trains, and which engine a stored model came from.

use anyhow::{Result, bail};
use serde_json::Value;

use super::hessboost::{Hessboost, HessboostModel};
use super::{Model, Trainer};

/// The engine of this build: pure Rust, so that the jobs build with Rust and a C compiler alone.
pub fn default_trainer() -> Box<dyn Trainer> {
    Box::new(Hessboost)
}

pub fn default_name() -> &'static str {
    super::hessboost::NAME
}

pub fn load(engine: &str, saved: &Value) -> Result<Box<dyn Model>> {
    match engine {
        super::hessboost::NAME => Ok(Box::new(HessboostModel::load(saved)?)),
        unknown => bail!("the model was made by the engine `{unknown}`, which this image does not have"),
    }
}
