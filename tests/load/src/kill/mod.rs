//! The kill scene: `windsock up`, its functions and its jobs are killed with SIGKILL again and again while data arrives.
//!
//! A kill comes after so many entries of the journal, give or take: where the work is, and at another place every time.
//! Afterwards the same state directory is opened once more, on a clock that jumps, so that everything which is due later
//! happens: retries, sweeps, letters. Then the simulator's checker reads what is left.

mod tail;
mod uploader;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use windsock::local;
use windsock_deployment::template;
use windsock_host::{ClockMode, HostConfig, Recording};
use windsock_story::{
    command::{self, LOOK_EVERY},
    local::Local,
    pause::pause,
    victims,
};
use windsock_world::{Millis, Record};

use crate::{
    check::{self, Checked},
    coverage::Arrival,
    work::{Work, project_yaml},
};
use tail::Tail;
use uploader::{Uploader, Way};

/// Two retries of an invocation, a few turns of the sweep, letters put off: all of it is over by then.
const AFTERWARDS: Millis = 3 * 3_600_000;
/// Short, so that many runs begin and end between the kills.
const SETTLE: &str = "2s";
const APPROVAL: &str = "{ automatic: { auc: \">= 0.80\" } }";

#[derive(Debug, Clone)]
pub struct Scene {
    pub work: Work,
    /// Journal entries between two kills of the host, and of a function or a job; each time between half and one and a
    /// half as many.
    pub host_every: u64,
    pub process_every: u64,
}

/// What was killed, and when.
#[derive(Debug, Default)]
struct Killed {
    hosts: u32,
    /// By program.
    processes: BTreeMap<String, u32>,
    /// How long it took to be back.
    back_after: Vec<Duration>,
    during: Duration,
}

pub fn run(scene: &Scene) -> anyhow::Result<()> {
    let folder = windsock_story::scratch();
    let state = folder.path().join("state");
    stub_jobs(folder.path())?;
    let (acknowledged, repeated, killed) = under_fire(scene, &state)?;
    let finished = Instant::now();
    tokio::runtime::Runtime::new()
        .context("start a runtime")?
        .block_on(afterwards(&state))?;
    eprintln!(
        "what was due later has happened after {:.0} s",
        finished.elapsed().as_secs_f64()
    );
    let checked = check::check(&state, &scene.work.projects())?;
    report(scene, &state, &checked, &killed, repeated)?;
    let failings = failings(&checked, &acknowledged);
    anyhow::ensure!(
        failings.is_empty(),
        "{} things do not hold:\n  {}",
        failings.len(),
        failings.join("\n  ")
    );
    println!("Every invariant holds: nothing that was acknowledged is lost, and each arrival was learned by one run.");
    Ok(())
}

/// In the folder where `windsock up` starts, it finds the stub in the place of the jobs' image.
fn stub_jobs(folder: &Path) -> anyhow::Result<()> {
    let stub = command::bin_dir()?.join("windsock-load-job");
    let yaml = format!("images:\n  windsock-jobs: [{:?}]\n", stub.display().to_string());
    std::fs::write(folder.join("windsock.local.yaml"), yaml).context("write windsock.local.yaml")
}

/// Uploads everything while killing.
fn under_fire(scene: &Scene, state: &Path) -> anyhow::Result<(Vec<Arrival>, u64, Killed)> {
    let mut chance = fastrand::Rng::with_seed(scene.work.seed);
    let mut local = Local::up(state)?;
    for project in scene.work.projects() {
        local.apply(&project_yaml(&project, SETTLE, APPROVAL))?;
    }
    let way = Way::to(local.person()?);
    let mut tail = Tail::of(state)?;
    let begun_at = tail.follow()?;
    let mut soon = |every: u64| chance.u64(every / 2..=every + every / 2);
    let (mut host_at, mut process_at) = (begun_at + soon(scene.host_every), begun_at + soon(scene.process_every));
    let uploader = Uploader::start(way.clone(), scene.work.uploads());
    let (began, mut killed) = (Instant::now(), Killed::default());
    while !uploader.is_done() {
        pause(LOOK_EVERY);
        let entries = tail.follow()?;
        if entries >= process_at {
            let alive = victims::alive(state)?;
            let victim = alive.get(usize::try_from(soon(1_000_000))? % alive.len().max(1));
            if let Some(victim) = victim.filter(|victim| victim.kill()) {
                *killed.processes.entry(victim.program.clone()).or_default() += 1;
                process_at = entries + soon(scene.process_every);
            }
        }
        if entries >= host_at {
            local.kill()?;
            killed.hosts += 1;
            let gone = Instant::now();
            local = Local::up(state)?;
            way.leads_to(local.person()?);
            killed.back_after.push(gone.elapsed());
            host_at = tail.follow()? + soon(scene.host_every);
        }
    }
    // The last kill of all.
    local.kill()?;
    killed.hosts += 1;
    killed.during = began.elapsed();
    let (acknowledged, repeated) = uploader.finish()?;
    Ok((acknowledged, repeated, killed))
}

