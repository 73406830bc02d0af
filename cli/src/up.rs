//! `windsock up`: the local AWS in real time, until Ctrl-C. What was acknowledged is there again next time.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use windsock_host::{ClockMode, Host};
use windsock_world::Enforcement;

use crate::{
    credentials,
    local::{self, Local},
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Port of the endpoint on 127.0.0.1.
    #[arg(long, default_value_t = 4588)]
    pub port: u16,
    /// Where everything is kept.
    #[arg(long, default_value = ".windsock")]
    pub state: PathBuf,
    /// Folder of the functions' programs and of windsock-jobs; this program's own by default.
    #[arg(long)]
    pub bin_dir: Option<PathBuf>,
    /// Another platform template than the one in this program.
    #[arg(long)]
    pub template: Option<PathBuf>,
    /// An account with nothing in it: deploy the platform yourself, as on AWS.
    #[arg(long, conflicts_with = "template")]
    pub empty: bool,
    /// Keep policies and enforce none, for tools that name roles which do not exist.
    #[arg(long)]
    pub lenient: bool,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let host = local::start(&Local {
        state: arguments.state.clone(),
        port: Some(arguments.port),
        bin_dir: arguments.bin_dir.map_or_else(local::own_folder, Ok)?,
        clock: ClockMode::Real,
        starts_at: local::system_time(),
        enforcement: match arguments.lenient {
            true => Enforcement::Off,
            false => Enforcement::On,
        },
        platform: match arguments.empty {
            true => None,
            false => Some(local::platform(arguments.template.as_deref())?),
        },
    })
    .await?;
    println!("{}", exports(&host));
    eprintln!(
        "The local AWS is up; its state is in {}. Ctrl-C ends it.",
        arguments.state.display()
    );
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")?;
    host.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// What makes the AWS CLI, boto3 and every SDK talk to the local AWS, as the operator.
pub fn exports(host: &Host) -> String {
    credentials::exports(&host.endpoint(), "operator")
}
