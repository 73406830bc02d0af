//! SageMaker model package groups.

use serde_json::json;

use super::{Kind, Maker, Properties, properties::with, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const GROUP: Kind = Kind {
    name: "AWS::SageMaker::ModelPackageGroup",
    known: &["ModelPackageGroupName", "ModelPackageGroupDescription", "Tags"],
    // No call changes a group: another description is another group, which the name then refuses.
    fixed: &["ModelPackageGroupName", "ModelPackageGroupDescription"],
    put,
    delete,
};

/// Only tags can differ in an update.
fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    if let Some(held) = before {
        let input = json!({ "ResourceArn": held.made.physical_id, "Tags": properties.list("Tags")? });
        maker.call("sagemaker", "AddTags", &input)?;
        return Ok(held.made.clone());
    }
    let name = maker.name(properties.text("ModelPackageGroupName")?);
    let members = properties.input(&["ModelPackageGroupDescription", "Tags"]);
    let input = with(members, [("ModelPackageGroupName", json!(name))]);
    let arn = told(
        &maker.call("sagemaker", "CreateModelPackageGroup", &input)?,
        "ModelPackageGroupArn",
    )?;
    // Ref gives the ARN.
    Ok(Made::named(&arn)
        .with("ModelPackageGroupArn", arn)
        .with("ModelPackageGroupStatus", "Completed"))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let name = held.made.physical_id.rsplit('/').next().unwrap_or_default();
    maker
        .call(
            "sagemaker",
            "DeleteModelPackageGroup",
            &json!({ "ModelPackageGroupName": name }),
        )
        .map(|_| ())
}
