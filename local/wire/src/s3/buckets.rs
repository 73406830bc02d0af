//! Buckets and the two configurations that the platform needs: versioning and EventBridge.

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto::*};
use serde_json::{Value, json};

use super::{Store, convert};

pub(super) fn list(store: &Store, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
    let input = &request.input;
    let answer = store.bucket(request.credentials.as_ref(), "ListBuckets", json!({}))?;
    let listed = answer
        .get("Buckets")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let region = store.backend.settings().region;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().unwrap_or_default();
    let limit = input
        .max_buckets
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut next = None;
    for bucket in listed {
        let Some(name) = bucket.get("Name").and_then(Value::as_str) else {
            continue;
        };
        if !name.starts_with(prefix) || name <= after {
            continue;
        }
        if buckets.len() == limit {
            next = buckets.last().and_then(|last| last.name.clone());
            break;
        }
        buckets.push(Bucket {
            name: Some(name.to_owned()),
            creation_date: bucket
                .get("CreationDate")
                .and_then(Value::as_f64)
                .map(convert::time_of_seconds),
            bucket_region: Some(region.clone()),
        });
    }
    let owner = Some(Owner {
        id: Some(store.backend.settings().account),
        display_name: None,
    });
    let output = ListBucketsOutput {
        buckets: Some(buckets),
        owner,
        prefix: input.prefix.clone(),
        continuation_token: next,
    };
    Ok(S3Response::new(output))
}

pub(super) fn create(store: &Store, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
    let input = request.input;
    let constraint = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    if let Some(constraint) = &constraint
        && constraint.as_str() != store.backend.settings().region
    {
        let message = format!(
            "The {} location constraint is not this endpoint's region",
            constraint.as_str()
        );
        return Err(S3Error::with_message(
            S3ErrorCode::IllegalLocationConstraintException,
            message,
        ));
    }
    let members = json!({ "Bucket": input.bucket });
    store.bucket(request.credentials.as_ref(), "CreateBucket", members)?;
    let output = CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    };
    Ok(S3Response::new(output))
}

pub(super) fn delete(store: &Store, request: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
    store.bucket(
        request.credentials.as_ref(),
        "DeleteBucket",
        json!({ "Bucket": request.input.bucket }),
    )?;
    Ok(S3Response::new(DeleteBucketOutput {}))
}

pub(super) fn head(store: &Store, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
    store.bucket(
        request.credentials.as_ref(),
        "HeadBucket",
        json!({ "Bucket": request.input.bucket }),
    )?;
    let output = HeadBucketOutput {
        bucket_region: Some(store.backend.settings().region),
        ..Default::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn location(
    store: &Store,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(request.credentials.as_ref(), "GetBucketLocation", members)?;
    let constraint = answer
        .get("LocationConstraint")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let location_constraint = Some(BucketLocationConstraint::from(constraint.to_owned()));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}

pub(super) fn versioning(
    store: &Store,
    request: S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(request.credentials.as_ref(), "GetBucketVersioning", members)?;
    let status = answer.get("Status").and_then(Value::as_str);
    let status = status.map(|status| BucketVersioningStatus::from(status.to_owned()));
    Ok(S3Response::new(GetBucketVersioningOutput {
        status,
        mfa_delete: None,
    }))
}

pub(super) fn put_versioning(
    store: &Store,
    request: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let status = request.input.versioning_configuration.status;
    let configuration = json!({ "Status": status.as_ref().map(BucketVersioningStatus::as_str) });
    let members = json!({ "Bucket": request.input.bucket, "VersioningConfiguration": configuration });
    store.bucket(request.credentials.as_ref(), "PutBucketVersioning", members)?;
    Ok(S3Response::new(PutBucketVersioningOutput {}))
}

pub(super) fn notification(
    store: &Store,
    request: S3Request<GetBucketNotificationConfigurationInput>,
) -> S3Result<S3Response<GetBucketNotificationConfigurationOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(
        request.credentials.as_ref(),
        "GetBucketNotificationConfiguration",
        members,
    )?;
    let on = answer
        .get("EventBridgeConfiguration")
        .is_some_and(|value| !value.is_null());
    let output = GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: on.then(EventBridgeConfiguration::default),
        ..Default::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn put_notification(
    store: &Store,
    request: S3Request<PutBucketNotificationConfigurationInput>,
) -> S3Result<S3Response<PutBucketNotificationConfigurationOutput>> {
    let wanted = request.input.notification_configuration;
    let given = |list: Option<usize>| list.is_some_and(|length| length > 0);
    super::refuse_unkept(&[
        (
            "QueueConfiguration",
            given(wanted.queue_configurations.as_ref().map(Vec::len)),
        ),
        (
            "TopicConfiguration",
            given(wanted.topic_configurations.as_ref().map(Vec::len)),
        ),
        (
            "CloudFunctionConfiguration",
            given(wanted.lambda_function_configurations.as_ref().map(Vec::len)),
        ),
    ])?;
    let configuration = match wanted.event_bridge_configuration {
        Some(_) => json!({ "EventBridgeConfiguration": {} }),
        None => json!({}),
    };
    let members = json!({ "Bucket": request.input.bucket, "NotificationConfiguration": configuration });
    store.bucket(
        request.credentials.as_ref(),
        "PutBucketNotificationConfiguration",
        members,
    )?;
    Ok(S3Response::new(PutBucketNotificationConfigurationOutput {}))
}
