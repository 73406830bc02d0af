//! How the world is spoken to: AWS operations by name, with their documented JSON members.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970 UTC, on the world's clock.
pub type Millis = i64;

/// Who makes a call: an IAM role's session, or a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// `arn:aws:iam::<account>:role/<name>` or `arn:aws:iam::<account>:user/<name>`.
    pub arn: String,
}

/// An error as AWS would answer it. `code` is the modelled or common error code, without any namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl ApiError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    /// 400 ValidationException, which SageMaker and EventBridge use for most refusals.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }
}

/// What S3 knows of one object (one version of one key).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Object {
    pub bucket: String,
    pub key: String,
    pub version_id: Option<String>,
    pub etag: String,
    pub size: u64,
    pub last_modified: Millis,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    /// User metadata: the `x-amz-meta-` headers, lower case, without the prefix.
    pub metadata: std::collections::BTreeMap<String, String>,
    pub body: S3Body,
    /// A delete marker has no body; only a listing of versions shows one.
    #[serde(default)]
    pub delete_marker: bool,
}

/// Where an object's bytes are: the blobs in order (several after a multipart upload).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Body {
    pub blobs: Vec<crate::BlobRef>,
}
