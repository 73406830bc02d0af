//! SageMaker: pipelines and their executions, the model registry, models.
//!
//! Whatever SageMaker does not find is None here, however it says so (see `refusals`).

mod models;
mod pipelines;
mod refusals;
mod registry;

use aws_config::{SdkConfig, retry::RetryConfig};

pub use models::NewModel;
pub use pipelines::{Execution, ExecutionDetail, Pipeline};
pub use registry::{Stage, Version, VersionDetail};

/// Tries of one call, the first included. SageMaker has a few calls a second for everybody in an account, so in a burst a
/// call may have to wait for its turn longer than other services' calls: about half a minute in the worst case.
const TRIES_MAX: u32 = 8;

#[derive(Debug, Clone)]
pub struct SageMaker {
    client: aws_sdk_sagemaker::Client,
}

impl SageMaker {
    pub fn new(aws: &SdkConfig) -> Self {
        let retries = aws.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        // Who has switched retries off wants none.
        let tries = if retries.max_attempts() > 1 { TRIES_MAX } else { 1 };
        let config = aws_sdk_sagemaker::config::Builder::from(aws).retry_config(retries.with_max_attempts(tries));
        Self {
            client: aws_sdk_sagemaker::Client::from_conf(config.build()),
        }
    }

    /// With the retries of the configuration and no more: to see what they come to.
    pub fn impatient(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sagemaker::Client::new(aws),
        }
    }
}
