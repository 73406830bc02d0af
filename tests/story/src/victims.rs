//! The processes that a host has started, to be killed at work.

use std::{fs, path::Path};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

/// A process that the host has recorded as its own, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victim {
    process: Pid,
    /// The program's name, without its folder.
    pub program: String,
}

impl Victim {
    /// SIGKILL; whether it was still there.
    pub fn kill(&self) -> bool {
        kill_process(self.process, Signal::KILL).is_ok()
    }
}

/// Those that run now.
pub fn alive(state: &Path) -> anyhow::Result<Vec<Victim>> {
    let Ok(records) = fs::read_dir(state.join("processes")) else {
        return Ok(Vec::new());
    };
    let mut alive = Vec::new();
    for record in records {
        let record = record.context("list the host's processes")?;
        let number = record.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(process) = number.and_then(Pid::from_raw)
            && let Some(program) = program(process)
        {
            alive.push(Victim { process, program });
        }
    }
    Ok(alive)
}

/// What a process runs, if it still runs.
fn program(process: Pid) -> Option<String> {
    let listed = std::process::Command::new("ps")
        .args(["-o", "args=", "-p", &process.as_raw_nonzero().to_string()])
        .output()
        .ok()?;
    let arguments = String::from_utf8_lossy(&listed.stdout);
    // One that has ended and was not waited for yet is shown in brackets.
    let program = arguments
        .split_whitespace()
        .next()
        .filter(|program| !program.starts_with('['))?;
    Some(program.rsplit('/').next()?.to_owned())
}
