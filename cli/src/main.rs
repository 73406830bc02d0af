//! The `windsock` command.

use std::process::ExitCode;

use clap::Parser;
use windsock::{Command, run};

/// Machine-learning projects on Amazon SageMaker, without anybody pushing buttons.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("windsock: {error:#}");
            ExitCode::FAILURE
        }
    }
}
