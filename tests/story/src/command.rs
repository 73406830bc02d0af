//! The `windsock` command as a process: run to its end, with its output kept and its time bounded.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

/// A story on two busy cores takes a minute or two; one that takes longer than this hangs.
pub const STORY_ENDS_WITHIN: Duration = Duration::from_secs(420);
/// Any other command answers in seconds.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// How often somebody looks who waits for a process: there is nothing to be woken by.
pub const LOOK_EVERY: Duration = Duration::from_millis(40);

/// The folder of the built programs.
pub fn bin_dir() -> anyhow::Result<PathBuf> {
    let Some(folder) = std::env::var_os("WINDSOCK_BIN_DIR") else {
        bail!("WINDSOCK_BIN_DIR is not set: these tests run the built programs, so start them with `cargo verify`");
    };
    let folder = PathBuf::from(folder);
    ensure!(
        folder.join("windsock").is_file(),
        "WINDSOCK_BIN_DIR names {}, where there is no program `windsock`: start these tests with `cargo verify`",
        folder.display()
    );
    Ok(folder)
}

/// A process that has ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// The variables that it exports.
    pub fn exports(&self) -> BTreeMap<String, String> {
        exports(&self.stdout)
    }

    /// What it refused with: it must have ended by itself with a failure, in words for people.
    pub fn refusal(&self) -> &str {
        let said = self.stderr.trim();
        assert_eq!(self.status.code(), Some(1), "it should have refused: {self:?}");
        assert!(said.starts_with("windsock: "), "not one of our sentences: {said}");
        for word in ["panicked", "backtrace", "RUST_BACKTRACE", "Error {", "ErrorMetadata"] {
            assert!(!said.contains(word), "`{word}` is no word for people: {said}");
        }
        said
    }

    /// A refusal of one line.
    pub fn sentence(&self) -> &str {
        let said = self.refusal();
        assert_eq!(said.lines().count(), 1, "one sentence is enough: {said}");
        said
    }
}

/// The variables of printed lines like `export NAME=value`.
pub fn exports(printed: &str) -> BTreeMap<String, String> {
    let exports = printed
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    exports
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Runs `windsock` to its end, in `folder`, with these variables besides our own.
pub fn windsock(folder: &Path, arguments: &[&str], variables: &BTreeMap<String, String>) -> anyhow::Result<Ended> {
    let (mut child, output) = start(folder, arguments, variables)?;
    let status = wait(&mut child, ENDS_WITHIN).with_context(|| format!("windsock {}", arguments.join(" ")))?;
    output.ended(status)
}

/// Where a process writes: files, because nobody reads along.
#[derive(Debug)]
pub struct Output {
    folder: tempfile::TempDir,
}

impl Output {
    pub fn stdout(&self) -> anyhow::Result<String> {
        self.read("stdout")
    }

    pub fn stderr(&self) -> anyhow::Result<String> {
        self.read("stderr")
    }

    fn read(&self, name: &str) -> anyhow::Result<String> {
        let bytes = std::fs::read(self.folder.path().join(name)).with_context(|| format!("read {name}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub fn ended(&self, status: ExitStatus) -> anyhow::Result<Ended> {
        Ok(Ended {
            status,
            stdout: self.stdout()?,
            stderr: self.stderr()?,
        })
    }
}

/// Starts `windsock`.
pub fn start(
    folder: &Path,
    arguments: &[&str],
    variables: &BTreeMap<String, String>,
) -> anyhow::Result<(Child, Output)> {
    let output = Output {
        folder: tempfile::tempdir().context("make a folder for the output")?,
    };
    let file = |name: &str| File::create(output.folder.path().join(name)).context("make a file for the output");
    let child = Command::new(bin_dir()?.join("windsock"))
        .args(arguments)
        .current_dir(folder)
        // Whoever runs the tests may be at home on the real AWS.
        .env_remove("AWS_PROFILE")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(file("stdout")?)
        .stderr(file("stderr")?)
        .spawn()
        .context("start windsock")?;
    Ok((child, output))
}

/// Waits for a process to end by itself; one that does not is killed, and that is an error.
pub fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().context("wait for the process")? {
            return Ok(status);
        }
        if Instant::now() > deadline {
            child.kill().context("kill the process")?;
            child.wait().context("wait for the process")?;
            bail!("it did not end within {} s", limit.as_secs());
        }
        crate::pause::pause(LOOK_EVERY);
    }
}
