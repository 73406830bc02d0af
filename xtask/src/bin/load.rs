//! `cargo load`: builds the programs and runs the scenes of load and of SIGKILL with them.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Context;
use xtask::build;

fn main() -> ExitCode {
    match load() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load() -> anyhow::Result<ExitCode> {
    let built = build::binaries()?;
    let status = command(&built.bin_dir)
        .args(std::env::args_os().skip(1))
        .status()
        .context("start the scenes")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn command(bin_dir: &Path) -> Command {
    let mut command = Command::new(bin_dir.join("windsock-load"));
    command.env("WINDSOCK_BIN_DIR", bin_dir);
    command
}
