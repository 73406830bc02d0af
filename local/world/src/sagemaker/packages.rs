//! Model packages: the versions of a group, each approved or not.
//!
//! Only versioned packages exist here. A version is complete as soon as it is registered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    answers::{by_time, maybe, said, time, user, within, without_nulls},
    check,
    containers::environment,
    events::image_digest,
    groups::Group,
    pattern::of_arn,
    shapes_registry,
};
use crate::{ApiError, Caller, Millis, World};

#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) arn: String,
    /// The group's name.
    pub(super) group: String,
    pub(super) version: u64,
    /// As CreateModelPackage was asked.
    pub(super) request: Value,
    pub(super) inference: Value,
    pub(super) approval: String,
    pub(super) approval_description: Option<String>,
    /// CustomerMetadataProperties.
    pub(super) metadata: BTreeMap<String, String>,
    /// ModelLifeCycle; null until it is set.
    pub(super) life_cycle: Value,
    pub(super) registration: Option<String>,
    pub(super) source_uri: Option<String>,
    pub(super) created: Millis,
    pub(super) modified: Millis,
    created_by: String,
    pub(super) modified_by: String,
}

impl World {
    pub(super) fn create_model_package(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::CREATE_PACKAGE)?;
        let group = self.package_group(said(input, "ModelPackageGroupName"))?;
        let (name, key) = (group.name.clone(), group.name.to_ascii_lowercase());
        let token = said(input, "ClientToken");
        if !token.is_empty()
            && let Some(answer) = self.recall_answer("CreateModelPackage", token, input)?
        {
            return Ok(answer);
        }
        if input["Tags"].as_array().is_some_and(|tags| !tags.is_empty()) {
            return Err(ApiError::validation(
                "Tags belong to the model package group, not to a version of it",
            ));
        }
        let now = self.now;
        let version = self.sagemaker.groups.get_mut(&key).map_or(1, Group::next);
        let arn = self.arn("sagemaker", &format!("model-package/{key}/{version}"));
        let package = Package {
            arn: arn.clone(),
            group: name,
            version,
            request: input.clone(),
            inference: with_digests(&input["InferenceSpecification"]),
            approval: maybe(input, "ModelApprovalStatus").unwrap_or_else(|| "PendingManualApproval".into()),
            approval_description: None,
            metadata: environment(&input["CustomerMetadataProperties"]),
            life_cycle: input["ModelLifeCycle"].clone(),
            registration: maybe(input, "ModelPackageRegistrationType"),
            source_uri: maybe(input, "SourceUri"),
            created: now,
            modified: now,
            created_by: caller.arn.clone(),
            modified_by: caller.arn.clone(),
        };
        self.sagemaker.packages.insert(arn.clone(), package);
        let answer = json!({"ModelPackageArn": arn});
        if !token.is_empty() {
            self.remember_answer("CreateModelPackage", token, input.clone(), &answer);
        }
        self.package_changed(&arn, &caller.arn, None);
        Ok(answer)
    }

    pub(super) fn describe_model_package(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::DESCRIBE_PACKAGE)?;
        Ok(self.model_package(said(input, "ModelPackageName"))?.describe())
    }

    pub(super) fn delete_model_package(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::DELETE_PACKAGE)?;
        let arn = self.model_package(said(input, "ModelPackageName"))?.arn.clone();
        self.sagemaker.packages.remove(&arn);
        Ok(json!({}))
    }

    /// In the order of registration, the oldest first, unless asked otherwise.
    pub(super) fn list_model_packages(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::LIST_PACKAGES)?;
        let group = match input["ModelPackageGroupName"].as_str() {
            Some(name) => Some(self.package_group(name)?.name.clone()),
            None => None,
        };
        // Without a group the service lists unversioned packages, of which there are none, unless asked otherwise.
        let versioned = group.is_some() || matches!(said(input, "ModelPackageType"), "Versioned" | "Both");
        let (contains, approval) = (said(input, "NameContains"), input["ModelApprovalStatus"].as_str());
        let packages = self.sagemaker.packages.values().filter(|package| {
            versioned
                && group.as_ref().is_none_or(|group| package.group == *group)
                && approval.is_none_or(|approval| package.approval == approval)
                && package.group.contains(contains)
                && within(input, "CreationTimeAfter", "CreationTimeBefore", package.created)
        });
        let by_name = said(input, "SortBy") == "Name";
        let shown_at = self.now - self.chance.list_lag();
        let packages = packages.filter(|package| package.created <= shown_at);
        let items = packages.map(|package| {
            let name = format!("{}/{:020}", package.group, package.version);
            let key = if by_name { name } else { by_time(package.created, &name) };
            (key, package.summary())
        });
        self.page(input, "ModelPackageSummaryList", "Ascending", items.collect())
    }

    /// A version by its ARN, or by `<group>/<version>`; the case of the group's name does not matter.
    pub(super) fn model_package(&self, name_or_arn: &str) -> Result<&Package, ApiError> {
        let name = of_arn(name_or_arn, "model-package")
            .unwrap_or(name_or_arn)
            .to_ascii_lowercase();
        let arn = self.arn("sagemaker", &format!("model-package/{name}"));
        let missing = || ApiError::validation(format!("ModelPackage {arn} does not exist."));
        self.sagemaker.packages.get(&arn).ok_or_else(missing)
    }

    /// The versions of a group, which is named in lower case.
    pub(super) fn packages_of(&self, group: &str) -> impl Iterator<Item = &Package> {
        let first = self.arn("sagemaker", &format!("model-package/{group}/"));
        let rest = self.sagemaker.packages.range(first.clone()..);
        rest.take_while(move |(arn, _)| arn.starts_with(&first))
            .map(|(_, package)| package)
    }
}

