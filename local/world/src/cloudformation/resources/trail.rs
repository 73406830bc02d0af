//! CloudTrail trails.

use serde_json::{Value, json};

use super::{Kind, Maker, Properties, properties::with, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const TRAIL: Kind = Kind {
    name: "AWS::CloudTrail::Trail",
    known: &[
        "TrailName",
        "S3BucketName",
        "S3KeyPrefix",
        "IsLogging",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
        "KMSKeyId",
        "EventSelectors",
    ],
    fixed: &["TrailName"],
    put,
    delete,
};

fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("TrailName")?),
    };
    properties.required("IsLogging")?;
    let input = properties.input(&[
        "S3BucketName",
        "S3KeyPrefix",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
    ]);
    let key = properties.get("KMSKeyId").cloned().unwrap_or(json!(""));
    let input = with(input, [("Name", json!(name)), ("KmsKeyId", key)]);
    let operation = if before.is_some() { "UpdateTrail" } else { "CreateTrail" };
    let arn = told(&maker.call("cloudtrail", operation, &input)?, "TrailARN")?;
    if let Some(selectors) = properties.get("EventSelectors") {
        let input = json!({ "TrailName": name, "EventSelectors": selectors });
        maker.call("cloudtrail", "PutEventSelectors", &input)?;
    }
    let is_logging = properties.get("IsLogging") != Some(&Value::Bool(false));
    let logging = if is_logging { "StartLogging" } else { "StopLogging" };
    maker.call("cloudtrail", logging, &json!({ "Name": name }))?;
    Ok(Made::named(&name).with("Arn", arn))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let input = json!({ "Name": held.made.physical_id });
    maker.call("cloudtrail", "DeleteTrail", &input).map(|_| ())
}
