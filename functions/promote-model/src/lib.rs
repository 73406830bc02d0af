//! promote-model: who should be champion?
//!
//! Wakes on SageMaker Model Package State Change and on the sweep's hint. It compares and swaps the champion record,
//! says what changed, and stamps the version's ModelLifeCycle. It cannot approve.

mod act;
mod observe;

use act::Done;
use anyhow::{Context, bail};
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{
    Plan, Reason, layout,
    mutants::{self, Mutant},
    promote_model,
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::{Event, Fact};

/// Whoever loses the swap of the champion record looks again, so many times in one invocation.
const LOOKS_MAX: u32 = 3;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub sagemaker: SageMaker,
    pub store: Store,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        let store = Store::new(aws, &config.work_bucket);
        Self {
            config,
            sagemaker: SageMaker::new(aws),
            store,
            bus: EventBridge::new(aws),
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event = Event::from_value(&event).context("read the event")?;
    let Some(project) = project_of(&aws.config, &event) else {
        let plan = Plan::<promote_model::Action>::StandDown(Reason::NotOurs);
        log_plan("promote-model", "-", &plan);
        return Ok(plans(&[("-".to_owned(), plan)]));
    };
    if let Event::ModelPackage(package) = &event {
        let record = observe::record(aws, &project).await?;
        if let Some(plan) = promote_model::decide_on_event(package, record.as_ref().map(|(record, _)| record)) {
            log_plan("promote-model", &project, &plan);
            return Ok(plans(&[(project, plan)]));
        }
    }
    let mut told = Vec::new();
    for _ in 0..LOOKS_MAX {
        let mut observed = observe::observe(aws, &project, now)
            .await
            .with_context(|| format!("observe the versions of {project}"))?;
        if mutants::is(Mutant::EventsStatusCounts) {
            observed.believe(&event);
        }
        let plan = promote_model::decide(&observed);
        log_plan("promote-model", &project, &plan);
        let done = act::perform(aws, &project, &plan).await?;
        told.push((project.clone(), plan));
        if done == Done::Settled {
            return Ok(plans(&told));
        }
    }
    bail!("the champion record of {project} changed {LOOKS_MAX} times while this was decided; the retry looks again")
}

fn project_of(config: &Config, event: &Event) -> Option<String> {
    match event {
        Event::ModelPackage(package) => layout::parse_group(&config.name_prefix, &package.group).map(str::to_owned),
        Event::Fact(Fact::HintDue { project, .. }) => Some(project.clone()),
        _ => None,
    }
}
