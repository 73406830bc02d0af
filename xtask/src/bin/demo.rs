//! `cargo demo`: builds the functions, the jobs and the command line, then tells the story of the loop.

use std::process::{Command, ExitCode};

use anyhow::Context;

fn main() -> ExitCode {
    match demo() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> anyhow::Result<ExitCode> {
    eprintln!("Building the functions, the jobs and the command line (minutes the first time, seconds after that).");
    let built = xtask::build::binaries()?;
    let status = Command::new(built.bin_dir.join("windsock"))
        .current_dir(xtask::build::root()?)
        .arg("demo")
        .arg("--bin-dir")
        .arg(&built.bin_dir)
        .arg("--build-s")
        .arg(format!("{:.1}", built.took.as_secs_f64()))
        .args(std::env::args_os().skip(1))
        .status()
        .context("start windsock demo")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
