//! What a call is about, in a word, for the journal.

use serde_json::Value;

use crate::{S3Request, s3};

/// Members that name what a call acts on, the most telling first.
const NAMES: [&str; 27] = [
    "PipelineExecutionArn",
    "PipelineName",
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelName",
    "ProcessingJobName",
    "TrainingJobName",
    "TransformJobName",
    "QueueUrl",
    "QueueName",
    "TopicArn",
    "SubscriptionArn",
    "AlarmName",
    "FunctionName",
    "StackName",
    "RoleName",
    "Rule",
    "Bucket",
    "Namespace",
    "MetricName",
    "ResourceArn",
    "EventBusName",
    "GroupName",
    "logGroupName",
    "EventSourceArn",
    "UUID",
    "Name",
];

pub(crate) fn call_target(input: &Value) -> String {
    let named = NAMES.iter().find_map(|name| input.get(*name).and_then(Value::as_str));
    named.unwrap_or_default().to_owned()
}

pub(crate) fn s3_operation(request: &S3Request) -> &'static str {
    match request {
        S3Request::Put { .. } => "PutObject",
        S3Request::Head { .. } => "HeadObject",
        S3Request::Get { .. } => "GetObject",
        S3Request::Delete { .. } => "DeleteObject",
        S3Request::Copy { .. } => "CopyObject",
        S3Request::List { .. } => "ListObjectsV2",
        S3Request::ListVersions { .. } => "ListObjectVersions",
        S3Request::CreateMultipart { .. } => "CreateMultipartUpload",
        S3Request::UploadPart { .. } => "UploadPart",
        S3Request::CompleteMultipart { .. } => "CompleteMultipartUpload",
        S3Request::AbortMultipart { .. } => "AbortMultipartUpload",
    }
}

/// The bucket of the object that a request reads.
pub(crate) fn bucket_read(request: &S3Request) -> Option<&str> {
    match request {
        S3Request::Get { bucket, .. } | S3Request::Head { bucket, .. } => Some(bucket),
        S3Request::Copy { source_bucket, .. } => Some(source_bucket),
        _ => None,
    }
}

pub(crate) fn s3_target(request: &S3Request, state: &s3::State) -> String {
    match request {
        S3Request::Put { bucket, key, .. }
        | S3Request::Head { bucket, key, .. }
        | S3Request::Get { bucket, key, .. }
        | S3Request::Delete { bucket, key, .. }
        | S3Request::Copy { bucket, key, .. }
        | S3Request::CreateMultipart { bucket, key, .. } => format!("s3://{bucket}/{key}"),
        S3Request::List { bucket, prefix, .. } | S3Request::ListVersions { bucket, prefix } => {
            format!("s3://{bucket}/{prefix}")
        }
        S3Request::UploadPart { upload_id, .. }
        | S3Request::CompleteMultipart { upload_id, .. }
        | S3Request::AbortMultipart { upload_id } => state
            .upload(upload_id)
            .map_or_else(String::new, |upload| format!("s3://{}/{}", upload.bucket, upload.key)),
    }
}
