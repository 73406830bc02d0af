//! SageMaker's events: executions, their steps, versions of the registry.
//!
//! It may send several of them for one change, and none for another; they say when to look, not what is.

use serde_json::Value;

use crate::{
    EventError,
    members::Members,
    status::{self, Approval, PackageStatus, RunStatus},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionStatus {
    pub pipeline_arn: String,
    pub execution_arn: String,
    /// `windsock-<slot>` for a run that we started.
    pub display_name: Option<String>,
    pub status: RunStatus,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StepStatus {
    pub pipeline_arn: String,
    pub execution_arn: String,
    pub step_name: String,
    pub step_type: Option<String>,
    pub status: status::StepStatus,
    /// Present when the step failed.
    pub failure_reason: Option<String>,
    pub metadata: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPackage {
    pub group: String,
    pub version: u32,
    pub arn: String,
    /// What it was when the event was written; describe the version to know what it is.
    pub approval_status: Approval,
    pub package_status: PackageStatus,
    /// What changed; empty when SageMaker does not say.
    pub updated_fields: Vec<String>,
}

impl ExecutionStatus {
    pub(crate) fn read(event: &Members<'_>) -> Result<Self, EventError> {
        let detail = event.object("detail")?;
        Ok(Self {
            pipeline_arn: detail.name("pipelineArn")?,
            execution_arn: detail.name("pipelineExecutionArn")?,
            display_name: detail.optional_text("pipelineExecutionDisplayName")?,
            status: detail.name("currentPipelineExecutionStatus")?.as_str().into(),
        })
    }
}

impl StepStatus {
    pub(crate) fn read(event: &Members<'_>) -> Result<Self, EventError> {
        let detail = event.object("detail")?;
        Ok(Self {
            pipeline_arn: detail.name("pipelineArn")?,
            execution_arn: detail.name("pipelineExecutionArn")?,
            step_name: detail.name("stepName")?,
            step_type: detail.optional_text("stepType")?,
            status: detail.name("currentStepStatus")?.as_str().into(),
            failure_reason: detail.optional_text("failureReason")?,
            metadata: detail.any("metadata").clone(),
        })
    }
}

impl ModelPackage {
    /// None for a package without a group, which is no version of anything.
    pub(crate) fn read(event: &Members<'_>) -> Result<Option<Self>, EventError> {
        let detail = event.object("detail")?;
        if !detail.has("ModelPackageGroupName") {
            return Ok(None);
        }
        let version = u32::try_from(detail.count("ModelPackageVersion")?)
            .ok()
            .filter(|version| *version > 0);
        Ok(Some(Self {
            group: detail.name("ModelPackageGroupName")?,
            version: version.ok_or_else(|| detail.error_at("ModelPackageVersion", "a version number from 1"))?,
            arn: detail.name("ModelPackageArn")?,
            approval_status: word(&detail, "ModelApprovalStatus")?.as_str().into(),
            package_status: word(&detail, "ModelPackageStatus")?.as_str().into(),
            updated_fields: detail.texts("UpdatedModelPackageFields")?,
        }))
    }
}

/// A status that may be missing: an empty word is known to nobody, so nothing is allowed by it.
fn word(detail: &Members<'_>, name: &str) -> Result<String, EventError> {
    Ok(detail.optional_text(name)?.unwrap_or_default())
}