/// The same state on a clock that jumps, with the same programs.
async fn afterwards(state: &Path) -> anyhow::Result<()> {
    let bin_dir = command::bin_dir()?;
    let starts_at = local::system_time();
    let config = HostConfig {
        state_dir: state.to_owned(),
        port: None,
        images: [(
            "windsock-jobs".to_owned(),
            vec![bin_dir.join("windsock-load-job").display().to_string()],
        )]
        .into(),
        bin_dir,
        clock: ClockMode::Jumping {
            starts_at,
            horizon: starts_at,
        },
        settings: local::settings(starts_at),
    };
    let host = local::start_with(config, template::PLATFORM.to_owned()).await?;
    host.advance(AFTERWARDS).await;
    host.shutdown().await;
    Ok(())
}

/// The checker's findings, and what this scene promises on top.
fn failings(checked: &Checked, acknowledged: &[Arrival]) -> Vec<String> {
    let coverage = &checked.coverage;
    let lost = acknowledged
        .iter()
        .filter(|arrival| !coverage.arrivals.contains_key(*arrival));
    let lost = lost.map(|(key, _)| format!("{key} was acknowledged, and is gone"));
    let wrong = coverage.learned().filter(|(_, runs)| *runs != 1);
    let wrong = wrong.map(|((key, etag), runs)| format!("{key} ({etag}) was learned by {runs} runs that succeeded"));
    let strangers = coverage
        .frozen
        .keys()
        .filter(|arrival| !coverage.arrivals.contains_key(*arrival));
    let strangers = strangers.map(|(key, _)| format!("{key} is in a manifest, and never arrived"));
    checked
        .failings()
        .into_iter()
        .chain(lost)
        .chain(wrong)
        .chain(strangers)
        .collect()
}

fn report(scene: &Scene, state: &Path, checked: &Checked, killed: &Killed, repeated: u64) -> anyhow::Result<()> {
    let (mut crashed, mut dead, mut letters) = (0, BTreeSet::new(), 0);
    for entry in Recording::read(state)?.entries() {
        match &entry.record {
            Record::InvocationEnded { outcome, .. } if outcome == "crashed" => crashed += 1,
            Record::DeadLetter { event, .. } => drop(dead.insert(event.to_string())),
            Record::Letter { .. } => letters += 1,
            _ => {}
        }
    }
    let processes: u32 = killed.processes.values().sum();
    let seconds = killed.during.as_secs_f64();
    let slowest = killed.back_after.iter().max().copied().unwrap_or_default();
    println!(
        "{} arrivals over {} projects in {seconds:.0} s, seed {}: windsock up was killed {} times, one every {:.1} s (back after \
         at most {:.1} s), and {processes} of its processes ({:?})",
        checked.coverage.arrivals.len(),
        scene.work.projects,
        scene.work.seed,
        killed.hosts,
        seconds / f64::from(killed.hosts),
        slowest.as_secs_f64(),
        killed.processes,
    );
    println!(
        "{repeated} uploads sent again, {crashed} invocations crashed, {} training runs, {letters} letters, {} dead letters, {} journal entries",
        checked.coverage.runs.len(),
        dead.len(),
        checked.entries,
    );
    Ok(())
}
