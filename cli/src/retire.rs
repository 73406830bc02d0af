//! `windsock retire PROJECT`: lists what a project created, and with `--yes` removes it.

use std::process::ExitCode;

use anyhow::bail;
use windsock_decisions::layout;
use windsock_deployment::{Deployed, retire, template};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    pub project: String,
    /// Remove it; without this, it is only listed.
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// List it, and change nothing; so it is without --yes too.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave what people uploaded and what the runs wrote.
    #[arg(long)]
    pub keep_data: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let mut there = retire::look(&deployed, &arguments.project).await?;
    if arguments.keep_data {
        there.data.clear();
    }
    let project = &there.project;
    if there.is_empty(arguments.keep_data) {
        bail!("there is nothing of project {project} here to remove");
    }
    if !arguments.yes {
        println!("Of {project} these would be removed, for good:");
        there.lines().iter().for_each(|line| println!("  {line}"));
        kept(&deployed, &there);
        println!("Nothing was changed. To remove them: windsock retire {project} --yes");
        return Ok(ExitCode::SUCCESS);
    }
    retire::remove(&deployed, &there, arguments.keep_data, |step| println!("{step}")).await?;
    kept(&deployed, &there);
    println!("{project} is retired.");
    Ok(ExitCode::SUCCESS)
}

fn kept(deployed: &Deployed, there: &retire::Inventory) {
    if there.records > 0 {
        println!(
            "{} records under s3://{}/{} are kept: the bucket's policy lets nobody delete what the functions recorded.",
            there.records,
            deployed.work_bucket,
            layout::state(&there.project)
        );
    }
}
