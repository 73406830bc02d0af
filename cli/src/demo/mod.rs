//! `windsock demo`: the loop on real data, told as it happens, on a clock that jumps over the waiting.
//!
//! The storyteller only does what people do, through the public endpoint; everything it prints comes from the journal
//! and the stored objects. It exits 0 only if every expectation of the story held.

mod chapters;
mod expectations;
mod figures;
mod letters;
mod people;
mod permissions;
mod stage;
mod timeline;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::Context;
use windsock_decisions::Project;
use windsock_world::Enforcement;

use windsock_deployment::{Deployed, template::PLATFORM_STACK};

use crate::{local, report, up, validate};
use stage::Stage;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Leave it running afterwards, and print how to look around with the AWS CLI.
    #[arg(long)]
    pub keep: bool,
    /// Wait for a person to approve each version, instead of approving it.
    #[arg(long)]
    pub approve_by_hand: bool,
    /// Folder of the example: project.yaml, training/, inference/.
    #[arg(long, default_value = "examples/flight-delay")]
    pub data: PathBuf,
    /// Another platform template than the one in this program.
    #[arg(long)]
    pub template: Option<PathBuf>,
    /// Folder of the functions' programs; this program's own by default.
    #[arg(long)]
    pub bin_dir: Option<PathBuf>,
    /// Where the state, the logs and report.json go; emptied first.
    #[arg(long, default_value = "target/demo")]
    pub out: PathBuf,
    /// Seconds that building took, for the report.
    #[arg(long, default_value_t = 0.0, hide = true)]
    pub build_s: f64,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let (project, yaml) = validate::read(&arguments.data.join("project.yaml"))?;
    let mut stage = open(&arguments, project).await?;
    let told = chapters::tell(&mut stage, &yaml).await;
    let mut told_whole = true;
    if let Err(error) = told {
        told_whole = false;
        stage.expect("the story goes on", false, &format!("{error:#}"));
    }
    stage.timeline.print(&stage.host);

    let mut report = report::from_journal(&stage.host.journal(), &stage.deployed.name_prefix);
    report::add_stored(&mut report, &stage.deployed, &stage.project.project).await?;
    report.wall_s = began.elapsed().as_secs_f64();
    report.build_s = arguments.build_s;
    let path = arguments.out.join("report.json");
    report.write(&path)?;
    letters::write(&stage.host.journal(), &arguments.out.join("letters"))?;
    if told_whole {
        expectations::check(&mut stage, &report);
    }
    let held = stage.summary(&report);
    figures::print(&stage, &report);
    permissions::write(&stage.host, &arguments.out.join("permissions.json"))?;
    println!(
        "The report is in {}; letters, logs and state are beside it.",
        path.display()
    );
    if arguments.keep {
        keep(&stage).await?;
    }
    stage.host.shutdown().await;
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(arguments: &Arguments, project: Project) -> anyhow::Result<Stage> {
    if arguments.out.exists() {
        std::fs::remove_dir_all(&arguments.out).with_context(|| format!("empty {}", arguments.out.display()))?;
    }
    let starts_at = chapters::starts_at()?;
    let host = local::start(&local::Local {
        state: arguments.out.join("state"),
        port: None,
        bin_dir: arguments.bin_dir.clone().map_or_else(local::own_folder, Ok)?,
        clock: windsock_host::ClockMode::Jumping {
            starts_at,
            horizon: starts_at,
        },
        starts_at,
        enforcement: Enforcement::On,
        platform: Some(local::platform(arguments.template.as_deref())?),
    })
    .await
    .context("start the local AWS")?;
    let deployed = Deployed::find_with(&local::config_of(&host, "operator").await, PLATFORM_STACK).await?;
    Stage::new(
        host,
        deployed,
        project,
        arguments.data.clone(),
        arguments.approve_by_hand,
    )
    .await
}

async fn keep(stage: &Stage) -> anyhow::Result<()> {
    println!("\nIt is still running; its clock stands. In another terminal:\n");
    println!("{}\n", up::exports(&stage.host));
    let (group, work) = (stage.group(), &stage.deployed.work_bucket);
    println!("aws sagemaker list-pipeline-executions --pipeline-name {group}-training");
    println!("aws sagemaker list-model-packages --model-package-group-name {group}");
    println!("aws s3 ls --recursive s3://{work}/state/{}/", stage.project.project);
    println!("aws cloudwatch describe-alarms --alarm-name-prefix {group}\n\nCtrl-C ends it.");
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")
}
