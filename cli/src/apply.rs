//! `windsock apply project.yaml`: deploys a project, or shows what would be deployed.

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use windsock_decisions::{Project, layout};
use windsock_deployment::{
    Deployed,
    apply::{apply_to, definitions, parameters},
    projects,
    stack::ProjectStack,
    template,
};

use crate::validate;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[arg(default_value = "project.yaml")]
    pub project: PathBuf,
    /// Every project that is deployed here, as it was applied last, with this program's templates and definitions.
    #[arg(long, conflicts_with = "project")]
    pub all: bool,
    /// Show what would be deployed, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.all {
        return all(&Deployed::find(&arguments.platform).await?, arguments.dry_run).await;
    }
    let (project, yaml) = validate::read(&arguments.project)?;
    let deployed = Deployed::find(&arguments.platform).await?;
    if arguments.dry_run {
        show(&deployed, &project)?;
    } else {
        let stack = ProjectStack::find(&deployed, &project.project).await?;
        for line in apply_to(&deployed, &stack, &project, &yaml).await? {
            println!("{line}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(deployed: &Deployed, dry_run: bool) -> anyhow::Result<ExitCode> {
    if dry_run {
        for project in projects::names(deployed).await? {
            println!("{project} would be applied again");
            for outdated in projects::outdated(deployed, &project).await? {
                println!("  {outdated}");
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let applied = projects::apply_all(deployed).await?;
    let mut failed = Vec::new();
    for one in &applied {
        println!("{}", one.project);
        match &one.done {
            Ok(lines) => lines.iter().for_each(|line| println!("  {line}")),
            Err(error) => {
                println!("  failed: {error:#}");
                failed.push(one.project.as_str());
            }
        }
    }
    println!(
        "{} of {} projects are up to date.",
        applied.len() - failed.len(),
        applied.len()
    );
    if !failed.is_empty() {
        bail!(
            "apply {}: see above why; the other projects are up to date",
            failed.join(", ")
        );
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
