//! `windsock rollback PROJECT`: back to the champion before this one, as a person who may reject versions.

use std::process::ExitCode;

use windsock_deployment::{Deployed, rollback, template};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project whose champion is rejected.
    pub project: String,
    /// Why; it is written into the registry.
    #[arg(long, required_unless_present = "dry_run")]
    pub reason: Option<String>,
    /// Who; the name of this machine's user by default.
    #[arg(long)]
    pub by: Option<String>,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let rollback = rollback::plan(&deployed, &arguments.project).await?;
    let (project, from, to) = (&rollback.project, rollback.from.version, rollback.to);
    let Some(reason) = arguments.reason.as_deref().filter(|_| !arguments.dry_run) else {
        println!("Version {from} of {project} would be rejected, and version {to} would be champion again.");
        return Ok(ExitCode::SUCCESS);
    };
    println!("Version {to} of {project} is the newest former champion that is still approved.");
    let by = arguments.by.clone().unwrap_or_else(user);
    rollback::reject(&deployed, &rollback, &by, reason).await?;
    println!("Rejected version {from}; promote-model does the rest.");
    match rollback::wait(&deployed, &rollback).await? {
        Some(version) => println!("Version {version} is champion of {project}; the letter is on its way."),
        None => println!("{project} has no champion now: version {to} lost its approval meanwhile."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Who is logged in; the registry knows by itself whose credentials were used.
fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "an operator".to_owned())
}
