//! Building the simulator: with the broken variants, and therefore in a target folder of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;

use crate::step::cargo;

/// Builds it and answers where it lies. Nothing that is deployed is built here, and nothing from here is deployed.
pub fn build(target: &Path) -> anyhow::Result<PathBuf> {
    let own = target.join("simulate");
    let mut build = cargo(&[
        "build",
        "--locked",
        "--profile",
        "simulate",
        "--package",
        "windsock-simulation",
    ])?;
    build.args(["--features", "mutants", "--target-dir"]).arg(&own);
    ensure!(
        build.status()?.success(),
        "the simulator could not be built; cargo's messages are above"
    );
    Ok(own.join("simulate/windsock-simulate"))
}

/// The simulator with these arguments.
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The target folder of this invocation of cargo.
pub fn target() -> anyhow::Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(folder.into()),
        None => Ok(crate::build::root()?.join("target")),
    }
}
