//! The container's entry point: `windsock-jobs <job>`, one job per process, and its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    windsock_jobs::common::outcome::announce();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    windsock_jobs::run(&arguments, &windsock_jobs::common::paths::Root::from_environment())
}
