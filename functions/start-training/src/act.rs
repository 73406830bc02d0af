//! Starts what was decided, in the order of the slot protocol.

use jiff::Timestamp;
use tracing::info;
use windsock_decisions::{start_training::Action, state::Manifest};
use windsock_effects_runs::{StartedRun, Starter};
use windsock_events::Fact;

use crate::{Aws, NAME};

pub async fn perform(aws: &Aws, project: &str, actions: &[Action], now: Timestamp) -> anyhow::Result<()> {
    let starter = Starter {
        chain: aws.chain(project),
        now,
    };
    for action in actions {
        match action {
            Action::RecordStart(last) => {
                let run = starter.mark(&last.slot, &last.run.arn, last.run.started_at).await?;
                if let Some(manifest) = &last.manifest {
                    tell(aws, project, manifest, run).await?;
                }
            }
            Action::Start(manifest) => {
                let stored = starter.freeze(manifest).await?;
                starter.write_lists(&stored).await?;
                let run = starter.start(&stored).await?;
                info!(
                    event = "started",
                    function = NAME,
                    project,
                    slot = stored.slot,
                    execution = run.execution_arn,
                    "{NAME}: started the training of {project} on {} objects",
                    stored.reads.len()
                );
                tell(aws, project, &stored, run).await?;
            }
        }
    }
    Ok(())
}

/// Whoever wrote the marker tells people.
async fn tell(aws: &Aws, project: &str, stored: &Manifest, run: StartedRun) -> anyhow::Result<()> {
    if !run.is_news {
        return Ok(());
    }
    let fact = Fact::TrainingStarted {
        project: project.to_owned(),
        slot: stored.slot.clone(),
        execution_arn: run.execution_arn,
        objects: u64::try_from(stored.reads.len()).unwrap_or(u64::MAX),
        cause: stored.cause,
    };
    aws.bus.say(&[fact]).await
}
