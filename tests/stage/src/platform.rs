//! The platform's template deployed on a world in memory, by a person's clients.

use anyhow::{Context, bail};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::{Capability, StackStatus};
use windsock_deployment::{Deployed, template};

/// An account that AWS keeps for its documentation: nobody's.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-east-1";

/// Deploy the platform from this template, and answer what is there.
pub async fn deploy(operator: &SdkConfig, template: &str) -> anyhow::Result<Deployed> {
    let client = aws_sdk_cloudformation::Client::new(operator);
    let stack = template::PLATFORM_STACK;
    let create = client.create_stack().stack_name(stack).template_body(template);
    let create = create
        .capabilities(Capability::CapabilityNamedIam)
        .capabilities(Capability::CapabilityAutoExpand);
    create.send().await.context("deploy the platform's template")?;
    let described = client.describe_stacks().stack_name(stack).send().await?;
    let described = described.stacks().first().context("the platform's stack is gone")?;
    match described.stack_status() {
        Some(StackStatus::CreateComplete) => Deployed::find_with(operator, stack).await,
        status => bail!(
            "the platform's stack is {status:?}: {:?}",
            described.stack_status_reason()
        ),
    }
}
