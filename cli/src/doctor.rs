//! `windsock doctor`: checks the platform and every project, and says what mends what is wrong.

use std::process::ExitCode;

use jiff::Timestamp;
use windsock_deployment::{
    Deployed,
    doctor::{self, Check, Found, Wrong},
    template,
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let checks = doctor::examine(&deployed, &arguments.platform, Timestamp::now()).await?;
    let (mut well, mut wrong) = (0, 0);
    for Check { what, found } in &checks {
        match found {
            Found::Well => {
                println!("OK     {what}");
                well += 1;
            }
            Found::Wrong(Wrong { why, mend }) => {
                println!("WRONG  {what}: {why}\n       {mend}");
                wrong += 1;
            }
            Found::Unclear(why) => println!("NOTE   {what}: {why}"),
        }
    }
    if wrong == 0 {
        println!("All {well} checks are well.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{wrong} of {} checks found something wrong.", well + wrong);
    Ok(ExitCode::FAILURE)
}
