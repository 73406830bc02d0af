//! `windsock replay`: what lies in the dead-letter queues, and back to where it failed.

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use windsock_deployment::{
    Deployed,
    replay::{self, Choice, Found, Way},
    template,
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// One queue: dead-letters, training-hints-dead-letters or inference-hints-dead-letters.
    pub queue: Option<String>,
    /// Only this project's.
    #[arg(long)]
    pub project: Option<String>,
    /// List them, and leave them where they are.
    #[arg(long)]
    pub dry_run: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let choice = Choice {
        queue: arguments.queue.clone(),
        project: arguments.project.clone(),
    };
    let found = replay::find(&deployed, &choice).await?;
    if found.is_empty() {
        println!("There are no dead letters here.");
        return Ok(ExitCode::SUCCESS);
    }
    let (mut replayed, mut kept) = (0, 0);
    for one in &found {
        print(one);
        if arguments.dry_run {
            replay::put_back(&deployed, one).await?;
            println!("    would be {}", fate(one));
            continue;
        }
        // One that cannot be sent keeps no other from it.
        match replay::replay(&deployed, one).await {
            Err(error) => {
                println!("    kept: {error:#}");
                replay::put_back(&deployed, one).await?;
                kept += 1;
            }
            Ok(()) => {
                println!("    {}", fate(one));
                match one.letter.way {
                    Way::Kept(_) => kept += 1,
                    _ => replayed += 1,
                }
            }
        }
    }
    if arguments.dry_run {
        println!("{} dead letters, all left where they are.", found.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("{replayed} replayed, {kept} kept for a person.");
    Ok(if kept == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(found: &Found) {
    let letter = &found.letter;
    let project = letter.project.as_deref().unwrap_or("no project");
    let age = found
        .age(Timestamp::now())
        .map_or_else(String::new, |age| format!(", {} old", told(age)));
    println!("{}: {} for {project}, {}{age}", found.queue, letter.what, letter.failed);
    println!("    failed: {}", letter.why);
}

fn fate(found: &Found) -> String {
    match &found.letter.way {
        Way::Queue { queue, .. } => format!("sent to {queue} again"),
        Way::Fact(_) => format!("told to {} again, through the bus", found.letter.failed),
        Way::Superseded(why) => format!("deleted: {why}"),
        Way::Invoke { function, .. } => format!("handed to function {function} again"),
        Way::Kept(why) => format!(
            "kept: {why}. What it says: aws sqs receive-message --queue-url {0} --visibility-timeout 60; to delete it: \
             aws sqs delete-message --queue-url {0} --receipt-handle HANDLE",
            found.queue_url
        ),
    }
}

/// In the largest unit that is at least one.
fn told(age: SignedDuration) -> String {
    let minutes = age.as_mins().max(0);
    match (minutes / 1440, minutes / 60) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) => format!("{hours} h"),
        (days, _) => format!("{days} d"),
    }
}
