//! What every SDK client shares: credentials from the environment, standard retries, an endpoint where one is set.

use std::time::Duration;

use anyhow::Context;
use aws_config::{
    BehaviorVersion, SdkConfig, environment::EnvironmentVariableCredentialsProvider, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use jiff::{Timestamp, Unit};

/// Tries of one call, the first included; the invocation itself is retried by its sender.
const CALL_TRIES_MAX: u32 = 4;

/// An answer that takes longer is not waited for: the call is tried again, and every call of ours may be.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// How often and how long the functions' clients try.
pub fn patience() -> (RetryConfig, TimeoutConfig) {
    let retries = RetryConfig::standard().with_max_attempts(CALL_TRIES_MAX);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
    (retries, timeouts.build())
}

/// Lambda puts credentials and region into the environment. The local AWS also puts AWS_ENDPOINT_URL there, which the
/// loader reads by itself; nothing else distinguishes it from AWS.
pub async fn aws_config() -> SdkConfig {
    let (retries, timeouts) = patience();
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .retry_config(retries)
        .timeout_config(timeouts)
        .load()
        .await
}

/// A time from an SDK answer, to the millisecond: JSON carries seconds as a binary fraction, which is a little off.
pub fn timestamp(time: &aws_smithy_types::DateTime) -> anyhow::Result<Timestamp> {
    let nanos = i32::try_from(time.subsec_nanos()).context("read the nanoseconds of a time")?;
    let told = Timestamp::new(time.secs(), nanos).and_then(|time| time.round(Unit::Millisecond));
    told.with_context(|| format!("read the time {} s", time.secs()))
}
