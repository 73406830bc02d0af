//! `windsock-load`: the kill scene, the load scene, or both at their full sizes.

use std::process::ExitCode;

use clap::Parser;
use windsock_load::{burst, kill, work::Work};

/// Real processes under SIGKILL and under load, checked by the simulator's invariants. Without a scene: both.
#[derive(Debug, Parser)]
#[command(name = "cargo load")]
struct Arguments {
    #[command(subcommand)]
    scene: Option<SceneName>,
}

#[derive(Debug, clap::Subcommand)]
enum SceneName {
    /// A minute's burst over many projects at SageMaker's limits, beside a naive design.
    Burst(Burst),
    /// `windsock up` and its processes are killed again and again while data arrives.
    Kill(Kill),
}

#[derive(Debug, Parser)]
struct Burst {
    #[arg(long, default_value_t = 10_000)]
    arrivals: u32,
    #[arg(long, default_value_t = 100)]
    projects: u32,
    /// Seconds within which everything arrives.
    #[arg(long, default_value_t = 60)]
    within: u32,
    /// Settle time of the projects, in seconds.
    #[arg(long, default_value_t = 300)]
    settle: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds of the world's time after which the naive design is stopped; 0 leaves it out.
    #[arg(long, default_value_t = 720)]
    naive_seconds: u32,
}

#[derive(Debug, Parser)]
struct Kill {
    #[arg(long, default_value_t = 1_000)]
    arrivals: u32,
    #[arg(long, default_value_t = 5)]
    projects: u32,
    /// Seconds within which everything is uploaded.
    #[arg(long, default_value_t = 240)]
    within: u32,
    /// Journal entries from one kill of `windsock up` to the next, about.
    #[arg(long, default_value_t = 300)]
    host_every: u64,
    /// Journal entries from one kill of a function or a job to the next, about.
    #[arg(long, default_value_t = 100)]
    process_every: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let told = match Arguments::parse().scene {
        Some(SceneName::Burst(sizes)) => burst::run(&sizes.scene()),
        Some(SceneName::Kill(sizes)) => kill::run(&sizes.scene()),
        None => both(),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("windsock-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The shorter one first.
fn both() -> anyhow::Result<()> {
    kill::run(&Kill::parse_from(["kill"]).scene())?;
    burst::run(&Burst::parse_from(["burst"]).scene())
}

impl Kill {
    fn scene(&self) -> kill::Scene {
        kill::Scene {
            work: Work {
                arrivals: self.arrivals,
                projects: self.projects,
                within: i64::from(self.within) * 1000,
                seed: self.seed,
            },
            host_every: self.host_every,
            process_every: self.process_every,
        }
    }
}

impl Burst {
    fn scene(&self) -> burst::Scene {
        burst::Scene {
            work: Work {
                arrivals: self.arrivals,
                projects: self.projects,
                within: i64::from(self.within) * 1000,
                seed: self.seed,
            },
            settle_s: i64::from(self.settle),
            calls_per_second: 2,
            events_copied: 100,
            server_errors: 20,
            naive_for: i64::from(self.naive_seconds) * 1000,
            naive: self.naive_seconds > 0,
        }
    }
}
