//! The journal of a state directory, read from outside while its host may be writing it.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// What the world did so far. A line that is still being written does not count yet.
#[derive(Debug, Default)]
pub struct Journal(pub Vec<Value>);

impl Journal {
    /// No journal yet is an empty one.
    pub fn read(state: &Path) -> anyhow::Result<Self> {
        let text = match std::fs::read_to_string(state.join("journal.jsonl")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.context("read journal.jsonl")?,
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let entries = whole.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        Ok(Self(entries.context("read journal.jsonl")?))
    }

    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |entry| entry["kind"] == kind)
    }

    /// The latest status of each execution of the pipelines that end so: (ARN, status).
    pub fn executions(&self, pipeline_ends: &str) -> Vec<(String, String)> {
        let mut executions: Vec<(String, String)> = Vec::new();
        for entry in self.of("execution") {
            let [pipeline, arn, status] = ["pipeline", "arn", "status"].map(|name| text(&entry[name]));
            match executions.iter_mut().find(|(known, _)| *known == arn) {
                Some((_, latest)) => *latest = status,
                None if pipeline.ends_with(pipeline_ends) => executions.push((arn, status)),
                None => {}
            }
        }
        executions
    }

    /// Numbers of the versions that were registered, however often their status changed.
    pub fn versions(&self) -> Vec<u64> {
        let mut versions: Vec<u64> = self
            .of("model-package")
            .filter_map(|entry| entry["version"].as_u64())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// Keys of the objects that were created in a bucket.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let created = self.of("object-created").filter(|object| object["bucket"] == bucket);
        created.map(|object| text(&object["key"])).collect()
    }

    /// The first object that was created in a bucket and whose key begins and ends so.
    pub fn key(&self, bucket: &str, begins: &str, ends: &str) -> anyhow::Result<String> {
        let mut keys = self.keys(bucket).into_iter();
        let found = keys.find(|key| key.starts_with(begins) && key.ends_with(ends));
        found.with_context(|| format!("nobody created {begins}...{ends} in {bucket}"))
    }

    /// Ids of the invocations of a function that began and did not end.
    pub fn at_work(&self, function: &str) -> Vec<String> {
        let of_function = |kind| self.of(kind).filter(move |entry| entry["function"] == function);
        let ended: Vec<String> = of_function("invocation-ended")
            .map(|entry| text(&entry["id"]))
            .collect();
        of_function("invocation-started")
            .map(|entry| text(&entry["id"]))
            .filter(|id| !ended.contains(id))
            .collect()
    }
}

/// A member's text; empty for anything else.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
