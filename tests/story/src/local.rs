//! `windsock up` as a process of its own: started, looked at, killed, started again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{
    command::{self, Ended, LOOK_EVERY, Output},
    journal::Journal,
    people::Person,
    signed::Signer,
};

/// Real time on busy cores, with a training in it.
const HAPPENS_WITHIN: Duration = Duration::from_secs(180);
/// What Ctrl-C may take before the process is killed.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Local {
    child: Child,
    output: Output,
    state: PathBuf,
    exports: BTreeMap<String, String>,
}

impl Local {
    /// `windsock up` on this state directory, and any free port.
    pub fn up(state: &Path) -> anyhow::Result<Self> {
        Self::up_with(state, &[])
    }

    pub fn up_with(state: &Path, more: &[&str]) -> anyhow::Result<Self> {
        let folder = state.parent().context("a state directory lies in a folder")?;
        // Relative, the way people type it: jobs and functions run in folders of their own all the same.
        let name = state.file_name().context("a state directory has a name")?;
        let shown = name.to_string_lossy().into_owned();
        let mut arguments = vec!["up", "--port", "0", "--state", &shown];
        arguments.extend(more);
        let (child, output) = command::start(folder, &arguments, &BTreeMap::new())?;
        let mut local = Self {
            child,
            output,
            state: state.to_owned(),
            exports: BTreeMap::new(),
        };
        local.wait_until_up()?;
        Ok(local)
    }

    /// The exports are printed last, so the last one says that all is there.
    fn wait_until_up(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + HAPPENS_WITHIN;
        loop {
            let printed = self.output.stdout()?;
            self.exports = command::exports(&printed);
            if printed.ends_with('\n') && self.exports.contains_key("AWS_DEFAULT_REGION") {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("windsock up did not come up: {}", self.output.stderr()?);
            }
            crate::pause::pause(LOOK_EVERY);
        }
    }

    /// What it printed for the operator's shell.
    pub fn exports(&self) -> &BTreeMap<String, String> {
        &self.exports
    }

    /// Somebody who works with it.
    pub fn person(&self) -> anyhow::Result<Person> {
        Ok(Person(Signer::from_exports(&self.exports)?))
    }

    /// Another `windsock` command that talks to it.
    pub fn windsock(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let folder = self.state.parent().unwrap_or(&self.state);
        command::windsock(folder, arguments, &self.exports)
    }

    /// `windsock apply` of a project.yaml with this text.
    pub fn apply(&self, yaml: &str) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("make a folder for project.yaml")?;
        let path = folder.path().join("project.yaml");
        std::fs::write(&path, yaml).context("write project.yaml")?;
        let ended = self.windsock(&["apply", &path.display().to_string()])?;
        if !ended.succeeded() {
            bail!("windsock apply failed: {}", ended.stderr);
        }
        Ok(())
    }

    /// The only project's row of `windsock status --json`.
    pub fn status(&self) -> anyhow::Result<Value> {
        let ended = self.windsock(&["status", "--json"])?;
        let rows: Vec<Value> = serde_json::from_str(&ended.stdout).with_context(|| format!("read {ended:?}"))?;
        rows.into_iter().next().context("windsock status knows no project")
    }

    pub fn journal(&self) -> anyhow::Result<Journal> {
        Journal::read(&self.state)
    }

    /// Waits until the journal shows something.
    pub fn wait(&mut self, what: &str, seen: impl Fn(&Journal) -> bool) -> anyhow::Result<Journal> {
        let deadline = Instant::now() + HAPPENS_WITHIN;
        loop {
            let journal = self.journal()?;
            if seen(&journal) {
                return Ok(journal);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("windsock up ended ({status}) before {what}: {}", self.output.stderr()?);
            }
            if Instant::now() > deadline {
                bail!(
                    "waited {} s for {what}: {}",
                    HAPPENS_WITHIN.as_secs(),
                    self.output.stderr()?
                );
            }
            crate::pause::pause(LOOK_EVERY);
        }
    }

    /// SIGKILL, which nobody can prepare for.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("kill windsock up")?;
        self.child.wait().context("wait for windsock up")?;
        Ok(())
    }
}

/// Ctrl-C, so that it ends its own processes; a kill when that does not help.
impl Drop for Local {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::INT);
        }
        let _ = command::wait(&mut self.child, GRACE);
    }
}
