//! `cargo contract`: everything that Windsock, its local AWS and its simulation assume of AWS, one sentence each, tried
//! out on the local AWS, on another emulator, or in an account.

mod assumption;
mod assumptions;
mod bench;
mod credentials;
mod deviations;
mod local;
mod made;
mod report;
mod target;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;

use crate::{bench::Bench, report::Report, target::Target};

/// Try out what is assumed of AWS. Without a target: on the local AWS.
#[derive(Debug, Parser)]
#[command(name = "contract")]
struct Arguments {
    /// Start `windsock up` on a state of its own, and ask that.
    #[arg(long, conflicts_with_all = ["endpoint", "profile"])]
    local: bool,
    /// Folder of the built programs, for --local; this program's own by default.
    #[arg(long)]
    bin_dir: Option<std::path::PathBuf>,
    /// Ask another emulator, on this machine.
    #[arg(long, conflicts_with = "profile")]
    endpoint: Option<String>,
    /// Which emulator that is: known deviations are named, and do not count.
    #[arg(long, requires = "endpoint", value_parser = deviations::ENGINES)]
    engine: Option<String>,
    /// Ask AWS itself, as this profile of yours.
    #[arg(long)]
    profile: Option<String>,
    /// The region of the profile, if it is not the profile's own.
    #[arg(long, requires = "profile")]
    region: Option<String>,
    /// A role that sagemaker.amazonaws.com may assume; it needs no permissions. Pipelines and models name one.
    #[arg(long)]
    role: Option<String>,
    /// An image that the account may use for models; in us-east-1 AWS's own XGBoost by default.
    #[arg(long)]
    image: Option<String>,
    /// Create, in the account of the profile, what was announced.
    #[arg(long)]
    yes: bool,
    /// Of the assumptions that hold, only say how many.
    #[arg(long)]
    brief: bool,
    /// Only assumptions whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match contract(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("contract: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything that was asked holds.
async fn contract(arguments: Arguments) -> anyhow::Result<bool> {
    let target = Target::choose(&arguments).await?;
    let bench = Bench::new(&target, &arguments);
    println!("{}", target.announcement(&bench));
    if target.is_aws() && !arguments.yes {
        bail!("nothing was created; say --yes if that is all right");
    }
    let only = arguments.only.as_deref().unwrap_or_default();
    let asked = async {
        let report = tokio::select! {
            report = Report::of(&bench, only) => Ok(report),
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        // Whatever happened, nothing of ours stays.
        let left = bench.remove_everything().await;
        report.map(|report| (report, left))
    };
    let (report, left) = asked.await?;
    target.end().await.context("end the local AWS")?;
    let engine = arguments.engine.as_deref();
    println!(
        "{}\n\n{}",
        report.details(engine, arguments.brief),
        report.table(engine)
    );
    for thing in &left {
        println!("still there: {thing}");
    }
    Ok(report.all_hold(engine) && left.is_empty())
}
