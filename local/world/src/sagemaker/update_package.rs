//! Changes of a model package: approval above all, but also life cycle and metadata.
//!
//! Every change sends the same event as an approval does, with the approval status as it is: a listener that does
//! not look at `UpdatedModelPackageFields` takes its own stamp for an approval. That is how AWS behaves.

use serde_json::{Value, json};

use super::{
    answers::{maybe, said},
    check,
    containers::environment,
    packages::{Package, with_digests},
    shapes_registry,
};
use crate::{ApiError, Caller, World};

/// CustomerMetadataProperties of one package.
const METADATA_MAX: usize = 50;

impl World {
    pub(super) fn update_model_package(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::UPDATE_PACKAGE)?;
        let arn = self.model_package(said(input, "ModelPackageArn"))?.arn.clone();
        let (scope, token) = (format!("UpdateModelPackage/{arn}"), said(input, "ClientToken"));
        if !token.is_empty()
            && let Some(answer) = self.recall_answer(&scope, token, input)?
        {
            return Ok(answer);
        }
        let now = self.now;
        if let Some(package) = self.sagemaker.packages.get_mut(&arn) {
            package.update(input)?;
            package.modified = now;
            package.modified_by = caller.arn.clone();
        }
        let answer = json!({"ModelPackageArn": arn});
        if !token.is_empty() {
            self.remember_answer(&scope, token, input.clone(), &answer);
        }
        self.package_changed(&arn, &caller.arn, Some(fields(input)));
        Ok(answer)
    }
}

impl Package {
    fn update(&mut self, input: &Value) -> Result<(), ApiError> {
        let mut metadata = self.metadata.clone();
        for name in input["CustomerMetadataPropertiesToRemove"]
            .as_array()
            .into_iter()
            .flatten()
        {
            metadata.remove(name.as_str().unwrap_or_default());
        }
        metadata.extend(environment(&input["CustomerMetadataProperties"]));
        if metadata.len() > METADATA_MAX {
            let message = format!("CustomerMetadataProperties must have at most {METADATA_MAX} entries");
            return Err(ApiError::validation(message));
        }
        self.metadata = metadata;
        if let Some(approval) = maybe(input, "ModelApprovalStatus") {
            self.approval = approval;
        }
        if let Some(description) = maybe(input, "ApprovalDescription") {
            self.approval_description = Some(description);
        }
        if let Some(registration) = maybe(input, "ModelPackageRegistrationType") {
            self.registration = Some(registration);
        }
        if let Some(uri) = maybe(input, "SourceUri") {
            self.source_uri = Some(uri);
        }
        if input["ModelLifeCycle"].is_object() {
            self.life_cycle = input["ModelLifeCycle"].clone();
        }
        if input["InferenceSpecification"].is_object() {
            self.inference = with_digests(&input["InferenceSpecification"]);
        }
        Ok(())
    }
}

/// What the event calls the members that a call named.
fn fields(input: &Value) -> Vec<&'static str> {
    const NAMES: [(&str, &str); 8] = [
        ("ModelLifeCycle", "ModelLifeCycle"),
        ("ModelApprovalStatus", "ModelApprovalStatus"),
        ("ApprovalDescription", "ApprovalDescription"),
        ("SourceUri", "sourceUri"),
        ("CustomerMetadataProperties", "CustomerMetadataProperties"),
        ("CustomerMetadataPropertiesToRemove", "CustomerMetadataProperties"),
        ("InferenceSpecification", "InferenceSpecification"),
        ("ModelPackageRegistrationType", "ModelPackageRegistrationType"),
    ];
    let named = NAMES
        .iter()
        .filter(|(member, _)| input.get(*member).is_some_and(|value| !value.is_null()));
    let mut fields: Vec<_> = named.map(|(_, field)| *field).collect();
    fields.dedup();
    fields
}
