//! Other profilers on the same file in the same run, as far as they are installed: peers.py runs one of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{Figures, figures, line};

/// What each one computes of every column, and the versions that our figures are of.
const PEERS: [(&str, &str, &str); 5] = [
    (
        "duckdb",
        "2.0.1",
        "approximate distinct counts, moments, 7 approximate quantiles",
    ),
    (
        "polars",
        "2.1.0",
        "streaming: approximate distinct counts, moments, 5 exact quantiles",
    ),
    ("pandas", "3.1.1", "describe and nunique: exact"),
    ("whylogs", "1.6.4", "KLL, HLL, frequent items"),
    (
        "pyspark",
        "3.5.9",
        "Spark, local[2], with inferred types: approximate distinct counts, moments, 5 approximate quantiles",
    ),
];
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/monitor/peers.py");

pub fn beside(environments: &[PathBuf], data: &Path, base: Figures) -> Result<()> {
    if environments.is_empty() {
        println!("No peers ran beside: name a virtual environment that has some with --peers VENV");
        return Ok(());
    }
    let mut missing = Vec::new();
    for (name, pinned, computes) in PEERS {
        let Some((python, version)) = environments.iter().find_map(|environment| installed(environment, name)) else {
            missing.push(format!("{name} {pinned}"));
            continue;
        };
        let mut command = Command::new(python);
        let figures = figures(command.arg(SCRIPT).arg(name).arg(data))
            .with_context(|| format!("run {name} {version} on {}", data.display()))?;
        let other = match version == pinned {
            true => String::new(),
            false => format!(" (our figures are of {pinned})"),
        };
        line(figures, base, &format!("{name} {version}{other}, one run: {computes}"));
    }
    if !missing.is_empty() {
        println!("Not found, so not measured: {}", missing.join(", "));
    }
    Ok(())
}

/// An environment's Python, and the version of the peer that it has.
fn installed(environment: &Path, name: &str) -> Option<(PathBuf, String)> {
    let python = environment.join("bin/python");
    let asked = format!("from importlib.metadata import version; print(version('{name}'))");
    let output = Command::new(&python).arg("-c").arg(asked).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some((python, version))
}
