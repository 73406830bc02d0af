//! The function that starts runs of one kind, and the queue of its hints, where it asks itself again.

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use windsock_decisions::{Reason, wake::wait_s};
use windsock_effects::Config;
use windsock_effects_sqs::Sqs;
use windsock_events::{
    Fact,
    facts::{Addressee, PipelineKind, SOURCE},
};

pub(crate) fn function(kind: PipelineKind) -> &'static str {
    match kind {
        PipelineKind::Training => "start-training",
        PipelineKind::Inference => "start-inference",
    }
}

pub(crate) fn addressee(kind: PipelineKind) -> Addressee {
    match kind {
        PipelineKind::Training => Addressee::StartTraining,
        PipelineKind::Inference => Addressee::StartInference,
    }
}

/// The queue of hints that wakes the function itself.
#[derive(Debug, Clone)]
pub struct OwnQueue {
    kind: PipelineKind,
    sqs: Sqs,
    url: String,
    account: String,
    region: String,
}

impl OwnQueue {
    pub fn new(config: &Config, aws: &SdkConfig, kind: PipelineKind) -> anyhow::Result<Self> {
        let url = config.hints_queue_url.clone();
        Ok(Self {
            kind,
            sqs: Sqs::new(aws),
            url: url.context("environment variable WINDSOCK_HINTS_QUEUE_URL is missing")?,
            account: config.account.clone(),
            region: config.region.clone(),
        })
    }

    /// One delayed hint. A due time further away than the queue can wait is reached in several turns.
    pub async fn ask_again(&self, project: &str, reason: Reason, due: Timestamp, now: Timestamp) -> anyhow::Result<()> {
        let wait_s = wait_s(due, now);
        let wake = now
            .checked_add(SignedDuration::from_secs(wait_s))
            .context("wait for a hint")?;
        let delay_s = i32::try_from(wait_s).context("wait for a hint")?;
        let hint = Fact::HintDue {
            project: project.to_owned(),
            to: addressee(self.kind),
            why: format!("{} until {due}", reason.name()),
        };
        let body = self.event(project, &hint, wake)?.to_string();
        self.sqs.send_hint(&self.url, &body, delay_s).await
    }

    /// The hint as EventBridge would deliver it, so that the queue holds one kind of message.
    fn event(&self, project: &str, hint: &Fact, wake: Timestamp) -> anyhow::Result<Value> {
        let hint = serde_json::to_value(hint).context("write a hint as JSON")?;
        Ok(json!({
            "version": "0",
            "id": format!("{}-{project}-{}", function(self.kind), wake.as_second()),
            "detail-type": hint["detail-type"],
            "source": SOURCE,
            "account": self.account,
            "time": wake.to_string(),
            "region": self.region,
            "resources": [],
            "detail": hint["detail"],
        }))
    }
}
