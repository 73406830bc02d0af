//! What every SDK client shares: credentials from the environment, standard retries, an endpoint where one is set.

use anyhow::Context;
use aws_config::{BehaviorVersion, SdkConfig, environment::EnvironmentVariableCredentialsProvider, retry::RetryConfig};
use jiff::{Timestamp, Unit};

/// Tries of one call, the first included; the invocation itself is retried by its sender.
const CALL_TRIES_MAX: u32 = 4;

/// Lambda puts credentials and region into the environment. The local AWS also puts AWS_ENDPOINT_URL there, which the
/// loader reads by itself; nothing else distinguishes it from AWS.
pub async fn aws_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .retry_config(RetryConfig::standard().with_max_attempts(CALL_TRIES_MAX))
        .load()
        .await
}

/// A time from an SDK answer, to the millisecond: JSON carries seconds as a binary fraction, which is a little off.
pub fn timestamp(time: &aws_smithy_types::DateTime) -> anyhow::Result<Timestamp> {
    let nanos = i32::try_from(time.subsec_nanos()).context("read the nanoseconds of a time")?;
    let told = Timestamp::new(time.secs(), nanos).and_then(|time| time.round(Unit::Millisecond));
    told.with_context(|| format!("read the time {} s", time.secs()))
}
