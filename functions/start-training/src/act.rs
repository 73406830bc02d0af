//! Starts what was decided, in the order of the slot protocol.

use jiff::Timestamp;
use tracing::info;
use windsock_decisions::{start_training::Action, state::Manifest};
use windsock_effects_runs::Starter;
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
                if let Some(manifest) = &last.manifest {
                    tell(aws, project, manifest, &last.run.arn).await?;
                }
                starter.mark(&last.slot, &last.run.arn, last.run.started_at).await?;
            }
            Action::Start(manifest) => {
                let stored = starter.freeze(manifest).await?;
                starter.write_lists(&stored).await?;
                let execution = starter.start(&stored).await?;
                info!(
                    event = "started",
                    function = NAME,
                    project,
                    slot = stored.slot,
                    execution,
                    "{NAME}: started the training of {project} on {} objects",
                    stored.reads.len()
                );
                tell(aws, project, &stored, &execution).await?;
                starter.mark(&stored.slot, &execution, now).await?;
            }
        }
    }
    Ok(())
}

/// Before the marker is written: who finds the run without one says it again.
async fn tell(aws: &Aws, project: &str, stored: &Manifest, execution_arn: &str) -> anyhow::Result<()> {
    let fact = Fact::TrainingStarted {
        project: project.to_owned(),
        slot: stored.slot.clone(),
        execution_arn: execution_arn.to_owned(),
        objects: u64::try_from(stored.reads.len()).unwrap_or(u64::MAX),
        cause: stored.cause,
    };
    aws.bus.say(&[fact]).await
}
