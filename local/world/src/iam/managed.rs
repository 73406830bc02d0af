//! AWS's own managed policies: the few whose contents are known here.

use std::sync::{Arc, OnceLock};

use serde_json::json;
use windsock_policy::{Document, Kind};

use super::State;
use crate::{ApiError, World};

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

impl State {
    pub(super) fn managed_document(&self, arn: &str) -> Option<Arc<Document>> {
        if let Some(own) = self.managed.document(arn) {
            return Some(own.clone());
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
}
