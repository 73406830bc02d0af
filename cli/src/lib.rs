//! What the `windsock` command can do; one module a verb.

pub mod apply;
pub mod credentials;
pub mod demo;
pub mod doctor;
pub mod image;
pub mod local;
pub mod monitor;
pub mod replay;
pub mod report;
pub mod retire;
pub mod rollback;
pub mod status;
pub mod up;
pub mod validate;

use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Start the local AWS and print how to talk to it.
    Up(up::Arguments),
    /// Check a project.yaml and say what is wrong with it, all at once.
    Validate(validate::Arguments),
    /// Deploy a project: its stack, its two pipelines, its project.yaml. The same against AWS and the local AWS.
    Apply(apply::Arguments),
    /// How the projects stand: champions, runs, approvals waiting, drift.
    Status(status::Arguments),
    /// Make the champion before this one champion again.
    Rollback(rollback::Arguments),
    /// Give dead letters back to where they failed.
    Replay(replay::Arguments),
    /// List what a project created; with --yes, remove it.
    Retire(retire::Arguments),
    /// Check the platform and every project, and say what mends what is wrong.
    Doctor(doctor::Arguments),
    /// Print what makes a shell speak as somebody on the local AWS: operator, data-scientist or approver.
    Credentials(credentials::Arguments),
    /// Bring the image of the built-in jobs to ECR, without Docker.
    #[command(subcommand)]
    Image(image::Command),
    /// Measure data, or compare it with what was measured before: the monitor, on files of this machine.
    #[command(subcommand)]
    Monitor(monitor::Command),
    /// Tell the story of the loop on real data, on a clock that jumps.
    Demo(demo::Arguments),
}

/// Carry out a command. An `Err` is printed as one line by `main`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(arguments) => up::run(arguments).await,
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Apply(arguments) => apply::run(&arguments).await,
        Command::Status(arguments) => status::run(&arguments).await,
        Command::Rollback(arguments) => rollback::run(&arguments).await,
        Command::Replay(arguments) => replay::run(&arguments).await,
        Command::Retire(arguments) => retire::run(&arguments).await,
        Command::Doctor(arguments) => doctor::run(&arguments).await,
        Command::Credentials(arguments) => credentials::run(&arguments),
        Command::Image(command) => image::run(command).await,
        Command::Monitor(command) => monitor::run(command),
        Command::Demo(arguments) => demo::run(arguments).await,
    }
}
