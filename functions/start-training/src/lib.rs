//! start-training: is there data to learn from, and a reason to learn it now?
//!
//! Wakes on the queue of training hints: arrivals, ended runs, confirmed drift, schedules, the sweep, and its own
//! delayed hints. It freezes a manifest, starts the training pipeline and sends itself one hint for "not yet". Hints of
//! one project are folded, so that a burst of ten thousand arrivals is a handful of decisions.

mod act;
mod observe;

use anyhow::Context;
use aws_config::SdkConfig;
use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{
    Plan, Reason,
    start_training::{Action, decide, decide_on_arrivals},
};
use windsock_effects::{Config, aws_config, log_plan};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_runs::{Chain, Hints, OwnQueue, Room, fold, reject_stranger};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::facts::PipelineKind;

pub(crate) const NAME: &str = "start-training";
const KIND: PipelineKind = PipelineKind::Training;
/// Looks at one project: recording a lost start makes a second one necessary.
const ROUNDS_MAX: u32 = 3;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub data: Store,
    pub work: Store,
    pub sagemaker: SageMaker,
    pub queue: OwnQueue,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> anyhow::Result<Self> {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> anyhow::Result<Self> {
        Ok(Self {
            data: Store::new(aws, &config.data_bucket),
            work: Store::new(aws, &config.work_bucket),
            sagemaker: SageMaker::new(aws),
            queue: OwnQueue::new(&config, aws, KIND)?,
            bus: EventBridge::new(aws),
            config,
        })
    }

    pub(crate) fn chain<'a>(&'a self, project: &'a str) -> Chain<'a> {
        Chain {
            config: &self.config,
            sagemaker: &self.sagemaker,
            work: &self.work,
            kind: KIND,
            project,
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event: SqsEvent = serde_json::from_value(event).context("read the batch of the queue")?;
    let mut batch = fold(&aws.config, KIND, &event)?;
    if batch.not_ours > 0 {
        log_plan::<Action>(NAME, "-", &Plan::StandDown(Reason::NotOurs));
    }
    let mut room = Room::default();
    for (project, hints) in std::mem::take(&mut batch.projects) {
        if let Err(error) = Box::pin(look(aws, &project, &hints, now, &mut room)).await {
            batch.failed(&project, hints, &error);
        }
    }
    Ok(batch.answer())
}

/// Observes and decides: in the bucket first, and with SageMaker only what the bucket cannot decide.
async fn plan(
    aws: &Aws,
    project: &str,
    hints: &Hints,
    now: Timestamp,
    room: &mut Room,
) -> anyhow::Result<Plan<Action>> {
    let mut observed = observe::bucket(aws, project, hints, now).await?;
    if !hints.more_than_arrivals
        && let Some(plan) = decide_on_arrivals(&observed)
    {
        return Ok(plan);
    }
    if observed.project.is_some() {
        if !room.take() {
            return Ok(Plan::AskAgain {
                reason: Reason::BatchFull,
                at: now,
            });
        }
        observe::runs(aws, project, &mut observed).await?;
    }
    Ok(decide(&observed))
}

/// Plan and act, for one project.
async fn look(aws: &Aws, project: &str, hints: &Hints, now: Timestamp, room: &mut Room) -> anyhow::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let plan = plan(aws, project, hints, now, room).await;
        let plan = plan.with_context(|| format!("observe the training of {project}"))?;
        log_plan(NAME, project, &plan);
        match &plan {
            Plan::Act(actions) => {
                act::perform(aws, project, actions, now).await?;
                if !actions.iter().any(|action| matches!(action, Action::RecordStart(_))) {
                    return Ok(());
                }
            }
            Plan::AskAgain { reason, at } => return aws.queue.ask_again(project, *reason, *at, now).await,
            Plan::StandDown(Reason::UnknownProject) => {
                for object in &hints.objects {
                    reject_stranger(&aws.work, project, object).await?;
                }
                return Ok(());
            }
            Plan::StandDown(_) => return Ok(()),
        }
    }
    Ok(())
}
