//! A long run that can be interrupted: which seeds are done, and what they came to, one line a seed.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::Path,
};

use anyhow::Context;
use serde_json::{Value, json};
use windsock_simulation::Outcome;

pub struct Record {
    file: Option<File>,
    next_seed: u64,
}

impl Record {
    /// What an earlier run has left counts; the next seed follows its highest.
    pub fn open(path: Option<&Path>, first: u64) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                file: None,
                next_seed: first,
            });
        };
        let named = || format!("open {}", path.display());
        let mut next_seed = first;
        if path.exists() {
            for line in BufReader::new(File::open(path).with_context(named)?).lines() {
                let line: Value = serde_json::from_str(&line?).with_context(named)?;
                next_seed = next_seed.max(line["seed"].as_u64().map_or(first, |seed| seed + 1));
            }
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(named)?;
        Ok(Self {
            file: Some(file),
            next_seed,
        })
    }

    pub fn next_seed(&self) -> u64 {
        self.next_seed
    }

    pub fn note(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let broken: Vec<&str> = outcome.violations.iter().map(|violation| violation.rule).collect();
        let line = json!({
            "seed": outcome.seed, "calls": outcome.calls, "virtual_ms": outcome.virtual_ms, "broken": broken,
            "arrivals": outcome.arrivals, "runs": outcome.starts, "champions": outcome.promotions,
            "incidents": outcome.incidents, "letters": outcome.letters, "reached": outcome.reached,
        });
        writeln!(file, "{line}").context("write the record")
    }
}
