//! The state machine itself: inputs in, outputs, work and journal out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ApiError, BlobRef, Blobs, Caller, Entry, InvocationOutcome, JobOutcome, Millis, S3Object, Work,
};

/// What a world is made with. Stored with the state; a world is only reopened with the same settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub account: String,
    pub region: String,
    pub started_at: Millis,
    /// SageMaker "may send multiple events for each state change": how many copies the world sends of each.
    pub sagemaker_event_copies: u32,
}

/// Everything that can happen to a world. Serialisable, so that the log of inputs is the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Time passed; timers due are run in order.
    Advance,
    /// An API call of any service but S3's object operations.
    Call { caller: Caller, service: String, operation: String, input: Value },
    /// An S3 object operation (see `s3.rs`).
    S3 { caller: Caller, request: S3Request },
    InvocationEnded { id: String, outcome: InvocationOutcome },
    JobEnded { id: String, outcome: JobOutcome },
}

/// The S3 operations the world models; buckets are created through `Call`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum S3Request {
    Put { bucket: String, key: String, blob: BlobRef, if_none_match: bool, if_match: Option<String>,
          content_type: Option<String>, content_encoding: Option<String>,
          metadata: std::collections::BTreeMap<String, String> },
    Head { bucket: String, key: String, version_id: Option<String> },
    Delete { bucket: String, key: String, version_id: Option<String> },
    Copy { source_bucket: String, source_key: String, bucket: String, key: String },
    /// ListObjectsV2. Keys after `after`, at most `max_keys`.
    List { bucket: String, prefix: String, delimiter: Option<String>, after: Option<String>, max_keys: usize },
    ListVersions { bucket: String, prefix: String },
    CreateMultipart { bucket: String, key: String, content_type: Option<String>,
                      metadata: std::collections::BTreeMap<String, String> },
    UploadPart { upload_id: String, part: u32, blob: BlobRef },
    CompleteMultipart { upload_id: String, parts: Vec<(u32, String)>, if_none_match: bool },
    AbortMultipart { upload_id: String },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    None,
    Value(Value),
    Object(S3Object),
    /// `Delete`, `AbortMultipart`.
    Done,
    Listing { objects: Vec<S3Object>, common_prefixes: Vec<String>, next: Option<String> },
    UploadId(String),
    PartEtag(String),
}

pub struct World {
    pub(crate) settings: Settings,
    pub(crate) now: Millis,
    pub(crate) blobs: Arc<dyn Blobs>,
}

impl World {
    pub fn new(_settings: Settings, _blobs: Arc<dyn Blobs>) -> Self { unimplemented!() }
    pub fn settings(&self) -> &Settings { &self.settings }
    pub fn now(&self) -> Millis { self.now }
    /// Apply one input at a time not before `now`. All timers due before `at` run first.
    pub fn apply(&mut self, _at: Millis, _input: Input) -> Result<Output, ApiError> { unimplemented!() }
    /// Whether replaying the input log needs this input (false for pure reads such as Describe, List, Head).
    pub fn changes(_input: &Input) -> bool { unimplemented!() }
    pub fn next_timer(&self) -> Option<Millis> { unimplemented!() }
    pub fn take_work(&mut self) -> Vec<Work> { unimplemented!() }
    /// Work handed out and not yet ended: after a restart the host reports invocations as crashed and runs jobs again.
    pub fn outstanding(&self) -> Vec<Work> { unimplemented!() }
    pub fn take_journal(&mut self) -> Vec<Entry> { unimplemented!() }
    /// The identity behind an access key id, and its secret. Roles of functions, of jobs, and people each have one.
    pub fn identity(&self, _access_key_id: &str) -> Option<(Caller, String)> { unimplemented!() }
    /// The credentials (access key id, secret) for a role's or person's ARN; deterministic.
    pub fn credentials(&self, _arn: &str) -> (String, String) { unimplemented!() }
}
