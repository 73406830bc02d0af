//! The function that starts runs of one kind, and the queue of its hints, where it asks itself again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

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
    /// By project: when the newest hint that this sandbox sent wakes it. Nothing depends on it, and a cold sandbox knows
    /// none: it spares a burst thousands of hints that would all look at the same moment.
    asked: Arc<Mutex<HashMap<String, Timestamp>>>,
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
            asked: Arc::default(),
        })
    }

    /// One delayed hint. A due time further away than the queue can wait is reached in several turns. One that is on its way
    /// and comes no later will do: whoever it wakes looks, and asks again if it is still too early.
    pub async fn ask_again(&self, project: &str, reason: Reason, due: Timestamp, now: Timestamp) -> anyhow::Result<()> {
        let wait_s = wait_s(due, now);
        let wake = now
            .checked_add(SignedDuration::from_secs(wait_s))
            .context("wait for a hint")?;
        if self.is_asked(project, now, wake) {
            return Ok(());
        }
        let delay_s = i32::try_from(wait_s).context("wait for a hint")?;
        let hint = Fact::HintDue {
            project: project.to_owned(),
            to: addressee(self.kind),
            why: format!("{} until {due}", reason.name()),
        };
        let body = self.event(project, &hint, wake)?.to_string();
        self.sqs.send_hint(&self.url, &body, delay_s).await?;
        self.with_asked(|asked| asked.insert(project.to_owned(), wake));
        Ok(())
    }

    fn is_asked(&self, project: &str, now: Timestamp, wake: Timestamp) -> bool {
        self.with_asked(|asked| asked.get(project).is_some_and(|&asked| now < asked && asked <= wake))
    }

    fn with_asked<R>(&self, look: impl FnOnce(&mut HashMap<String, Timestamp>) -> R) -> R {
        // The map is whole between any two statements, whatever panicked.
        look(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
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
