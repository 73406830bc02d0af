//! S3 buckets and their policies.

use serde_json::{Map, Value, json};

use super::{Kind, Maker, Properties};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const BUCKET: Kind = Kind {
    name: "AWS::S3::Bucket",
    known: &[
        "BucketName",
        "VersioningConfiguration",
        "BucketEncryption",
        "PublicAccessBlockConfiguration",
        "OwnershipControls",
        "NotificationConfiguration",
        "LifecycleConfiguration",
        "LoggingConfiguration",
        "Tags",
    ],
    fixed: &["BucketName"],
    put: put_bucket,
    delete: delete_bucket,
};

pub(super) const POLICY: Kind = Kind {
    name: "AWS::S3::BucketPolicy",
    known: &["Bucket", "PolicyDocument"],
    fixed: &["Bucket"],
    put: put_policy,
    delete: delete_policy,
};

fn put_bucket(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        // Bucket names have no capitals.
        None => maker.name(properties.text("BucketName")?).to_lowercase(),
    };
    // Everything that can be wrong is found before there is a bucket.
    let calls = configuration(properties, before)?;
    if before.is_none() {
        maker.call("s3", "CreateBucket", &json!({ "Bucket": name }))?;
    }
    for (operation, member, value) in calls {
        maker.call("s3", operation, &json!({ "Bucket": name, member: value }))?;
    }
    let region = maker.world.region();
    Ok(Made::named(&name)
        .with("Arn", format!("arn:aws:s3:::{name}"))
        .with("DomainName", format!("{name}.s3.amazonaws.com"))
        .with("RegionalDomainName", format!("{name}.s3.{region}.amazonaws.com")))
}

/// A property's value as the API takes it.
type Translate = fn(&Value) -> Result<Value, ApiError>;
/// Operation, member, value.
type Call = (&'static str, &'static str, Value);

/// The calls that set what the properties say, and unset what they no longer say.
fn configuration(properties: &Properties<'_>, before: Option<&Held>) -> Result<Vec<Call>, ApiError> {
    let translations: [(&str, &str, &str, Translate); 8] = [
        (
            "VersioningConfiguration",
            "PutBucketVersioning",
            "VersioningConfiguration",
            |value| Ok(value.clone()),
        ),
        (
            "NotificationConfiguration",
            "PutBucketNotificationConfiguration",
            "NotificationConfiguration",
            notification,
        ),
        (
            "BucketEncryption",
            "PutBucketEncryption",
            "ServerSideEncryptionConfiguration",
            encryption,
        ),
        (
            "PublicAccessBlockConfiguration",
            "PutPublicAccessBlock",
            "PublicAccessBlockConfiguration",
            |value| Ok(value.clone()),
        ),
        (
            "OwnershipControls",
            "PutBucketOwnershipControls",
            "OwnershipControls",
            |value| Ok(value.clone()),
        ),
        (
            "LifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "LifecycleConfiguration",
            lifecycle,
        ),
        (
            "LoggingConfiguration",
            "PutBucketLogging",
            "BucketLoggingStatus",
            logging,
        ),
        ("Tags", "PutBucketTagging", "Tagging", |value| {
            Ok(json!({ "TagSet": value }))
        }),
    ];
    let mut calls = Vec::new();
    for (property, operation, member, translate) in translations {
        if let Some(value) = properties.get(property) {
            calls.push((operation, member, translate(value)?));
        } else if before.is_some_and(|held| held.properties.contains_key(property)) {
            calls.push(unset(operation, member));
        }
    }
    Ok(calls)
}

fn unset(operation: &'static str, member: &'static str) -> Call {
    match operation {
        "PutBucketVersioning" => (operation, member, json!({ "Status": "Suspended" })),
        "PutBucketNotificationConfiguration" => (operation, member, json!({})),
        "PutBucketLogging" => (operation, member, json!({})),
        "PutBucketEncryption" => ("DeleteBucketEncryption", "ExpectedBucketOwner", Value::Null),
        "PutPublicAccessBlock" => ("DeletePublicAccessBlock", "ExpectedBucketOwner", Value::Null),
        "PutBucketOwnershipControls" => ("DeleteBucketOwnershipControls", "ExpectedBucketOwner", Value::Null),
        "PutBucketLifecycleConfiguration" => ("DeleteBucketLifecycleConfiguration", "ExpectedBucketOwner", Value::Null),
        _ => ("DeleteBucketTagging", "ExpectedBucketOwner", Value::Null),
    }
}

