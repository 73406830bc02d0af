//! Managed policies: the few of AWS's own whose contents are known here, and those that stacks make.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::{State, no_such_entity, read};
use crate::{
    ApiError, World,
    input::{Members, seconds},
};

/// AWS's own: path and name, and the actions that they allow on everything.
const OF_AWS: [(&str, &[&str]); 4] = [
    ("AdministratorAccess", &["*"]),
    (
        "service-role/AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    (
        "AmazonS3ReadOnlyAccess",
        &[
            "s3:Get*",
            "s3:List*",
            "s3:Describe*",
            "s3-object-lambda:Get*",
            "s3-object-lambda:List*",
        ],
    ),
    (
        "AWSXRayDaemonWriteAccess",
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
    ),
];

#[derive(Debug, Clone)]
pub(super) struct Managed {
    pub(super) document: Arc<Document>,
    shown: Value,
}

impl State {
    pub(super) fn managed_document(&self, arn: &str) -> Option<Arc<Document>> {
        if let Some(own) = self.managed.get(arn) {
            return Some(own.document.clone());
        }
        let name = arn.strip_prefix("arn:aws:iam::aws:policy/")?;
        let known = OF_AWS.iter().position(|known| known.0 == name)?;
        of_aws().get(known).cloned()
    }
}

/// The operator's policy.
pub(super) fn administrator() -> Arc<Document> {
    of_aws()[0].clone()
}

/// A document that speaks of nothing anybody does.
pub(super) fn nothing() -> Arc<Document> {
    let document = json!({ "Statement": { "Effect": "Deny", "NotAction": "*", "Resource": "*" } });
    let parsed = Document::parse("unknown boundary", Kind::Identity, &document);
    Arc::new(parsed.expect("the policy above is well formed"))
}

/// Read once, for all worlds.
fn of_aws() -> &'static [Arc<Document>] {
    static READ: OnceLock<Vec<Arc<Document>>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = OF_AWS.iter().map(|(name, actions)| {
            let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
            let document = json!({ "Version": "2012-10-17", "Statement": statement });
            let parsed = Document::parse(name, Kind::Identity, &document);
            Arc::new(parsed.expect("the policies above are well formed"))
        });
        read.collect()
    })
}

impl World {
    /// Refuse policies whose contents nobody knows: what they allow could not be decided.
    pub(super) fn check_managed(&self, arn: &str) -> Result<(), ApiError> {
        if self.iam.managed_document(arn).is_some() || self.settings.enforcement == crate::Enforcement::Off {
            return Ok(());
        }
        let known: Vec<&str> = OF_AWS.iter().map(|known| known.0).collect();
        let message = format!(
            "Policy {arn} does not exist or is not attachable. (Of AWS's own policies this world knows {}.)",
            known.join(", ")
        );
        Err(ApiError::new(404, "NoSuchEntity", message))
    }

    pub(super) fn create_policy(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("PolicyName")?;
        let path = members.text("Path")?.unwrap_or("/");
        let arn = self.iam_arn("policy", path, name);
        if self.iam.managed.contains_key(&arn) {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(ApiError::new(409, "EntityAlreadyExists", message));
        }
        let document = members.get("PolicyDocument");
        let document = document.ok_or_else(|| ApiError::validation("PolicyDocument is required"))?;
        let document = read(name, Kind::Identity, document)?;
        let shown = json!({
            "PolicyName": name,
            "PolicyId": format!("ANPA{}", self.new_id("policy")[..17].to_uppercase()),
            "Arn": arn,
            "Path": path,
            "DefaultVersionId": "v1",
            "AttachmentCount": 0,
            "IsAttachable": true,
            "CreateDate": seconds(self.now),
            "UpdateDate": seconds(self.now),
        });
        let managed = Managed {
            document,
            shown: shown.clone(),
        };
        self.iam.managed.insert(arn, managed);
        Ok(json!({ "Policy": shown }))
    }

    pub(super) fn get_policy(&self, members: Members) -> Result<Value, ApiError> {
        let arn = members.required("PolicyArn")?;
        let managed = self.iam.managed.get(arn);
        let managed = managed.ok_or_else(|| no_such_entity("policy", arn))?;
        Ok(json!({ "Policy": managed.shown }))
    }

    pub(super) fn delete_policy(&mut self, members: Members) -> Result<Value, ApiError> {
        let arn = members.required("PolicyArn")?;
        if self
            .iam
            .roles
            .values()
            .any(|role| role.attached.iter().any(|a| a == arn))
        {
            let message = "Cannot delete a policy attached to entities.";
            return Err(ApiError::new(409, "DeleteConflict", message));
        }
        let gone = self.iam.managed.remove(arn);
        gone.map(|_| json!({})).ok_or_else(|| no_such_entity("policy", arn))
    }
}
