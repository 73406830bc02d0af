//! Runs one invocation in process: the function's own `handle`, with its template's environment and its role.

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use windsock_effects::Config;
use windsock_world::work::Invocation;

pub(crate) async fn handle(invocation: &Invocation, aws: &SdkConfig) -> anyhow::Result<Value> {
    let config = config(invocation, aws)?;
    // What the runtime works out from the deadline on AWS.
    let now = Timestamp::from_millisecond(invocation.started_at).context("read the time of the invocation")?;
    let event = invocation.payload.clone();
    // Boxed, so that the types of the SDK's futures do not nest without end.
    match invocation.program.as_str() {
        "start-training" => {
            let aws = start_training::Aws::with(config, aws)?;
            Box::pin(start_training::handle(&aws, event, now)).await
        }
        "start-inference" => {
            let aws = start_inference::Aws::with(config, aws)?;
            Box::pin(start_inference::handle(&aws, event, now)).await
        }
        "promote-model" => {
            let aws = promote_model::Aws::with(config, aws);
            Box::pin(promote_model::handle(&aws, event, now)).await
        }
        "publish-drift" => {
            let aws = publish_drift::Aws::with(config, aws);
            Box::pin(publish_drift::handle(&aws, event, now)).await
        }
        "respond-to-drift" => {
            let aws = respond_to_drift::Aws::with(config, aws);
            Box::pin(respond_to_drift::handle(&aws, event, now)).await
        }
        "sweep" => {
            let aws = sweep::Aws::with(config, aws);
            Box::pin(sweep::handle(&aws, event, now)).await
        }
        "retire" => {
            let aws = retire::Aws::with(config, aws);
            Box::pin(retire::handle(&aws, event, now)).await
        }
        "notify" => {
            let aws = notify::Aws::with(config, aws, &invocation.id);
            Box::pin(notify::handle(&aws, event, now)).await
        }
        other => anyhow::bail!("the template names a function `{other}` that these stories do not know"),
    }
}

fn config(invocation: &Invocation, aws: &SdkConfig) -> anyhow::Result<Config> {
    let region = aws.region().map(ToString::to_string);
    Config::from_variables(|name| match name {
        "AWS_REGION" => region.clone(),
        other => invocation.environment.get(other).cloned(),
    })
}
