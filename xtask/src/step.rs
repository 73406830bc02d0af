//! One step of the gate: a command with a name, timed, that stops everything when it fails.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Instant,
};

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

/// A step that mostly waits, and does so beside the others. What it prints is kept until it is asked for.
#[derive(Debug)]
pub struct Beside {
    name: &'static str,
    child: Child,
    output: PathBuf,
    began: Instant,
}

impl Beside {
    pub fn start(name: &'static str, target: &Path, command: &mut Command) -> anyhow::Result<Self> {
        let output = target.join(format!("verify-{}.txt", name.replace(' ', "-")));
        let file = File::create(&output).with_context(|| format!("create {}", output.display()))?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn();
        Ok(Self {
            name,
            child: child.with_context(|| format!("start {command:?}"))?,
            output,
            began: Instant::now(),
        })
    }

    /// Waits for it, and shows what it printed.
    pub fn end(mut self) -> anyhow::Result<()> {
        println!("\n== {}", self.name);
        let status = self.child.wait().context("wait for a step")?;
        let printed = std::fs::read_to_string(&self.output).context("read what a step printed")?;
        print!("{printed}");
        if !status.success() {
            bail!("{} failed ({status})", self.name);
        }
        println!(
            "== {}: passed in {:.0} s",
            self.name,
            self.began.elapsed().as_secs_f64()
        );
        Ok(())
    }
}

/// When another step fails first: it ends by itself, and takes what it started with it. Killing it would not.
impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.wait();
    }
}

/// Cargo at the repository's root, with the lock file as it is.
pub fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(crate::build::cargo());
    command.current_dir(crate::build::root()?).args(arguments);
    Ok(command)
}
