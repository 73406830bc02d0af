//! `cargo simulate`: builds the simulator with its broken variants, in a target folder of its own, and runs it.

use std::process::{Command, ExitCode};

use anyhow::Context;
use xtask::simulation;

fn main() -> ExitCode {
    match simulate() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo simulate: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn simulate() -> anyhow::Result<ExitCode> {
    eprintln!("Building the simulator (minutes the first time: it has a target folder of its own).");
    let program = simulation::build(&simulation::target()?)?;
    let status = Command::new(program)
        .args(std::env::args_os().skip(1))
        .status()
        .context("start the simulator")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
