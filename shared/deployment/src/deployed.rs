//! What is deployed: the platform's stack and its outputs, and the clients to talk to it.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow, bail};
use aws_sdk_cloudformation::{
    error::{ProvideErrorMetadata, SdkError},
    types::{Parameter, Stack},
};
use windsock_decisions::{layout, pipelines::Platform};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;

/// The clients of one account and region, local or not, and where the platform keeps things.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// What every client of it is made with.
    pub config: aws_config::SdkConfig,
    pub cloudformation: aws_sdk_cloudformation::Client,
    pub sagemaker: SageMaker,
    pub work: Store,
    pub name_prefix: String,
    pub data_bucket: String,
    pub work_bucket: String,
    pub account: String,
    pub region: String,
    pub partition: String,
    /// What the platform's and its projects' roles have in common.
    pub role_path: String,
    /// Empty: none.
    pub permissions_boundary_arn: String,
    /// What the platform's buckets are encrypted with; empty: with keys of AWS.
    pub kms_key_arn: String,
    /// Everything the platform's stack says of itself.
    outputs: BTreeMap<String, String>,
}

impl Deployed {
    /// Look at the platform's stack with the credentials of the environment.
    pub async fn find(stack: &str) -> anyhow::Result<Self> {
        Self::find_with(&windsock_effects::aws_config().await, stack).await
    }

    pub async fn find_with(config: &aws_config::SdkConfig, stack: &str) -> anyhow::Result<Self> {
        let cloudformation = aws_sdk_cloudformation::Client::new(config);
        let Some(described) = describe(&cloudformation, stack).await? else {
            bail!("there is no stack {stack} here; deploy the platform first (README: `sam deploy`, or `windsock up`)");
        };
        let id = described.stack_id().ok_or_else(|| anyhow!("stack {stack} has no id"))?;
        let mut parts = id.split(':').skip(1);
        let partition = parts.next().unwrap_or_default().to_owned();
        let (region, account) = (
            parts.nth(1).unwrap_or_default().to_owned(),
            parts.next().unwrap_or_default().to_owned(),
        );
        let pair = |output: &aws_sdk_cloudformation::types::Output| {
            Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
        };
        let outputs: BTreeMap<String, String> = described.outputs().iter().filter_map(pair).collect();
        let output = |name: &str| found(&outputs, stack, name);
        let told = |name: &str| outputs.get(name).cloned();
        let work_bucket = output("WorkBucketName")?;
        Ok(Self {
            config: config.clone(),
            sagemaker: SageMaker::new(config),
            work: Store::new(config, &work_bucket),
            name_prefix: output("NamePrefix")?,
            data_bucket: output("DataBucketName")?,
            // A platform without a word about them has none.
            role_path: told("RolePath").unwrap_or_else(|| "/".to_owned()),
            permissions_boundary_arn: told("PermissionsBoundaryArn").unwrap_or_default(),
            kms_key_arn: told("KmsKeyArn").unwrap_or_default(),
            work_bucket,
            cloudformation,
            account,
            region,
            partition,
            outputs,
        })
    }

    /// An output of the platform's stack.
    pub fn output(&self, name: &str) -> anyhow::Result<String> {
        found(&self.outputs, "of the platform", name)
    }

    /// What the pipeline definitions of a project need to know of the platform.
    pub fn platform(&self, project: &str) -> Platform {
        let role = layout::jobs_role_name(&self.name_prefix, project);
        Platform {
            name_prefix: self.name_prefix.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            partition: self.partition.clone(),
            data_bucket: self.data_bucket.clone(),
            work_bucket: self.work_bucket.clone(),
            jobs_image: format!(
                "{}.dkr.ecr.{}.amazonaws.com/windsock-jobs:{}",
                self.account,
                self.region,
                env!("CARGO_PKG_VERSION")
            ),
            jobs_role_arn: format!(
                "arn:{}:iam::{}:role{}{role}",
                self.partition, self.account, self.role_path
            ),
        }
    }
}

/// What the addresses of a region's services end with.
pub(crate) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

fn found(outputs: &BTreeMap<String, String>, stack: &str, name: &str) -> anyhow::Result<String> {
    let value = outputs.get(name).cloned();
    value.ok_or_else(|| anyhow!("stack {stack} has no output {name}; is it Windsock's platform?"))
}

/// The stack, or None if there is none of that name.
pub async fn describe(client: &aws_sdk_cloudformation::Client, stack: &str) -> anyhow::Result<Option<Stack>> {
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => Ok(answer.stacks().first().cloned()),
        Err(error) if format!("{:?}", error.as_service_error()).contains("does not exist") => Ok(None),
        Err(error) => Err(refusal(error)).with_context(|| format!("describe stack {stack}")),
    }
}

pub fn parameter(key: &str, value: impl Into<String>) -> Parameter {
    Parameter::builder().parameter_key(key).parameter_value(value).build()
}

/// CloudFormation's way to say that a stack already is as wanted.
pub fn is_unchanged(error: Option<&impl std::fmt::Debug>) -> bool {
    format!("{error:?}").contains("No updates are to be performed")
}

/// What AWS said when it refused a call, in its own words and without the SDK's wrapping.
pub fn refusal<E>(error: SdkError<E>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let said = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message)
        .map(str::to_owned);
    said.map_or_else(|| error.into(), anyhow::Error::msg)
}
