//! What functions and jobs need of the world: the time, credentials, bytes, a place for outputs and for log lines.

use std::{io, sync::Weak};

use bytes::Bytes;
use serde_json::Value;
use windsock_world::{ApiError, BlobRef, Caller, Input, Millis, S3Request};

use crate::core::Core;

pub(crate) trait Outside: Send + Sync {
    /// The world's time.
    fn now(&self) -> Millis;

    /// Access key id and secret of a role.
    fn credentials(&self, arn: &str) -> (String, String);

    /// A JSON line that a function printed.
    fn log(&self, function: &str, line: Value);

    fn read(&self, blob: &BlobRef) -> io::Result<Bytes>;

    /// Stores an object as `role_arn`, who may be refused.
    fn put(&self, role_arn: &str, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), ApiError>;
}

/// The world of a running host. It does not keep the host alive.
pub(crate) struct CoreOutside(pub(crate) Weak<Core>);

impl Outside for CoreOutside {
    fn now(&self) -> Millis {
        self.0.upgrade().map_or(0, |core| core.lock().now())
    }

    fn credentials(&self, arn: &str) -> (String, String) {
        self.0
            .upgrade()
            .map(|core| core.lock().world.credentials(arn))
            .unwrap_or_default()
    }

    fn log(&self, function: &str, line: Value) {
        if let Some(core) = self.0.upgrade() {
            core.report(Input::Log {
                function: function.to_string(),
                line,
            });
        }
    }

    fn read(&self, blob: &BlobRef) -> io::Result<Bytes> {
        self.0.upgrade().ok_or_else(shutting_down)?.blobs.get(blob)
    }

    fn put(&self, role_arn: &str, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), ApiError> {
        let failed = |error: io::Error| ApiError::new(500, "InternalError", error.to_string());
        let core = self.0.upgrade().ok_or_else(|| failed(shutting_down()))?;
        let blob = core.blobs.put(bytes).map_err(failed)?;
        let request = S3Request::Put {
            bucket: bucket.to_string(),
            key: key.to_string(),
            blob,
            if_none_match: false,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata: std::collections::BTreeMap::new(),
        };
        let caller = Caller {
            arn: role_arn.to_string(),
        };
        core.apply(Input::S3 { caller, request }).map(|_| ())
    }
}

fn shutting_down() -> io::Error {
    io::Error::other("the local host is shutting down")
}
