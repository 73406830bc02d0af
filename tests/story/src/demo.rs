//! `windsock demo` with something changed, and the report it leaves.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Child,
};

use anyhow::Context;
use serde_json::Value;

use crate::{
    command::{self, Ended, Output, STORY_ENDS_WITHIN},
    example,
    journal::{Journal, text},
};

/// What to change.
#[derive(Debug, Default)]
pub struct Change {
    /// A folder of data instead of the example's.
    pub data: Option<PathBuf>,
    /// The text of another platform template.
    pub template: Option<String>,
}

/// A demo under way.
#[derive(Debug)]
pub struct Running {
    child: Child,
    output: Output,
    folder: tempfile::TempDir,
}

/// A demo that was told to its end.
#[derive(Debug)]
pub struct Told {
    pub ended: Ended,
    pub report: Value,
    pub journal: Journal,
}

/// Tells the whole story.
pub fn tell(change: Change) -> anyhow::Result<Told> {
    start(change)?.finish()
}

pub fn start(change: Change) -> anyhow::Result<Running> {
    let folder = crate::scratch();
    let data = change.data.unwrap_or_else(example::flight_delay).display().to_string();
    let out = folder.path().join("out").display().to_string();
    let mut arguments = vec!["demo", "--data", &data, "--out", &out];
    let template = folder.path().join("template.yaml").display().to_string();
    if let Some(text) = &change.template {
        std::fs::write(&template, text).context("write template.yaml")?;
        arguments.extend(["--template", &template]);
    }
    let (child, output) = command::start(folder.path(), &arguments, &BTreeMap::new())?;
    Ok(Running { child, output, folder })
}

impl Running {
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("out/state")
    }

    pub fn is_over(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait().context("look at the demo")?.is_some())
    }

    pub fn finish(mut self) -> anyhow::Result<Told> {
        let status = command::wait(&mut self.child, STORY_ENDS_WITHIN).context("windsock demo")?;
        let ended = self.output.ended(status)?;
        let report = read_report(&self.folder.path().join("out/report.json"));
        let report = report.with_context(|| format!("the demo said {}", ended.stderr))?;
        let journal = Journal::read(&self.state())?;
        Ok(Told { ended, report, journal })
    }
}

fn read_report(path: &Path) -> anyhow::Result<Value> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("read {}", path.display()))
}

impl Told {
    /// What was expected and did not hold, as the demo prints it.
    pub fn failed(&self) -> Vec<&str> {
        self.ended
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("  NO   "))
            .collect()
    }

    /// The members of the report's rows that this one is about: `rows("letters", "subject")`.
    pub fn rows(&self, list: &str, member: &str) -> Vec<String> {
        let rows = self.report[list].as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .map(|row| {
                row[member]
                    .as_str()
                    .map_or_else(|| row[member].to_string(), str::to_owned)
            })
            .collect()
    }

    /// The report's runs of pipelines that end so.
    pub fn runs(&self, pipeline_ends: &str) -> Vec<&Value> {
        let runs = self.report["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
        runs.iter()
            .filter(|run| text(&run["pipeline"]).ends_with(pipeline_ends))
            .collect()
    }

    /// Whether a letter has this in its subject.
    pub fn letter(&self, part: &str) -> bool {
        self.rows("letters", "subject")
            .iter()
            .any(|subject| subject.contains(part))
    }
}

/// A demo that nobody waited for is ended.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
