//! start-inference: is there a champion still approved, and input that no champion has scored?
//!
//! Wakes on the project's schedule, arrivals under `inference/`, promotions, ended inference runs and the sweep. It
//! freezes a list, creates the champion's model and starts the inference pipeline.

mod act;
mod observe;
mod wake;

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use tracing::info;
use windsock_decisions::{
    Plan, Reason,
    start_inference::{Action, decide},
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_runs::{Chain, reject_stranger};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::{Event, facts::PipelineKind};

pub use wake::{Wake, wake};

pub(crate) const NAME: &str = "start-inference";
/// Looks at the project: recording a lost start makes a second one necessary.
const ROUNDS_MAX: u32 = 3;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub data: Store,
    pub work: Store,
    pub sagemaker: SageMaker,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> anyhow::Result<Self> {
        Ok(Self::with(config, &aws_config().await))
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        Self {
            data: Store::new(aws, &config.data_bucket),
            work: Store::new(aws, &config.work_bucket),
            sagemaker: SageMaker::new(aws),
            bus: EventBridge::new(aws),
            config,
        }
    }

    pub(crate) fn chain<'a>(&'a self, project: &'a str) -> Chain<'a> {
        Chain {
            config: &self.config,
            sagemaker: &self.sagemaker,
            work: &self.work,
            kind: PipelineKind::Inference,
            project,
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event = Event::from_value(&event).context("read the event")?;
    let Some(wake) = wake(&aws.config, &event) else {
        let plan = Plan::<Action>::StandDown(Reason::NotOurs);
        log_plan(NAME, "-", &plan);
        return Ok(plans(&[("-".to_owned(), plan)]));
    };
    let plan = Box::pin(look(aws, &wake, now)).await?;
    if let (Plan::StandDown(Reason::UnknownProject), Some(object)) = (&plan, &wake.object) {
        reject_stranger(&aws.work, &wake.project, object).await?;
    }
    if let Plan::AskAgain { .. } = plan {
        info!(
            event = "waits",
            function = NAME,
            project = wake.project,
            "{NAME}: the end of a run, the schedule, the next arrival or the sweep asks for {} again",
            wake.project
        );
    }
    Ok(plans(&[(wake.project, plan)]))
}

/// Observe, decide, act.
async fn look(aws: &Aws, wake: &Wake, now: Timestamp) -> anyhow::Result<Plan<Action>> {
    let project = &wake.project;
    let mut rounds_left = ROUNDS_MAX;
    loop {
        let observed = observe::observe(aws, wake, now).await;
        let observed = observed.with_context(|| format!("observe the inference of {project}"))?;
        let plan = decide(&observed);
        log_plan(NAME, project, &plan);
        rounds_left -= 1;
        let Plan::Act(actions) = &plan else { return Ok(plan) };
        if let Some(reason) = act::perform(aws, project, actions, now).await? {
            let plan = Plan::StandDown(reason);
            log_plan(NAME, project, &plan);
            return Ok(plan);
        }
        let repaired = actions.iter().any(|action| matches!(action, Action::RecordStart(_)));
        if !repaired || rounds_left == 0 {
            return Ok(plan);
        }
    }
}
