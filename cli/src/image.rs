//! `windsock image push`: the image of the built-in jobs, made of the program alone and brought to ECR without Docker.

use std::{
    io::{IsTerminal, Read},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, ensure};
use windsock_deployment::{Deployed, template};
use windsock_image::{Image, Patience, Registry};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Push the image to the registry of the platform's account. ECR's authorization token is read from standard input
    /// (docs/deploy.md has the command that prints it).
    Push(Push),
    /// Write the image as an OCI layout into a folder, to look at it or to give it to another tool.
    Save(Save),
}

#[derive(Debug, clap::Args)]
pub struct Push {
    #[command(flatten)]
    image: Program,
    /// Another registry than the account's own, such as 111122223333.dkr.ecr.us-east-1.amazonaws.com.
    #[arg(long)]
    registry: Option<String>,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    platform: String,
}

#[derive(Debug, clap::Args)]
pub struct Save {
    #[command(flatten)]
    image: Program,
    /// The folder of the layout.
    folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct Program {
    /// The static program windsock-jobs.
    #[arg(long)]
    program: PathBuf,
}

/// The repository that projects take the built-in image from, and this program's own version as its tag.
const REPOSITORY: &str = "windsock-jobs";
const TAG: &str = env!("CARGO_PKG_VERSION");

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Push(asked) => push(&asked).await?,
        Command::Save(asked) => {
            asked.image.read()?.write_layout(&asked.folder, TAG)?;
            println!("The image is in {}, tagged {TAG}.", asked.folder.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn push(asked: &Push) -> anyhow::Result<()> {
    let image = asked.image.read()?;
    let token = token()?;
    let registry = match &asked.registry {
        Some(registry) => registry.clone(),
        None => {
            let deployed = Deployed::find(&asked.platform).await?;
            format!("{}.dkr.ecr.{}.amazonaws.com", deployed.account, deployed.region)
        }
    };
    // A registry on this machine is named with its scheme; every other is spoken to over TLS.
    let endpoint = match registry.contains("://") {
        true => registry.clone(),
        false => format!("https://{registry}"),
    };
    let to = Registry::new(&endpoint, &token, Patience::default())?;
    let pushed = to.push(REPOSITORY, TAG, &image).await?;
    let did = match pushed.was_there {
        true => "is there already".to_owned(),
        false => format!("is pushed, with {} of its 2 blobs", pushed.sent.len()),
    };
    println!("{registry}/{REPOSITORY}:{TAG} {did}: {}", pushed.digest);
    Ok(())
}

impl Program {
    fn read(&self) -> anyhow::Result<Image> {
        let bytes = std::fs::read(&self.program).with_context(|| format!("read {}", self.program.display()))?;
        Image::of_program(&bytes).with_context(|| format!("make an image of {}", self.program.display()))
    }
}

fn token() -> anyhow::Result<String> {
    let mut token = String::new();
    let mut input = std::io::stdin();
    ensure!(
        !input.is_terminal(),
        "ECR's authorization token is expected on standard input: aws ecr get-authorization-token --query \
         'authorizationData[0].authorizationToken' --output text | windsock image push ..."
    );
    input.read_to_string(&mut token).context("read the token")?;
    let token = token.trim();
    ensure!(!token.is_empty(), "standard input holds no token");
    Ok(token.to_owned())
}
