//! IAM's managed policies.

use serde_json::{Value, json};

use super::{Kind, Maker, Properties, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const MANAGED_POLICY: Kind = Kind {
    name: "AWS::IAM::ManagedPolicy",
    known: &["ManagedPolicyName", "Path", "Description", "PolicyDocument"],
    fixed: &["ManagedPolicyName", "Path", "Description"],
    put,
    delete,
};

/// A changed document is a new version; the one before it goes, so that there is always room for the next.
fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let document = properties.document("PolicyDocument")?;
    if document.is_none() {
        properties.required("PolicyDocument")?;
    }
    let Some(held) = before else {
        let name = maker.name(properties.text("ManagedPolicyName")?);
        let input = json!({
            "PolicyName": name,
            "Path": properties.text("Path")?.unwrap_or("/"),
            "Description": properties.text("Description")?,
            "PolicyDocument": document,
        });
        let answer = maker.call("iam", "CreatePolicy", &input)?;
        let arn = told(&answer["Policy"], "Arn")?;
        return Ok(Made::named(&arn)
            .with("PolicyArn", arn)
            .with("PolicyId", told(&answer["Policy"], "PolicyId")?));
    };
    let arn = &held.made.physical_id;
    let input = json!({ "PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": true });
    maker.call("iam", "CreatePolicyVersion", &input)?;
    drop_old_versions(maker, arn)?;
    Ok(held.made.clone())
}

fn drop_old_versions(maker: &mut Maker<'_>, arn: &str) -> Result<(), ApiError> {
    let versions = maker.call("iam", "ListPolicyVersions", &json!({ "PolicyArn": arn }))?;
    let versions = versions["Versions"].as_array().into_iter().flatten();
    let old: Vec<&Value> = versions
        .filter(|version| version["IsDefaultVersion"] == false)
        .collect();
    for version in old {
        let input = json!({ "PolicyArn": arn, "VersionId": version["VersionId"] });
        maker.call("iam", "DeletePolicyVersion", &input)?;
    }
    Ok(())
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let arn = &held.made.physical_id;
    maker
        .call("iam", "DeletePolicy", &json!({ "PolicyArn": arn }))
        .map(|_| ())
}
