//! `cargo contract`: builds the programs, then tries out what is assumed of AWS.

use std::process::{Command, ExitCode};

use anyhow::Context;

fn main() -> ExitCode {
    match contract() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo contract: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn contract() -> anyhow::Result<ExitCode> {
    eprintln!("Building the functions, the local AWS and the contract (minutes the first time, seconds after that).");
    let built = xtask::build::binaries()?;
    let status = Command::new(built.bin_dir.join("windsock-contract"))
        .args(std::env::args_os().skip(1))
        .status()
        .context("start windsock-contract")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
