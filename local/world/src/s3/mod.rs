//! S3: buckets, versions of objects, conditional writes, listings and multipart uploads.
//!
//! Bytes lie in the blob store; here are only their names. Reads see every write that was acknowledged before, as S3
//! promises.

mod buckets;
mod events;
mod listing;
mod multipart;
mod objects;
mod permissions;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use windsock_policy::Document;

pub(crate) use multipart::Upload;
pub(crate) use permissions::{PERMISSIONS, listing, object_arn, object_needs};

use crate::{ApiError, Caller, Millis, Output, S3Object, S3Request, World};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, Upload>,
}

#[derive(Debug, Clone)]
struct Bucket {
    created_at: Millis,
    versioning: Versioning,
    /// Whether the bucket sends its events to the default bus.
    event_bridge: bool,
    /// Every key's versions, the newest last. A key without versions is absent.
    versions: BTreeMap<String, Vec<S3Object>>,
    /// Configuration that is kept and given back, by operation (`BucketPolicy`, `BucketTagging`, ...).
    configuration: BTreeMap<String, Value>,
    /// Its BucketPolicy, read.
    policy: Option<Arc<Document>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Versioning {
    Never,
    Enabled,
    Suspended,
}

impl State {
    fn bucket(&self, name: &str) -> Result<&Bucket, ApiError> {
        self.buckets.get(name).ok_or_else(|| no_such_bucket(name))
    }

    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }

    fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, ApiError> {
        self.buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))
    }

    pub(crate) fn policy(&self, bucket: &str) -> Option<Arc<Document>> {
        self.buckets.get(bucket)?.policy.clone()
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = Arc<Document>> {
        self.buckets.values().filter_map(|bucket| bucket.policy.clone())
    }

    pub(crate) fn upload(&self, id: &str) -> Option<&Upload> {
        self.uploads.get(id)
    }

    pub(crate) fn current(&self, bucket: &str, key: &str) -> Option<&S3Object> {
        self.buckets.get(bucket)?.current(key)
    }

    pub(crate) fn under(&self, bucket: &str, prefix: &str) -> Vec<&S3Object> {
        self.buckets
            .get(bucket)
            .map_or_else(Vec::new, |bucket| bucket.under(prefix).collect())
    }
}

impl Bucket {
    fn current(&self, key: &str) -> Option<&S3Object> {
        self.versions.get(key)?.last().filter(|newest| !newest.delete_marker)
    }

    /// Current objects under a prefix, in key order.
    fn under<'a, 'p>(&'a self, prefix: &'p str) -> impl Iterator<Item = &'a S3Object> + use<'a, 'p> {
        let from = self
            .versions
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        from.take_while(move |(key, _)| key.starts_with(prefix))
            .filter_map(|(_, versions)| versions.last().filter(|newest| !newest.delete_marker))
    }
}

impl World {
    pub(crate) fn s3_request(&mut self, caller: &Caller, request: S3Request) -> Result<Output, ApiError> {
        match request {
            S3Request::Put {
                bucket,
                key,
                blob,
                if_none_match,
                if_match,
                content_type,
                content_encoding,
                metadata,
            } => {
                let condition = objects::Condition {
                    absent: if_none_match,
                    etag: if_match,
                };
                let object = objects::NewObject {
                    bucket,
                    key,
                    etag: blob.md5.clone(),
                    blobs: vec![blob],
                    content_type,
                    content_encoding,
                    metadata,
                };
                self.put_object(caller, object, &condition, "PutObject")
                    .map(Output::Object)
            }
            S3Request::Head {
                bucket,
                key,
                version_id,
            }
            | S3Request::Get {
                bucket,
                key,
                version_id,
            } => self
                .s3
                .look(&bucket, &key, version_id.as_deref())
                .cloned()
                .map(Output::Object),
            S3Request::Delete {
                bucket,
                key,
                version_id,
            } => self
                .delete_object(caller, &bucket, &key, version_id.as_deref())
                .map(|()| Output::Done),
            S3Request::Copy {
                source_bucket,
                source_key,
                bucket,
                key,
            } => self
                .copy_object(caller, (&source_bucket, &source_key), (&bucket, &key))
                .map(Output::Object),
            S3Request::List {
                bucket,
                prefix,
                delimiter,
                after,
                max_keys,
            } => self
                .s3
                .list(&bucket, &prefix, delimiter.as_deref(), after.as_deref(), max_keys),
            S3Request::ListVersions { bucket, prefix } => self.s3.list_versions(&bucket, &prefix),
            S3Request::CreateMultipart {
                bucket,
                key,
                content_type,
                content_encoding,
                metadata,
            } => {
                let upload = Upload {
                    bucket,
                    key,
                    content_type,
                    content_encoding,
                    metadata,
                    parts: BTreeMap::new(),
                };
                self.create_multipart(upload).map(Output::UploadId)
            }
            S3Request::UploadPart { upload_id, part, blob } => {
                self.upload_part(&upload_id, part, blob).map(Output::PartEtag)
            }
            S3Request::CompleteMultipart {
                upload_id,
                parts,
                if_none_match,
                if_match,
            } => {
                let condition = objects::Condition {
                    absent: if_none_match,
                    etag: if_match,
                };
                self.complete_multipart(caller, &upload_id, &parts, &condition)
                    .map(Output::Object)
            }
            S3Request::AbortMultipart { upload_id } => self.abort_multipart(&upload_id).map(|()| Output::Done),
        }
    }
}

fn no_such_bucket(name: &str) -> ApiError {
    ApiError::new(
        404,
        "NoSuchBucket",
        format!("The specified bucket does not exist: {name}"),
    )
}

fn no_such_key(key: &str) -> ApiError {
    ApiError::new(404, "NoSuchKey", format!("The specified key does not exist: {key}"))
}
