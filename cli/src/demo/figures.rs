//! What the story took: real seconds, the jobs' share of them, calls, memory. Printed, never tested.

use std::collections::BTreeMap;

use windsock_world::{Millis, Record};

use super::stage::Stage;
use crate::report::Report;

pub fn print(stage: &Stage, report: &Report) {
    let invocations: u64 = report.invocations.values().sum();
    let calls: u64 = report.calls.values().sum();
    println!(
        "{} runs, {} letters, {invocations} invocations and {calls} calls in {:.1} s.",
        report.runs.len(),
        report.letters.len(),
        report.wall_s
    );
    let jobs_s = jobs_s(stage);
    let control = 100.0 * (report.wall_s - jobs_s).max(0.0) / report.wall_s.max(0.001);
    println!("The jobs took {jobs_s:.1} s of it; everything else, start and clean-up included, {control:.0} %.");
    if let Some(delay) = start_delay_ms(stage) {
        println!("From the end of the settle time to StartPipelineExecution: at most {delay} ms of the local clock.");
    }
    if let Some(peak) = peak_mib() {
        println!("This process needed at most {peak} MiB.");
    }
}

/// Seconds during which at least one job ran. The local clock runs at real speed meanwhile.
fn jobs_s(stage: &Stage) -> f64 {
    let mut running = 0_usize;
    let (mut began, mut total): (Millis, Millis) = (0, 0);
    let mut steps: BTreeMap<(String, String), bool> = BTreeMap::new();
    for entry in stage.host.journal() {
        let Record::Step {
            execution,
            step,
            step_type,
            status,
            ..
        } = entry.record
        else {
            continue;
        };
        if !matches!(step_type.as_str(), "Processing" | "Training" | "Transform") {
            continue;
        }
        let runs = matches!(status.as_str(), "Starting" | "Executing" | "Stopping");
        let ran = steps.insert((execution, step), runs).unwrap_or(false);
        if runs && !ran {
            if running == 0 {
                began = entry.at;
            }
            running += 1;
        } else if !runs && ran {
            running -= 1;
            if running == 0 {
                total += entry.at - began;
            }
        }
    }
    total as f64 / 1000.0
}

/// For each training run that waited for files to settle: how long after the last arrival's settle time it was started.
fn start_delay_ms(stage: &Stage) -> Option<Millis> {
    let settle_ms = stage.project.training.settle_s * 1000;
    let prefix =
        windsock_decisions::layout::arrivals(windsock_events::facts::PipelineKind::Training, &stage.project.project);
    let (mut last_arrival, mut longest): (Option<Millis>, Option<Millis>) = (None, None);
    for entry in stage.host.journal() {
        match entry.record {
            Record::ObjectCreated { key, .. } if key.starts_with(&prefix) => last_arrival = Some(entry.at),
            Record::Call { operation, target, .. }
                if operation == "StartPipelineExecution" && target.contains("-training") =>
            {
                let delay = last_arrival
                    .take()
                    .map(|arrived| (entry.at - arrived - settle_ms).max(0));
                longest = longest.max(delay);
            }
            _ => {}
        }
    }
    longest
}

/// Peak resident memory, where the system tells (Linux).
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}
