//! `windsock doctor`: checks the platform and every project, and says what mends what is wrong.

use std::process::ExitCode;

use windsock_deployment::{Deployed, doctor, template};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let checks = doctor::examine(&deployed, &arguments.platform).await?;
    for check in &checks {
        match &check.wrong {
            None => println!("OK     {}", check.what),
            Some(wrong) => println!("WRONG  {}: {}\n       {}", check.what, wrong.why, wrong.mend),
        }
    }
    let wrong = checks.iter().filter(|check| check.wrong.is_some()).count();
    if wrong == 0 {
        println!("All {} checks are well.", checks.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("{wrong} of {} checks found something wrong.", checks.len());
    Ok(ExitCode::FAILURE)
}
