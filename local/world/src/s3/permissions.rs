//! What S3's operations need. Several have actions of other names than the operations', and all writes of objects are
//! `s3:PutObject`, told apart by their conditions.

use serde_json::Value;

use super::State;
use crate::{
    S3Request, World,
    access::{Need, Row, anything, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("ListBuckets", anything).by("s3:ListAllMyBuckets"),
    row("CreateBucket", bucket),
    row("DeleteBucket", bucket),
    row("HeadBucket", bucket).by("s3:ListBucket"),
    row("GetBucketLocation", bucket),
    row("GetBucketVersioning", bucket),
    row("PutBucketVersioning", bucket),
    row("GetBucketNotificationConfiguration", bucket).by("s3:GetBucketNotification"),
    row("PutBucketNotificationConfiguration", bucket).by("s3:PutBucketNotification"),
    row("GetBucketPolicy", bucket),
    row("PutBucketPolicy", bucket),
    row("DeleteBucketPolicy", bucket),
    row("GetBucketLogging", bucket),
    row("PutBucketLogging", bucket),
    // Over there nothing is deleted: an empty configuration is put.
    row("DeleteBucketLogging", bucket).by("s3:PutBucketLogging"),
    row("GetBucketTagging", bucket),
    row("PutBucketTagging", bucket),
    row("DeleteBucketTagging", bucket).by("s3:PutBucketTagging"),
    row("GetPublicAccessBlock", bucket).by("s3:GetBucketPublicAccessBlock"),
    row("PutPublicAccessBlock", bucket).by("s3:PutBucketPublicAccessBlock"),
    row("DeletePublicAccessBlock", bucket).by("s3:PutBucketPublicAccessBlock"),
    row("GetBucketEncryption", bucket).by("s3:GetEncryptionConfiguration"),
    row("PutBucketEncryption", bucket).by("s3:PutEncryptionConfiguration"),
    row("DeleteBucketEncryption", bucket).by("s3:PutEncryptionConfiguration"),
    row("GetBucketLifecycleConfiguration", bucket).by("s3:GetLifecycleConfiguration"),
    row("PutBucketLifecycleConfiguration", bucket).by("s3:PutLifecycleConfiguration"),
    row("DeleteBucketLifecycleConfiguration", bucket).by("s3:PutLifecycleConfiguration"),
    row("GetBucketOwnershipControls", bucket),
    row("PutBucketOwnershipControls", bucket),
    row("DeleteBucketOwnershipControls", bucket).by("s3:PutBucketOwnershipControls"),
];

fn bucket(_: &World, input: &Value) -> Vec<String> {
    vec![bucket_arn(input["Bucket"].as_str().unwrap_or_default())]
}

pub(crate) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

pub(crate) fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// Looking into a bucket. Whoever gives no prefix has no key `s3:prefix`.
pub(crate) fn listing(action: &'static str, bucket: &str, prefix: &str) -> Need {
    let need = Need::new(action, bucket_arn(bucket));
    if prefix.is_empty() {
        need
    } else {
        need.with("s3:prefix", prefix)
    }
}

/// What a request about objects needs. An upload that is not there needs nothing: it is refused as missing.
pub(crate) fn object_needs(state: &State, request: &S3Request) -> Vec<Need> {
    match request {
        S3Request::Put {
            bucket,
            key,
            if_none_match,
            if_match,
            ..
        } => vec![written(bucket, key, *if_none_match, if_match.as_deref())],
        S3Request::Get {
            bucket,
            key,
            version_id,
        }
        | S3Request::Head {
            bucket,
            key,
            version_id,
        } => vec![of_version(
            "s3:GetObject",
            "s3:GetObjectVersion",
            bucket,
            key,
            version_id,
        )],
        S3Request::Delete {
            bucket,
            key,
            version_id,
        } => vec![of_version(
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            bucket,
            key,
            version_id,
        )],
        S3Request::Copy {
            source_bucket,
            source_key,
            bucket,
            key,
        } => vec![
            Need::new("s3:GetObject", object_arn(source_bucket, source_key)),
            written(bucket, key, false, None).with("s3:x-amz-copy-source", format!("{source_bucket}/{source_key}")),
        ],
        S3Request::List {
            bucket,
            prefix,
            delimiter,
            max_keys,
            ..
        } => {
            let mut need = listing("s3:ListBucket", bucket, prefix).with("s3:max-keys", max_keys.to_string());
            if let Some(delimiter) = delimiter {
                need = need.with("s3:delimiter", delimiter);
            }
            vec![need]
        }
        S3Request::ListVersions { bucket, prefix } => vec![listing("s3:ListBucketVersions", bucket, prefix)],
        S3Request::CreateMultipart { bucket, key, .. } => vec![part_of(bucket, key)],
        S3Request::UploadPart { upload_id, .. } => {
            let upload = state.upload(upload_id);
            upload
                .map(|upload| part_of(&upload.bucket, &upload.key))
                .into_iter()
                .collect()
        }
        S3Request::CompleteMultipart {
            upload_id,
            if_none_match,
            if_match,
            ..
        } => {
            let upload = state.upload(upload_id);
            let need = upload.map(|u| written(&u.bucket, &u.key, *if_none_match, if_match.as_deref()));
            need.into_iter().collect()
        }
        S3Request::AbortMultipart { upload_id } => {
            let upload = state.upload(upload_id);
            let need = upload.map(|u| Need::new("s3:AbortMultipartUpload", object_arn(&u.bucket, &u.key)));
            need.into_iter().collect()
        }
    }
}

/// A write after which there is an object.
fn written(bucket: &str, key: &str, if_none_match: bool, if_match: Option<&str>) -> Need {
    let mut need = Need::new("s3:PutObject", object_arn(bucket, key)).with("s3:ObjectCreationOperation", "true");
    if if_none_match {
        need = need.with("s3:if-none-match", "*");
    }
    if let Some(etag) = if_match {
        need = need.with("s3:if-match", etag);
    }
    need
}

/// A write that only prepares one: it carries no condition.
fn part_of(bucket: &str, key: &str) -> Need {
    Need::new("s3:PutObject", object_arn(bucket, key)).with("s3:ObjectCreationOperation", "false")
}

fn of_version(
    current: &'static str,
    of_version: &'static str,
    bucket: &str,
    key: &str,
    version: &Option<String>,
) -> Need {
    match version {
        None => Need::new(current, object_arn(bucket, key)),
        Some(version) => Need::new(of_version, object_arn(bucket, key)).with("s3:versionid", version),
    }
}
