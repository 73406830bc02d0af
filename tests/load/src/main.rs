//! `windsock-load`: the load scene, the kill scene, or both.

use std::process::ExitCode;

use clap::Parser;
use windsock_load::{burst, kill, work::Work};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    scene: SceneName,
}

#[derive(Debug, clap::Subcommand)]
enum SceneName {
    /// A minute's burst over many projects at SageMaker's limits, beside a naive design.
    Burst(Burst),
    /// `windsock up` and its processes are killed again and again while data arrives.
    Kill(Kill),
}

#[derive(Debug, clap::Args)]
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
    /// Minutes of the world's time after which the naive design is stopped; 0 leaves it out.
    #[arg(long, default_value_t = 12)]
    naive_minutes: u32,
}

#[derive(Debug, clap::Args)]
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
        SceneName::Burst(burst) => burst::run(&scene(&burst)),
        SceneName::Kill(kill) => kill::run(&kill::Scene {
            work: Work {
                arrivals: kill.arrivals,
                projects: kill.projects,
                within: i64::from(kill.within) * 1000,
                seed: kill.seed,
            },
            host_every: kill.host_every,
            process_every: kill.process_every,
        }),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("windsock-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn scene(burst: &Burst) -> burst::Scene {
    burst::Scene {
        work: Work {
            arrivals: burst.arrivals,
            projects: burst.projects,
            within: i64::from(burst.within) * 1000,
            seed: burst.seed,
        },
        settle_s: i64::from(burst.settle),
        calls_per_second: 2,
        events_copied: 100,
        server_errors: 20,
        naive_for: i64::from(burst.naive_minutes) * 60_000,
        naive: burst.naive_minutes > 0,
    }
}
