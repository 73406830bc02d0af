//! The functions in process: each one's own `handle`, with its template's environment and its role's clients.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use windsock_effects::Config;

use crate::platform::REGION;

/// One sandbox of one function: what its process would keep from one invocation to the next.
#[derive(Debug)]
pub enum Function {
    StartTraining(start_training::Aws),
    StartInference(start_inference::Aws),
    PromoteModel(promote_model::Aws),
    PublishDrift(publish_drift::Aws),
    RespondToDrift(respond_to_drift::Aws),
    Sweep(sweep::Aws),
    Retire(retire::Aws),
    Notify(notify::Aws),
}

impl Function {
    /// `instance` names the sandbox, as the log stream does on AWS.
    pub fn new(
        program: &str,
        environment: &BTreeMap<String, String>,
        aws: &SdkConfig,
        instance: &str,
    ) -> anyhow::Result<Self> {
        let config = Config::from_variables(|name| match name {
            "AWS_REGION" => Some(REGION.to_owned()),
            other => environment.get(other).cloned(),
        })?;
        Ok(match program {
            "start-training" => Self::StartTraining(start_training::Aws::with(config, aws)?),
            "start-inference" => Self::StartInference(start_inference::Aws::with(config, aws)?),
            "promote-model" => Self::PromoteModel(promote_model::Aws::with(config, aws)),
            "publish-drift" => Self::PublishDrift(publish_drift::Aws::with(config, aws)),
            "respond-to-drift" => Self::RespondToDrift(respond_to_drift::Aws::with(config, aws)),
            "sweep" => Self::Sweep(sweep::Aws::with(config, aws)),
            "retire" => Self::Retire(retire::Aws::with(config, aws)),
            "notify" => Self::Notify(notify::Aws::with(config, aws, instance)),
            other => anyhow::bail!("the template names a function `{other}` that this stage does not know"),
        })
    }

    /// Boxed, so that the types of the SDK's futures do not nest without end.
    pub async fn handle(&self, event: Value, now: Timestamp) -> anyhow::Result<Value> {
        match self {
            Self::StartTraining(aws) => Box::pin(start_training::handle(aws, event, now)).await,
            Self::StartInference(aws) => Box::pin(start_inference::handle(aws, event, now)).await,
            Self::PromoteModel(aws) => Box::pin(promote_model::handle(aws, event, now)).await,
            Self::PublishDrift(aws) => Box::pin(publish_drift::handle(aws, event, now)).await,
            Self::RespondToDrift(aws) => Box::pin(respond_to_drift::handle(aws, event, now)).await,
            Self::Sweep(aws) => Box::pin(sweep::handle(aws, event, now)).await,
            Self::Retire(aws) => Box::pin(retire::handle(aws, event, now)).await,
            Self::Notify(aws) => Box::pin(notify::handle(aws, event, now)).await,
        }
    }
}
