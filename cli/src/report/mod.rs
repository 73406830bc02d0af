//! `report.json`: what happened, derived from the journal and the stored objects and from nothing else.
//!
//! Its JSON Schema is docs/report.schema.json; every report is checked against it before it is written.

mod journal;
mod stored;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

pub use journal::{from_journal, log_field};
pub use stored::add_stored;

const SCHEMA: &str = include_str!("../../../docs/report.schema.json");

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Real seconds of the story.
    pub wall_s: f64,
    /// Real seconds of building before it.
    pub build_s: f64,
    pub runs: Vec<Run>,
    pub model_packages: Vec<ModelPackage>,
    pub champions: Vec<Champion>,
    pub inference: Vec<Inference>,
    pub drift: Vec<Drift>,
    pub alarms: Vec<Alarm>,
    pub letters: Vec<Letter>,
    pub stand_downs: Vec<StandDown>,
    pub invocations: BTreeMap<String, u64>,
    pub calls: BTreeMap<String, u64>,
    pub dead_letters: Vec<DeadLetter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub pipeline: String,
    pub arn: String,
    pub status: String,
    pub cause: String,
    pub started: String,
    pub ended: Option<String>,
    /// Sorted s3 URIs.
    pub objects: Vec<String>,
    /// From PipelineExecutionDisplayName; not part of the report.
    #[serde(skip)]
    pub slot: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelPackage {
    pub arn: String,
    pub version: u64,
    pub status: String,
    pub metrics: BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Champion {
    pub version: u32,
    pub at: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    pub input: String,
    pub rows: u64,
    pub output: String,
    pub champion: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub report: String,
    pub feature: String,
    pub distance: f64,
    pub threshold: f64,
    pub violated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: String,
    pub state: String,
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// managers, approvers or engineers.
    pub to: String,
    pub subject: String,
    /// The fact id, which stands at the end of the subject.
    pub fact: String,
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandDown {
    pub function: String,
    pub reason: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub queue: String,
    pub function: String,
    pub error: String,
    pub event: serde_json::Value,
}

impl Report {
    /// Write the report, after checking it against its schema.
    pub fn write(&self, path: &std::path::Path) -> anyhow::Result<()> {
        let report = serde_json::to_value(self)?;
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).context("read docs/report.schema.json")?;
        let validator = jsonschema::validator_for(&schema).context("read docs/report.schema.json")?;
        if let Some(error) = validator.iter_errors(&report).next() {
            bail!(
                "report.json does not fit its schema at {}: {error}",
                error.instance_path()
            );
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(&report)?).with_context(|| format!("write {}", path.display()))
    }
}

/// A time of the world as RFC 3339 UTC.
pub fn rfc3339(at: windsock_world::Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}
