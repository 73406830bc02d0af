//! Starts what was decided, in the order of the slot protocol, and asks itself again.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tracing::info;
use windsock_decisions::{Reason, start_training::Action, state::Manifest, wake::wait_s};
use windsock_effects_runs::{StartedRun, Starter};
use windsock_events::{
    Fact,
    facts::{Addressee, SOURCE},
};

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

/// One delayed hint to our own queue. A due time further away than the queue can wait is reached in several turns.
pub async fn ask_again(aws: &Aws, project: &str, reason: Reason, due: Timestamp, now: Timestamp) -> anyhow::Result<()> {
    let wait_s = wait_s(due, now);
    let wake = now
        .checked_add(SignedDuration::from_secs(wait_s))
        .context("wait for a hint")?;
    let delay_s = i32::try_from(wait_s).context("wait for a hint")?;
    let hint = Fact::HintDue {
        project: project.to_owned(),
        to: Addressee::StartTraining,
        why: format!("{} until {due}", reason.name()),
    };
    let body = event(aws, project, &hint, wake)?.to_string();
    aws.sqs.send_hint(&aws.hints_queue_url, &body, delay_s).await
}

/// The hint as EventBridge would deliver it, so that the queue holds one kind of message.
fn event(aws: &Aws, project: &str, hint: &Fact, wake: Timestamp) -> anyhow::Result<Value> {
    let hint = serde_json::to_value(hint).context("write a hint as JSON")?;
    Ok(json!({
        "version": "0",
        "id": format!("{NAME}-{project}-{}", wake.as_second()),
        "detail-type": hint["detail-type"],
        "source": SOURCE,
        "account": aws.config.account,
        "time": wake.to_string(),
        "region": aws.config.region,
        "resources": [],
        "detail": hint["detail"],
    }))
}