/// Templates say `EventBridgeEnabled`; the API has an empty member for it.
fn notification(value: &Value) -> Result<Value, ApiError> {
    let members = only(value, "NotificationConfiguration", &["EventBridgeConfiguration"])?;
    let enabled = members
        .get("EventBridgeConfiguration")
        .map(|config| &config["EventBridgeEnabled"]);
    let enabled = enabled.is_some_and(|enabled| *enabled != json!(false) && *enabled != json!("false"));
    Ok(if enabled {
        json!({ "EventBridgeConfiguration": {} })
    } else {
        json!({})
    })
}

fn encryption(value: &Value) -> Result<Value, ApiError> {
    let members = only(value, "BucketEncryption", &["ServerSideEncryptionConfiguration"])?;
    let rules = members
        .get("ServerSideEncryptionConfiguration")
        .and_then(Value::as_array);
    let rule = |rule: &Value| {
        let default = &rule["ServerSideEncryptionByDefault"];
        json!({ "ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule["BucketKeyEnabled"] })
    };
    Ok(json!({ "Rules": rules.into_iter().flatten().map(rule).collect::<Vec<_>>() }))
}

/// Templates say `DestinationBucketName` and `LogFilePrefix`.
fn logging(value: &Value) -> Result<Value, ApiError> {
    let members = only(
        value,
        "LoggingConfiguration",
        &["DestinationBucketName", "LogFilePrefix"],
    )?;
    let enabled = json!({
        "TargetBucket": members.get("DestinationBucketName"),
        "TargetPrefix": members.get("LogFilePrefix").cloned().unwrap_or_else(|| json!("")),
    });
    Ok(json!({ "LoggingEnabled": enabled }))
}

fn lifecycle(value: &Value) -> Result<Value, ApiError> {
    let members = only(value, "LifecycleConfiguration", &["Rules"])?;
    let mut rules = Vec::new();
    for rule in members.get("Rules").and_then(Value::as_array).into_iter().flatten() {
        let known = ["Id", "Status", "Prefix", "AbortIncompleteMultipartUpload"];
        let rule = only(rule, "LifecycleConfiguration.Rules", &known)?;
        rules.push(json!({
            "ID": rule.get("Id"),
            "Status": rule.get("Status"),
            "Filter": { "Prefix": rule.get("Prefix").cloned().unwrap_or_else(|| json!("")) },
            "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        }));
    }
    Ok(json!({ "Rules": rules }))
}

fn only<'a>(value: &'a Value, what: &str, known: &[&str]) -> Result<&'a Map<String, Value>, ApiError> {
    let members = value
        .as_object()
        .ok_or_else(|| ApiError::validation(format!("{what} must be a mapping")))?;
    match members.keys().find(|member| !known.contains(&member.as_str())) {
        Some(unknown) => Err(ApiError::validation(format!(
            "AWS::S3::Bucket {what} has no member `{unknown}` in this world; it knows {}",
            known.join(", ")
        ))),
        None => Ok(members),
    }
}

fn delete_bucket(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call("s3", "DeleteBucket", &json!({ "Bucket": held.made.physical_id }))
        .map(|_| ())
}

fn put_policy(maker: &mut Maker<'_>, properties: &Properties<'_>, _before: Option<&Held>) -> Result<Made, ApiError> {
    let bucket = properties.required_text("Bucket")?;
    let policy = properties.document("PolicyDocument")?;
    maker.call("s3", "PutBucketPolicy", &json!({ "Bucket": bucket, "Policy": policy }))?;
    Ok(Made::named(bucket))
}

fn delete_policy(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call("s3", "DeleteBucketPolicy", &json!({ "Bucket": held.made.physical_id }))
        .map(|_| ())
}
