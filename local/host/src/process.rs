//! Child processes that die with the host.
//!
//! Every child leads a process group of its own, so that whatever it starts is ended with it. Dropping a [`Process`]
//! kills the group. A host that is killed itself cannot do that, so each group is also recorded in the state
//! directory, with what identifies the process beyond its number, and the next host ends what is left.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// Where children are recorded and what they are given.
#[derive(Debug, Clone)]
pub(crate) struct Processes {
    folder: PathBuf,
}

/// One running child and its process group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
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

    /// Starts `command` in a process group of its own, with nothing inherited but PATH, writing both of its outputs
    /// to the end of `output`.
    pub(crate) fn start(&self, mut command: Command, output: &Path) -> anyhow::Result<Process> {
        let file = File::options().create(true).append(true).open(output);
        let file = file.with_context(|| format!("open {}", output.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let child =
            start_patiently(&mut command).with_context(|| format!("start {}", Path::new(&program).display()))?;
        let number = child.id().context("a child that was just started has no process id")?;
        let record = self.folder.join(number.to_string());
        fs::write(&record, identity(number).unwrap_or_default())
            .with_context(|| format!("write {}", record.display()))?;
        Ok(Process {
            child,
            group: pid(number),
            record,
        })
    }
}

/// A program that was written a moment ago (by a compiler, or a test) may still be open in a process that is just
/// being forked; Linux then answers "text file busy", which passes.
fn start_patiently(command: &mut Command) -> io::Result<Child> {
    const TRIES: usize = 20;
    for _ in 1..TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            other => return other,
        }
    }
    command.spawn()
}

/// A command whose environment is exactly `environment` and the host's PATH.
pub(crate) fn command<K, V>(program: &Path, environment: impl IntoIterator<Item = (K, V)>) -> Command
where
    K: AsRef<std::ffi::OsStr>,
    V: AsRef<std::ffi::OsStr>,
{
    let mut command = Command::new(program);
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(environment);
    command
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
