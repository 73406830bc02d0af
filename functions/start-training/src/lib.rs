//! start-training: is there data to learn from, and a reason to learn it now?
//!
//! Wakes on the queue of training hints: arrivals, ended runs, confirmed drift, schedules, the sweep, and its own
//! delayed hints. It freezes a manifest, starts the training pipeline and sends itself one hint for "not yet". Hints of
//! one project are folded, so that a burst of ten thousand arrivals is a handful of decisions.

mod act;
mod fold;
mod observe;

use anyhow::Context;
use aws_config::SdkConfig;
use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::{error, info};
use windsock_decisions::{
    Plan, Reason,
    start_training::{Action, decide},
};
use windsock_effects::{Config, aws_config, log_plan};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_runs::{Chain, reject_stranger};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_effects_sqs::Sqs;
use windsock_events::facts::PipelineKind;

pub use fold::{Batch, Hints, fold};

pub(crate) const NAME: &str = "start-training";
/// Projects that one invocation works on; the hints of the others return to the queue, longest waiting first.
const PROJECTS_MAX: usize = 40;
/// Looks at one project: recording a lost start makes a second one necessary.
const ROUNDS_MAX: u32 = 3;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub data: Store,
    pub work: Store,
    pub sagemaker: SageMaker,
    pub sqs: Sqs,
    pub bus: EventBridge,
    pub hints_queue_url: String,
}

impl Aws {
    pub async fn new(config: Config) -> anyhow::Result<Self> {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> anyhow::Result<Self> {
        let hints_queue_url = config.hints_queue_url.clone();
        Ok(Self {
            data: Store::new(aws, &config.data_bucket),
            work: Store::new(aws, &config.work_bucket),
            sagemaker: SageMaker::new(aws),
            sqs: Sqs::new(aws),
            bus: EventBridge::new(aws),
            hints_queue_url: hints_queue_url.context("environment variable WINDSOCK_HINTS_QUEUE_URL is missing")?,
            config,
        })
    }

    pub(crate) fn chain<'a>(&'a self, project: &'a str) -> Chain<'a> {
        Chain {
            config: &self.config,
            sagemaker: &self.sagemaker,
            work: &self.work,
            kind: PipelineKind::Training,
            project,
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event: SqsEvent = serde_json::from_value(event).context("read the batch of the queue")?;
    let Batch {
        projects,
        broken,
        not_ours,
    } = fold(&aws.config, &event)?;
    if not_ours > 0 {
        log_plan::<Action>(NAME, "-", &Plan::StandDown(Reason::NotOurs));
    }
    let mut failed = broken;
    for (place, (project, hints)) in projects.into_iter().enumerate() {
        if place >= PROJECTS_MAX {
            info!(
                event = "put-back",
                function = NAME,
                project,
                "{NAME}: the batch is full, {project} is put back"
            );
            failed.extend(hints.message_ids);
            continue;
        }
        if let Err(error) = Box::pin(look(aws, &project, &hints, now)).await {
            // Its hints alone return to the queue: projects do not hold each other up.
            error!(event = "failure", function = NAME, project, "{error:#}");
            failed.extend(hints.message_ids);
        }
    }
    let failures: Vec<Value> = failed.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    Ok(json!({ "batchItemFailures": failures }))
}

/// Observe, decide, act, for one project.
async fn look(aws: &Aws, project: &str, hints: &Hints, now: Timestamp) -> anyhow::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let observed = observe::observe(aws, project, hints, now).await;
        let observed = observed.with_context(|| format!("observe the training of {project}"))?;
        let plan = decide(&observed);
        log_plan(NAME, project, &plan);
        match &plan {
            Plan::Act(actions) => {
                act::perform(aws, project, actions, now).await?;
                if !actions.iter().any(|action| matches!(action, Action::RecordStart(_))) {
                    return Ok(());
                }
            }
            Plan::AskAgain { reason, at } => return act::ask_again(aws, project, *reason, *at, now).await,
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
