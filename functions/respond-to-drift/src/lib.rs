//! respond-to-drift: is this drift new, past its cool-down, is there something to learn from?
//!
//! Wakes on CloudWatch Alarm State Change and on the sweep's hint. It records the incident and says DriftConfirmed or
//! DriftRefused with its reason; when the alarm is over it closes the incident and says so.

mod act;
mod observe;

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{Plan, Reason, layout, respond_to_drift};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_cloudwatch::CloudWatch;
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_s3::Store;
use windsock_events::{Event, Fact};

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub work: Store,
    pub data: Store,
    pub cloudwatch: CloudWatch,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        let (work, data) = (
            Store::new(aws, &config.work_bucket),
            Store::new(aws, &config.data_bucket),
        );
        Self {
            config,
            work,
            data,
            cloudwatch: CloudWatch::new(aws),
            bus: EventBridge::new(aws),
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event = Event::from_value(&event).context("read the event")?;
    let Some(project) = project_of(&aws.config, &event) else {
        let plan = Plan::<respond_to_drift::Action>::StandDown(Reason::NotOurs);
        log_plan("respond-to-drift", "-", &plan);
        return Ok(plans(&[("-".to_owned(), plan)]));
    };
    let observed = observe::observe(aws, &project, now)
        .await
        .with_context(|| format!("observe the drift of {project}"))?;
    let plan = respond_to_drift::decide(&observed);
    log_plan("respond-to-drift", &project, &plan);
    act::perform(aws, &plan, now).await?;
    Ok(plans(&[(project, plan)]))
}

fn project_of(config: &Config, event: &Event) -> Option<String> {
    match event {
        Event::AlarmState(alarm) => layout::parse_alarm(&config.name_prefix, &alarm.alarm_name).map(str::to_owned),
        Event::Fact(Fact::HintDue { project, .. }) => Some(project.clone()),
        _ => None,
    }
}
