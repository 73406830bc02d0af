//! SNS: one letter to one topic.
//!
//! The client does not retry: when an answer is lost, a second try would be a second e-mail. The claim marker around
//! the call decides about trying again.

use std::time::Duration;

use anyhow::Context;
use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_sns::{
    config::{AsyncSleep, SharedAsyncSleep},
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
    types::MessageAttributeValue,
};
use windsock_decisions::mutants::{self, Mutant};

/// The attribute by which subscriptions choose: managers, approvers, engineers.
pub const AUDIENCE: &str = "audience";

#[derive(Debug, Clone)]
pub struct Sns {
    client: aws_sdk_sns::Client,
    sleep: Option<SharedAsyncSleep>,
}

impl Sns {
    pub fn new(aws: &SdkConfig) -> Self {
        let mut config = aws_sdk_sns::config::Builder::from(aws);
        if !mutants::is(Mutant::PublishIsRetried) {
            config = config.retry_config(RetryConfig::disabled());
        }
        Self {
            client: aws_sdk_sns::Client::from_conf(config.build()),
            sleep: aws.sleep_impl(),
        }
    }

    /// Lets time pass as the client itself does between tries.
    pub async fn pause(&self, pause: Duration) -> anyhow::Result<()> {
        let sleep = self.sleep.as_ref().context("the clients are made without a sleep")?;
        sleep.sleep(pause).await;
        Ok(())
    }

    /// Answers the message's id.
    pub async fn publish(&self, topic_arn: &str, subject: &str, body: &str, audience: &str) -> anyhow::Result<String> {
        let attribute = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(audience);
        let attribute = attribute
            .build()
            .with_context(|| format!("address a letter to audience `{audience}`"))?;
        let publish = self
            .client
            .publish()
            .topic_arn(topic_arn)
            .subject(subject)
            .message(body);
        let answer = publish.message_attributes(AUDIENCE, attribute).send().await;
        let answer = answer.with_context(|| format!("publish a letter to `{topic_arn}`"))?;
        Ok(answer.message_id().unwrap_or_default().to_owned())
    }
}

/// Whether SNS answered that it did not take the letter. Anything else, a lost answer above all, leaves it open
/// whether the letter went out.
pub fn is_refusal(error: &anyhow::Error) -> bool {
    is_throttled(error) || is_final(error)
}

/// SNS did not take the letter now, and would later.
pub fn is_throttled(error: &anyhow::Error) -> bool {
    let code = error
        .downcast_ref::<SdkError<PublishError>>()
        .and_then(ProvideErrorMetadata::code);
    matches!(
        code,
        Some("Throttled" | "ThrottledException" | "Throttling" | "ThrottlingException")
    )
}

/// SNS will not take this letter, now or later.
fn is_final(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<SdkError<PublishError>>() {
        Some(SdkError::ServiceError(answer)) => answer.raw().status().is_client_error(),
        Some(SdkError::ConstructionFailure(_)) => true,
        _ => false,
    }
}