impl Group {
    fn next(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }
}

impl Package {
    pub(super) fn describe(&self) -> Value {
        let asked = &self.request;
        let metadata = (!self.metadata.is_empty()).then(|| json!(self.metadata));
        without_nulls(json!({
            "ModelPackageName": format!("{}/{}", self.group, self.version),
            "ModelPackageGroupName": self.group,
            "ModelPackageVersion": self.version,
            "ModelPackageRegistrationType": self.registration,
            "ModelPackageArn": self.arn,
            "ModelPackageDescription": asked["ModelPackageDescription"],
            "CreationTime": time(self.created),
            "InferenceSpecification": self.inference,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": asked["CertifyForMarketplace"].as_bool().unwrap_or(false),
            "ModelApprovalStatus": self.approval,
            "CreatedBy": user(&self.created_by),
            "MetadataProperties": asked["MetadataProperties"],
            "ModelMetrics": asked["ModelMetrics"],
            "LastModifiedTime": time(self.modified),
            "LastModifiedBy": user(&self.modified_by),
            "ApprovalDescription": self.approval_description,
            "Domain": asked["Domain"],
            "Task": asked["Task"],
            "SamplePayloadUrl": asked["SamplePayloadUrl"],
            "CustomerMetadataProperties": metadata,
            "DriftCheckBaselines": asked["DriftCheckBaselines"],
            "SkipModelValidation": asked["SkipModelValidation"],
            "SourceUri": self.source_uri,
            "ModelLifeCycle": self.life_cycle,
        }))
    }

    fn summary(&self) -> Value {
        without_nulls(json!({
            "ModelPackageGroupName": self.group,
            "ModelPackageVersion": self.version,
            "ModelPackageArn": self.arn,
            "ModelPackageDescription": self.request["ModelPackageDescription"],
            "CreationTime": time(self.created),
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": self.approval,
            "ModelLifeCycle": self.life_cycle,
            "ModelPackageRegistrationType": self.registration,
        }))
    }
}

/// The service looks up the digest of each image.
pub(super) fn with_digests(inference: &Value) -> Value {
    let mut inference = inference.clone();
    for container in inference["Containers"].as_array_mut().into_iter().flatten() {
        if container.get("ImageDigest").is_none() {
            container["ImageDigest"] = json!(image_digest(said(container, "Image")));
        }
    }
    inference
}
