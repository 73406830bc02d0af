//! The model registry: versions of a group. Nothing here can approve.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_sagemaker::types::{ModelLifeCycle, ModelPackageSortBy, ModelPackageType, SortOrder};
use jiff::Timestamp;
use windsock_decisions::mutants::{self, Mutant};
use windsock_events::status::{Approval, PackageStatus};

use crate::{
    SageMaker,
    refusals::{is_conflict, is_not_found},
};

/// SageMaker's limit per page.
const PAGE: i32 = 100;
/// Tries of a stamp that meets a concurrent change of the same version.
const CONFLICT_TRIES_MAX: u32 = 4;

/// A version as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: u32,
    pub arn: String,
    pub approval: Approval,
    pub package_status: PackageStatus,
    pub created_at: Timestamp,
}

/// A version as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDetail {
    pub version: u32,
    pub arn: String,
    pub group: String,
    pub approval: Approval,
    pub approval_description: Option<String>,
    pub package_status: PackageStatus,
    pub created_at: Timestamp,
    pub last_modified_at: Timestamp,
    /// s3 URI of model.tar.gz; None for a version without a container.
    pub model_data_url: Option<String>,
    /// Slot of the run that registered it, from CustomerMetadataProperties `windsock-slot`.
    pub slot: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub stage: Option<Stage>,
}

/// ModelLifeCycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub stage: String,
    pub status: String,
    pub description: Option<String>,
}

impl VersionDetail {
    /// The precondition of being champion, and of any inference.
    pub fn is_usable(&self) -> bool {
        let approved = self.approval == Approval::Approved || mutants::is(Mutant::AnyVersionIsUsable);
        approved && self.package_status == PackageStatus::Completed
    }
}

impl SageMaker {
    /// All versions of a group, newest first; none when there is no such group.
    pub async fn list_versions(&self, group: &str) -> anyhow::Result<Vec<Version>> {
        let mut versions = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_model_packages()
                .model_package_group_name(group)
                .max_results(PAGE);
            let request = request
                .model_package_type(ModelPackageType::Versioned)
                .sort_by(ModelPackageSortBy::CreationTime)
                .sort_order(SortOrder::Descending);
            let page = match request.set_next_token(token).send().await {
                Ok(page) => page,
                Err(error) if is_not_found(&error) => return Ok(Vec::new()),
                Err(error) => return Err(error).with_context(|| format!("list versions of group `{group}`")),
            };
            for summary in page.model_package_summary_list() {
                versions.push(listed(summary).with_context(|| format!("list versions of group `{group}`"))?);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(versions);
            }
        }
    }

    /// A version as it is now; None when it is gone.
    pub async fn describe_version(&self, arn: &str) -> anyhow::Result<Option<VersionDetail>> {
        let answer = match self
            .client
            .describe_model_package()
            .model_package_name(arn)
            .send()
            .await
        {
            Ok(answer) => answer,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("describe version `{arn}`")),
        };
        described(arn, &answer)
            .with_context(|| format!("describe version `{arn}`"))
            .map(Some)
    }

    /// Stamps a version's life cycle. Every stamp is an event of SageMaker's, so compare before you stamp.
    pub async fn stamp_lifecycle(&self, arn: &str, stage: &str, status: &str, description: &str) -> anyhow::Result<()> {
        let life_cycle = ModelLifeCycle::builder().stage(stage).stage_status(status);
        let life_cycle = life_cycle.stage_description(description).build();
        let mut tries_left = CONFLICT_TRIES_MAX;
        loop {
            let update = self.client.update_model_package().model_package_arn(arn);
            let Err(error) = update.model_life_cycle(life_cycle.clone()).send().await else {
                return Ok(());
            };
            tries_left -= 1;
            if tries_left == 0 || !is_conflict(&error) {
                return Err(error).with_context(|| format!("stamp version `{arn}` as {stage} {status}"));
            }
        }
    }

    /// Rejects a version as a person does, and says why. No function of ours may.
    pub async fn reject_version(&self, arn: &str, why: &str) -> anyhow::Result<()> {
        let update = self.client.update_model_package().model_package_arn(arn);
        let update = update.model_approval_status(aws_sdk_sagemaker::types::ModelApprovalStatus::Rejected);
        let rejected = update.approval_description(why).send().await;
        rejected.map(drop).with_context(|| format!("reject version `{arn}`"))
    }

    /// Deletes a version; one that is gone is deleted.
    pub async fn delete_version(&self, arn: &str) -> anyhow::Result<()> {
        match self.client.delete_model_package().model_package_name(arn).send().await {
            Err(error) if !is_not_found(&error) => Err(error).with_context(|| format!("delete version `{arn}`")),
            _ => Ok(()),
        }
    }
}

fn listed(summary: &aws_sdk_sagemaker::types::ModelPackageSummary) -> anyhow::Result<Version> {
    let arn = summary.model_package_arn().context("a version has no ARN")?;
    let version = summary
        .model_package_version()
        .with_context(|| format!("`{arn}` has no version"))?;
    let created = summary
        .creation_time()
        .with_context(|| format!("`{arn}` has no CreationTime"))?;
    Ok(Version {
        version: u32::try_from(version).with_context(|| format!("`{arn}` has version {version}"))?,
        arn: arn.to_owned(),
        approval: approval(summary.model_approval_status().map(|status| status.as_str())),
        package_status: package_status(summary.model_package_status().map(|status| status.as_str())),
        created_at: windsock_effects::timestamp(created)?,
    })
}

fn described(
    arn: &str,
    answer: &aws_sdk_sagemaker::operation::describe_model_package::DescribeModelPackageOutput,
) -> anyhow::Result<VersionDetail> {
    let version = answer.model_package_version().context("it has no version")?;
    let created = answer.creation_time().context("it has no CreationTime")?;
    let containers = answer
        .inference_specification()
        .map(|specification| specification.containers());
    let metadata = answer.customer_metadata_properties().into_iter().flatten();
    let metadata: BTreeMap<_, _> = metadata.map(|(key, value)| (key.clone(), value.clone())).collect();
    let stage = answer.model_life_cycle().map(|life_cycle| Stage {
        stage: life_cycle.stage().unwrap_or_default().to_owned(),
        status: life_cycle.stage_status().unwrap_or_default().to_owned(),
        description: life_cycle.stage_description().map(str::to_owned),
    });
    Ok(VersionDetail {
        version: u32::try_from(version).with_context(|| format!("it has version {version}"))?,
        arn: arn.to_owned(),
        group: answer.model_package_group_name().unwrap_or_default().to_owned(),
        approval: approval(answer.model_approval_status().map(|status| status.as_str())),
        approval_description: answer.approval_description().map(str::to_owned),
        package_status: package_status(answer.model_package_status().map(|status| status.as_str())),
        created_at: windsock_effects::timestamp(created)?,
        last_modified_at: windsock_effects::timestamp(answer.last_modified_time().unwrap_or(created))?,
        model_data_url: containers
            .and_then(|containers| containers.first()?.model_data_url())
            .map(str::to_owned),
        slot: metadata.get("windsock-slot").cloned(),
        metadata,
        stage,
    })
}

fn approval(status: Option<&str>) -> Approval {
    Approval::from(status.unwrap_or_default())
}

fn package_status(status: Option<&str>) -> PackageStatus {
    PackageStatus::from(status.unwrap_or_default())
}
