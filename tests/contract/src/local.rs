//! `windsock up` as a process of our own: on a free port, with a state that goes with it.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Deploying the platform's template takes it a second or two.
const COMES_UP_WITHIN: Duration = Duration::from_secs(60);
/// What Ctrl-C may take before the process is killed.
const GRACE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Local {
    pub endpoint: String,
    pub key: String,
    pub secret: String,
    child: Child,
    _state: tempfile::TempDir,
}

impl Local {
    pub async fn start(bin_dir: Option<&Path>) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("find this program's own folder")?;
        let bin_dir = bin_dir.or(own.parent()).context("find this program's own folder")?;
        let state = tempfile::tempdir().context("make a folder for the state")?;
        let mut child = Command::new(bin_dir.join("windsock"))
            // The role that assumptions name exists nowhere.
            .args(["up", "--lenient", "--port", "0", "--state"])
            .arg(state.path().join("state"))
            .arg("--bin-dir")
            .arg(bin_dir)
            .current_dir(state.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", bin_dir.join("windsock").display()))?;
        let printed = child.stdout.take().context("read what windsock up prints")?;
        let exports = timeout(COMES_UP_WITHIN, exports(printed)).await;
        let exports = exports.context("windsock up did not come up in time")??;
        let value = |name: &str| {
            let found = exports.iter().find(|(have, _)| have == name);
            found
                .map(|(_, value)| value.clone())
                .with_context(|| format!("windsock up did not print {name}"))
        };
        Ok(Self {
            endpoint: value("AWS_ENDPOINT_URL")?,
            key: value("AWS_ACCESS_KEY_ID")?,
            secret: value("AWS_SECRET_ACCESS_KEY")?,
            child,
            _state: state,
        })
    }

    /// Ctrl-C, so that it ends its own processes; dropping it would kill it.
    pub async fn end(mut self) -> anyhow::Result<()> {
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(id) = id {
            kill_process(id, Signal::INT).context("interrupt windsock up")?;
        }
        timeout(GRACE, self.child.wait())
            .await
            .context("windsock up did not end")??;
        Ok(())
    }
}

/// `export NAME=value`, one a line; the region is printed last.
async fn exports(printed: tokio::process::ChildStdout) -> anyhow::Result<Vec<(String, String)>> {
    let mut lines = BufReader::new(printed).lines();
    let mut exports = Vec::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
            exports.push((name.to_owned(), value.to_owned()));
            if name == "AWS_DEFAULT_REGION" {
                return Ok(exports);
            }
        }
    }
    bail!("windsock up ended before it had printed its exports")
}
