//! What the monitor costs beside its peers, in one run: `cargo bench -p windsock-jobs --bench monitor`.
//!
//! With `-- --peers VENV`, once for each virtual environment, the peers of peers.py that are installed there run beside
//! it. `--wide` adds a thousand columns and `--long` ten million rows, in files of 0.7 and 1.5 GB that are removed again;
//! `--data CSV` takes a file of one's own in place of a million rows of 20 columns.
//!
//! Each task runs in a process of its own: CPU seconds of all threads, wall seconds, peak memory. The machine's load is
//! printed, for wall seconds mean nothing on a busy one.

mod data;
mod peers;
mod tasks;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

const USAGE: &str =
    "Usage: cargo bench -p windsock-jobs --bench monitor [-- [--peers VENV]... [--data CSV] [--wide] [--long]]";
const RUNS: usize = 3;
const ROWS: u64 = 1_000_000;
const ROWS_LONG: u64 = 10_000_000;
const ROWS_WIDE: u64 = 100_000;
const COLUMNS_WIDE: usize = 1_000;

/// What a task took.
#[derive(Clone, Copy)]
pub struct Figures {
    pub cpu_s: f64,
    pub wall_s: f64,
    pub peak_mb: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, task, data, folder] = arguments.as_slice()
        && flag == "--task"
    {
        return tasks::measured(task, Path::new(data), Path::new(folder));
    }
    // `cargo bench` says so; `cargo test --benches` must time nothing.
    match arguments.iter().any(|argument| argument == "--bench") {
        true => compared(&parse(&arguments)?),
        false => Ok(()),
    }
}

#[derive(Default)]
struct Asked {
    data: Option<PathBuf>,
    peers: Vec<PathBuf>,
    wide: bool,
    long: bool,
}

fn parse(arguments: &[String]) -> Result<Asked> {
    let mut asked = Asked::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut path = || {
            rest.next()
                .map(PathBuf::from)
                .with_context(|| format!("{argument} needs a path. {USAGE}"))
        };
        match argument.as_str() {
            "--bench" => {}
            "--data" => asked.data = Some(path()?),
            "--peers" => asked.peers.push(path()?),
            "--wide" => asked.wide = true,
            "--long" => asked.long = true,
            unknown => bail!("There is no option {unknown}. {USAGE}"),
        }
    }
    Ok(asked)
}

fn compared(asked: &Asked) -> Result<()> {
    let folder = tempfile::tempdir().context("make a folder for the files")?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("Load average before: {}", load.trim());
    let narrow = match &asked.data {
        Some(data) => data.clone(),
        None => data::narrow(&folder.path().join("narrow.csv"), ROWS)?,
    };
    let base = ours(&narrow, folder.path(), &tasks::ALL)?;
    peers::beside(&asked.peers, &narrow, base)?;
    if asked.wide {
        let wide = data::wide(&folder.path().join("wide.csv"), ROWS_WIDE, COLUMNS_WIDE)?;
        ours(&wide, folder.path(), &tasks::LARGE)?;
        std::fs::remove_file(wide)?;
    }
    if asked.long {
        let long = data::narrow(&folder.path().join("long.csv"), ROWS_LONG)?;
        ours(&long, folder.path(), &tasks::LARGE)?;
    }
    Ok(())
}

/// The figures of the baseline, which everything is compared with.
fn ours(data: &Path, folder: &Path, tasks: &[&str]) -> Result<Figures> {
    let bytes = std::fs::metadata(data)
        .with_context(|| format!("look at {}", data.display()))?
        .len();
    println!("\n{}, {} MB; best of {RUNS} runs", data.display(), bytes / 1_000_000);
    let mut found = Vec::new();
    for task in tasks {
        found.push((*task, best(task, data, folder)?));
    }
    let base = found.iter().find(|(task, _)| *task == tasks::BASELINE);
    let base = base.context("every list of tasks has the baseline")?.1;
    heading();
    for (task, figures) in found {
        line(figures, base, tasks::described(task));
    }
    Ok(base)
}

/// By CPU seconds.
fn best(task: &str, data: &Path, folder: &Path) -> Result<Figures> {
    let mut best: Option<Figures> = None;
    for _ in 0..RUNS {
        let mut command = Command::new(std::env::current_exe()?);
        let figures = figures(command.arg("--task").arg(task).arg(data).arg(folder))?;
        if best.is_none_or(|best| figures.cpu_s < best.cpu_s) {
            best = Some(figures);
        }
    }
    best.context("no run")
}

/// Of a process that prints the three numbers on its last line.
pub fn figures(command: &mut Command) -> Result<Figures> {
    let output = command.output().with_context(|| format!("start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let numbers: Vec<f64> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [cpu_s, wall_s, peak_mb] = numbers[..] else {
        bail!(
            "{command:?} printed no figures: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    Ok(Figures { cpu_s, wall_s, peak_mb })
}

fn heading() {
    println!("{:>8} {:>8} {:>8} {:>12}", "CPU s", "wall s", "peak MB", "CPU to ours");
}

pub fn line(figures: Figures, base: Figures, what: &str) {
    let Figures { cpu_s, wall_s, peak_mb } = figures;
    println!(
        "{cpu_s:>8.2} {wall_s:>8.2} {peak_mb:>8.0} {:>12.2}  {what}",
        cpu_s / base.cpu_s
    );
}
