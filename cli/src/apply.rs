//! `windsock apply project.yaml`: deploys a project, or shows what would be deployed.

use std::{path::PathBuf, process::ExitCode};

use windsock_decisions::{Project, layout};
use windsock_deployment::{
    Deployed,
    apply::{apply, definitions, parameters},
    template,
};

use crate::validate;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[arg(default_value = "project.yaml")]
    pub project: PathBuf,
    /// Show what would be deployed, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (project, yaml) = validate::read(&arguments.project)?;
    let deployed = Deployed::find(&arguments.platform).await?;
    if arguments.dry_run {
        show(&deployed, &project)?;
    } else {
        for line in apply(&deployed, &project, &yaml).await? {
            println!("{line}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(deployed: &Deployed, project: &Project) -> anyhow::Result<()> {
    println!("stack {}:", layout::stack_name(&deployed.name_prefix, &project.project));
    for parameter in parameters(deployed, project)? {
        println!(
            "  {}: {}",
            parameter.parameter_key().unwrap_or_default(),
            parameter.parameter_value().unwrap_or_default()
        );
    }
    for (kind, definition) in definitions(&deployed.platform(&project.project), project) {
        println!(
            "pipeline {}:",
            layout::pipeline_name(&deployed.name_prefix, &project.project, kind)
        );
        println!("{}", serde_json::to_string_pretty(&definition)?);
    }
    Ok(())
}
