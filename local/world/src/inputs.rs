//! What can happen to a world, what it answers, and what it is made with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BlobRef, Caller, InvocationOutcome, JobOutcome, Millis, S3Object};

/// What a world is made with. Stored with the state; a world is only reopened with the same settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub account: String,
    pub region: String,
    pub started_at: Millis,
    /// SageMaker "may send multiple events for each state change": how many copies the world sends of each.
    pub sagemaker_event_copies: u32,
    /// Whether e-mail subscriptions count as confirmed from the start. A real subscription waits for its reader to
    /// click, so with `true` a local run does not prove that anybody did.
    #[serde(default)]
    pub confirm_emails: bool,
    /// How AWS misbehaves; by default it does not.
    #[serde(default)]
    pub faults: crate::Faults,
    /// Whether policies are enforced.
    #[serde(default)]
    pub enforcement: crate::Enforcement,
}

/// Everything that can happen to a world. Serialisable, so that the log of inputs is the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Time passed; timers due are run in order.
    Advance,
    /// An API call of any service but S3's object operations.
    Call {
        caller: Caller,
        service: String,
        operation: String,
        input: Value,
    },
    /// An S3 object operation (see `s3.rs`).
    S3 {
        caller: Caller,
        request: S3Request,
    },
    InvocationEnded {
        id: String,
        outcome: InvocationOutcome,
    },
    JobEnded {
        id: String,
        outcome: JobOutcome,
    },
    /// A JSON line that a function printed. It goes to the journal only: it is not state and is not replayed.
    Log {
        function: String,
        line: Value,
    },
}

/// The S3 operations the world models; buckets are created through `Call`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum S3Request {
    Put {
        bucket: String,
        key: String,
        blob: BlobRef,
        if_none_match: bool,
        if_match: Option<String>,
        content_type: Option<String>,
        content_encoding: Option<String>,
        metadata: BTreeMap<String, String>,
    },
    Head {
        bucket: String,
        key: String,
        version_id: Option<String>,
    },
    /// The same answer as `Head`; the caller reads the body. Apart, so that the journal tells reads from looks.
    Get {
        bucket: String,
        key: String,
        version_id: Option<String>,
    },
    Delete {
        bucket: String,
        key: String,
        version_id: Option<String>,
    },
    Copy {
        source_bucket: String,
        source_key: String,
        bucket: String,
        key: String,
    },
    /// ListObjectsV2. Keys after `after`, at most `max_keys`.
    List {
        bucket: String,
        prefix: String,
        delimiter: Option<String>,
        after: Option<String>,
        max_keys: usize,
    },
    ListVersions {
        bucket: String,
        prefix: String,
    },
    CreateMultipart {
        bucket: String,
        key: String,
        content_type: Option<String>,
        content_encoding: Option<String>,
        metadata: BTreeMap<String, String>,
    },
    UploadPart {
        upload_id: String,
        part: u32,
        blob: BlobRef,
    },
    CompleteMultipart {
        upload_id: String,
        parts: Vec<(u32, String)>,
        if_none_match: bool,
        if_match: Option<String>,
    },
    AbortMultipart {
        upload_id: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    None,
    Value(Value),
    Object(S3Object),
    /// `Delete`, `AbortMultipart`.
    Done,
    Listing {
        objects: Vec<S3Object>,
        common_prefixes: Vec<String>,
        next: Option<String>,
    },
    UploadId(String),
    PartEtag(String),
}
