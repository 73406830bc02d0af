//! LightGBM's Python package, as it is asked through `lightgbm_peer.py`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const VARIABLE: &str = "WINDSOCK_LIGHTGBM_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/learn/lightgbm_peer.py");
const FLIGHTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/learn/flights.py");

/// The interpreter that has the package, or which one lacks what.
pub fn python(named: Option<&String>) -> Result<String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let python = named.cloned().or_else(|| std::env::var(VARIABLE).ok());
    let python = python.unwrap_or_else(|| format!("{home}/.cache/windsock/learn-bench/bin/python"));
    let asked = Command::new(&python).args(["-c", "import lightgbm, numpy"]).output();
    match asked {
        Ok(output) if output.status.success() => Ok(python),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{python} cannot import lightgbm: {}",
                said.lines().last().unwrap_or_default()
            )
        }
        Err(error) => bail!(
            "{python} cannot be started ({error}): name a Python that has lightgbm 4.7.0 as the argument or in {VARIABLE}"
        ),
    }
}

/// Rows of training, rows held out, and the labels of those, of every flight of a year (flights.py).
pub fn lay_flights(python: &str, folder: &Path) -> Result<(u64, u64, Vec<f64>)> {
    std::fs::create_dir_all(folder)?;
    let counts = super::output(Command::new(python).arg(FLIGHTS).arg(folder))?;
    let count = |side: &str| counts[side].as_u64().context("count the flights");
    let holdout = std::fs::read_to_string(folder.join("holdout.csv"))?;
    let labels = holdout
        .lines()
        .map(|line| line.split(',').next().unwrap_or_default().parse());
    Ok((count("train")?, count("holdout")?, labels.collect::<Result<_, _>>()?))
}

pub fn run(python: &str, task: &str, folder: &Path, parameters: &Value) -> Result<Value> {
    let mut command = Command::new(python);
    super::output(command.arg(SCRIPT).arg(task).arg(folder).arg(parameters.to_string()))
}
