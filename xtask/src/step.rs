//! One step of the gate: a command with a name, timed, that stops everything when it fails.

use std::{process::Command, time::Instant};

use anyhow::{Context, bail};

/// Run a command and say how long it took.
pub fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    println!("\n== {name}");
    let began = Instant::now();
    let status = command.status().with_context(|| format!("start {command:?}"))?;
    if !status.success() {
        bail!("{name} failed ({status}): {command:?}");
    }
    println!("== {name}: passed in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Cargo at the repository's root, with the lock file as it is.
pub fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(crate::build::cargo());
    command.current_dir(crate::build::root()?).args(arguments);
    Ok(command)
}
