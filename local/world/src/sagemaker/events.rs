//! What SageMaker tells EventBridge, and the journal: an execution, a step or a model package changed.
//!
//! "SageMaker may send multiple events for each state change": as many copies as the settings say, alike in all but
//! their ids.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    answers::without_nulls,
    executions::{Execution, Status},
    packages::Package,
};
use crate::{Record, World, input::rfc3339};

const EXECUTION: &str = "SageMaker Model Building Pipeline Execution Status Change";
const STEP: &str = "SageMaker Model Building Pipeline Execution Step Status Change";
const PACKAGE: &str = "SageMaker Model Package State Change";

impl World {
    fn announce(&mut self, detail_type: &str, resources: &[String], detail: &Value) {
        for _ in 0..self.settings.sagemaker_event_copies {
            self.emit_event("aws.sagemaker", detail_type, resources.to_vec(), detail.clone());
        }
    }

    /// Set the status of an execution and tell of it.
    pub(super) fn execution_becomes(&mut self, arn: &str, status: Status, failure: Option<String>) {
        let now = self.now;
        let Some(execution) = self.sagemaker.executions.get_mut(arn) else {
            return;
        };
        let previous = execution.status;
        execution.status = status;
        execution.history.push((now, status));
        execution.failure = failure;
        execution.modified = now;
        if status.is_over() {
            execution.ended = Some(now);
        }
        self.execution_changed(arn, Some(previous));
    }

    pub(super) fn execution_changed(&mut self, arn: &str, previous: Option<Status>) {
        let Some(execution) = self.sagemaker.executions.get(arn) else {
            return;
        };
        let record = Record::Execution {
            arn: arn.to_owned(),
            pipeline: execution.pipeline.clone(),
            display_name: execution.display_name.clone().unwrap_or_default(),
            status: execution.status.name().into(),
            failure: execution.failure.clone(),
            parameters: json!(execution.given),
        };
        let detail = without_nulls(json!({
            "pipelineExecutionDisplayName": execution.display_name,
            "currentPipelineExecutionStatus": execution.status.name(),
            "previousPipelineExecutionStatus": previous.map(Status::name),
            "executionStartTime": rfc3339(execution.created),
            "executionEndTime": execution.ended.map(rfc3339),
            "pipelineExecutionDescription": execution.description,
            "pipelineArn": execution.pipeline_arn,
            "pipelineExecutionArn": execution.arn,
        }));
        let resources = [execution.pipeline_arn.clone(), execution.arn.clone()];
        self.journal(record);
        self.announce(EXECUTION, &resources, &detail);
    }

    /// Set the status of a step and tell of it.
    pub(super) fn step_becomes(&mut self, arn: &str, name: &str, status: Status, failure: Option<String>) {
        let now = self.now;
        let Some(execution) = self.sagemaker.executions.get_mut(arn) else {
            return;
        };
        let Some(step) = execution.step_mut(name) else { return };
        let previous = step.status;
        step.status = status;
        step.failure = failure;
        step.ended = status.is_over().then_some(now);
        self.step_changed(arn, name, previous);
    }

    fn step_changed(&mut self, arn: &str, name: &str, previous: Status) {
        let Some((record, detail, resources)) = self
            .sagemaker
            .executions
            .get(arn)
            .and_then(|execution| step_news(execution, name, previous))
        else {
            return;
        };
        self.journal(record);
        self.announce(STEP, &resources, &detail);
    }

    /// `updated`: the fields that a call named; none when the package is new.
    pub(super) fn package_changed(&mut self, arn: &str, caller: &str, updated: Option<Vec<&'static str>>) {
        let Some(package) = self.sagemaker.packages.get(arn) else {
            return;
        };
        let record = Record::ModelPackage {
            arn: arn.to_owned(),
            group: package.group.clone(),
            version: package.version,
            approval: package.approval.clone(),
            status: "Completed".into(),
            caller: caller.to_owned(),
        };
        let detail = package_detail(package, updated);
        self.journal(record);
        self.announce(PACKAGE, &[arn.to_owned()], &detail);
    }
}

fn step_news(execution: &Execution, name: &str, previous: Status) -> Option<(Record, Value, [String; 2])> {
    let step = execution.step(name)?;
    let kind = execution.definition.step(name)?.kind.name();
    let record = Record::Step {
        execution: execution.arn.clone(),
        step: name.to_owned(),
        step_type: kind.into(),
        status: step.status.name().into(),
        job: step.job.clone(),
        failure: step.failure.clone(),
    };
    let detail = without_nulls(json!({
        "metadata": small_first_letters(&step.metadata),
        "stepStartTime": rfc3339(step.started),
        "stepEndTime": step.ended.map(rfc3339),
        "stepName": name,
        "stepType": kind,
        "previousStepStatus": previous.name(),
        "currentStepStatus": step.status.name(),
        "pipelineArn": execution.pipeline_arn,
        "pipelineExecutionArn": execution.arn,
        "failureReason": step.failure,
    }));
    Some((record, detail, [execution.pipeline_arn.clone(), execution.arn.clone()]))
}

/// Events spell the members of a step's metadata with a small first letter, the API with a capital one.
fn small_first_letters(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let renamed: Map<_, _> = members
        .iter()
        .map(|(name, value)| {
            let mut letters = name.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            (first.into_iter().chain(letters).collect(), small_first_letters(value))
        })
        .collect();
    Value::Object(renamed)
}

fn package_detail(package: &Package, updated: Option<Vec<&'static str>>) -> Value {
    let asked = &package.request;
    let metadata = (!package.metadata.is_empty()).then(|| json!(package.metadata));
    without_nulls(json!({
        "ModelPackageGroupName": package.group,
        "ModelPackageVersion": package.version,
        "ModelPackageArn": package.arn,
        "CreationTime": rfc3339(package.created),
        "InferenceSpecification": inference(&package.inference),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": false,
        "ModelApprovalStatus": package.approval,
        "MetadataProperties": asked["MetadataProperties"],
        "ModelMetrics": asked["ModelMetrics"],
        "ModelLifeCycle": package.life_cycle,
        "UpdatedModelPackageFields": updated,
        "LastModifiedTime": rfc3339(package.modified),
        "ApprovalDescription": package.approval_description,
        "DriftCheckBaselines": asked["DriftCheckBaselines"],
        "CustomerMetadataProperties": metadata,
    }))
}

/// Events name the containers and the formats, not the machines.
fn inference(whole: &Value) -> Value {
    if whole.is_null() {
        return Value::Null;
    }
    let containers = whole["Containers"].as_array().into_iter().flatten().map(|container| {
        without_nulls(json!({
            "Image": container["Image"],
            "ImageDigest": container["ImageDigest"],
            "ModelDataUrl": container["ModelDataUrl"],
        }))
    });
    without_nulls(json!({
        "Containers": containers.collect::<Vec<_>>(),
        "SupportedContentTypes": whole["SupportedContentTypes"],
        "SupportedResponseMIMETypes": whole["SupportedResponseMIMETypes"],
    }))
}

/// A digest for an image, which no registry is asked about: the same name always gives the same.
pub(super) fn image_digest(image: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(image)))
}
