//! SageMaker: pipelines and their executions, the model registry, models.
//!
//! Whatever SageMaker does not find is None here, however it says so (see `refusals`).

mod models;
mod pipelines;
mod refusals;
mod registry;

use aws_config::SdkConfig;

pub use models::NewModel;
pub use pipelines::{Execution, ExecutionDetail, Pipeline};
pub use registry::{Stage, Version, VersionDetail};

#[derive(Debug, Clone)]
pub struct SageMaker {
    client: aws_sdk_sagemaker::Client,
}

impl SageMaker {
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sagemaker::Client::new(aws),
        }
    }
}
