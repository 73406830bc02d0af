//! Child processes that die with the host.
//!
//! Every child leads a process group of its own, so that whatever it starts is ended with it. Dropping a [`Process`]
//! kills the group. A host that is killed itself cannot do that, so each group has a watchdog at the other end of a
//! pipe: when the host is gone, however that came, the pipe closes and the watchdog kills its group. Should somebody
//! have killed the watchdog, the group is also recorded in the state directory, with what identifies the process
//! beyond its number, and the next host ends what is left.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStdin, Command};

/// What every child starts as: it leaves the watchdog behind, with the pipe, and becomes the program. The watchdog is
/// nobody's child, so that a program which waits for all its children does not wait for it; a stop does not end it.
const WATCHED: &str = "exec 3<&0 </dev/null
((trap '' TERM INT HUP; read -r gone; kill -KILL 0) <&3 >/dev/null 2>&1 &)
exec 3<&-
exec \"$@\"";

/// Where children are recorded and what they are given.
#[derive(Debug, Clone)]
pub(crate) struct Processes {
    folder: PathBuf,
}

/// One running child and its process group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The watchdog's pipe. Nothing is ever written.
    _alive: Option<ChildStdin>,
    group: Option<Pid>,
    record: PathBuf,
}

impl Processes {
    /// Opens the folder of records, and ends every process that an earlier host left behind.
    pub(crate) fn open(state_dir: &Path) -> anyhow::Result<Self> {
        let folder = state_dir.join("processes");
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let path = entry?.path();
            end_leftover(&path);
            fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
        Ok(Self { folder })
    }

    /// Starts a program in a process group of its own, writing both of its outputs to the end of `output`.
    pub(crate) fn start(&self, start: Start<'_>, output: &Path) -> anyhow::Result<Process> {
        let program = find(start.program)?;
        let file = File::options().create(true).append(true).open(output);
        let file = file.with_context(|| format!("open {}", output.display()))?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WATCHED, "sh"])
            .arg(&program)
            .args(start.arguments)
            .current_dir(start.folder)
            .env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.envs(start.environment);
        command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        let number = child.id().context("a child that was just started has no process id")?;
        let record = self.folder.join(number.to_string());
        let process = Process {
            _alive: child.stdin.take(),
            child,
            group: pid(number),
            record,
        };
        fs::write(&process.record, identity(number).unwrap_or_default())
            .with_context(|| format!("write {}", process.record.display()))?;
        Ok(process)
    }
}

/// What to start. The program gets this environment and the host's PATH, and nothing else but what any shell adds of
/// itself (PWD and the like).
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// A path, or a name to be found on PATH.
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [String],
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) folder: &'a Path,
}

/// Where the program is, so that a missing one is told by name and not by a shell.
fn find(program: &Path) -> anyhow::Result<PathBuf> {
    if program.components().count() > 1 {
        let place = std::path::absolute(program)?;
        anyhow::ensure!(place.is_file(), "the program {} is missing", program.display());
        return Ok(place);
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|place| place.is_file());
    found.with_context(|| format!("the program `{}` is not on PATH", program.display()))
}

impl Process {
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGTERM to the whole group.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGKILL to the whole group.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// SIGTERM, and SIGKILL when that did not end it within `grace`.
    pub(crate) async fn stop(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        self.terminate();
        if let Ok(ended) = tokio::time::timeout(grace, self.wait()).await {
            return ended;
        }
        self.kill();
        self.wait().await
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // A group that is gone already needs no signal.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_file(&self.record);
    }
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// Kills the group that `record` names, if the process with that number is still the one that was recorded.
fn end_leftover(record: &Path) {
    let number = record
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse::<u32>().ok());
    let recorded = fs::read_to_string(record).unwrap_or_default();
    let Some(number) = number else { return };
    if recorded.is_empty() || identity(number).as_deref() != Some(recorded.as_str()) {
        return;
    }
    if let Some(group) = pid(number) {
        tracing::info!(process = number, "Ending a process that an earlier host left behind");
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// What tells a process from a later one with the same number: when it started, and on which boot.
fn identity(number: u32) -> Option<String> {
    if let (Ok(status), Ok(boot)) = (
        fs::read_to_string(format!("/proc/{number}/stat")),
        fs::read_to_string("/proc/sys/kernel/random/boot_id"),
    ) {
        // The second field is the program's name in parentheses and may hold anything; the start time is the
        // twentieth field after it.
        let started = status.rsplit_once(')')?.1.split_whitespace().nth(19)?;
        return Some(format!("{} {started}", boot.trim()));
    }
    let listed = std::process::Command::new("ps")
        .args(["-o", "lstart=", "-p", &number.to_string()])
        .output()
        .ok()?;
    let started = String::from_utf8_lossy(&listed.stdout).trim().to_string();
    (!started.is_empty()).then_some(started)
}

/// How an ended process is described, and the exit code a container runtime would report.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}
