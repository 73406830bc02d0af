//! S3's `Object Created`.

use crate::{EventError, members::Members};

/// The key is as it was written: EventBridge does not URL-encode it, so nothing here decodes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCreated {
    pub bucket: String,
    pub key: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// None in a bucket without versions.
    pub version_id: Option<String>,
    /// Orders the events of one key, as hexadecimal of any length.
    pub sequencer: Option<String>,
}

impl ObjectCreated {
    pub(crate) fn read(event: &Members<'_>) -> Result<Self, EventError> {
        let detail = event.object("detail")?;
        let object = detail.object("object")?;
        Ok(Self {
            bucket: detail.object("bucket")?.name("name")?,
            key: object.name("key")?,
            size: object.count("size")?,
            etag: object.name("etag")?.trim_matches('"').to_owned(),
            version_id: object.optional_text("version-id")?,
            sequencer: object.optional_text("sequencer")?,
        })
    }
}
