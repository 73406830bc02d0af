//! The envelope that EventBridge puts around every event.

use serde_json::Value;

use crate::{EventError, members::Members};

/// Only the type, the source and the detail are needed; the rest may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Not a key for anything: a duplicate may carry another one.
    pub id: String,
    pub detail_type: String,
    pub source: String,
    pub account: String,
    /// As written by the sender.
    pub time: String,
    pub region: String,
    pub resources: Vec<String>,
    pub detail: Value,
}

impl Envelope {
    pub fn from_value(event: &Value) -> Result<Self, EventError> {
        let members = Members::of(event)?;
        // A detail that is missing is an empty one: some of AWS's events have nothing to say.
        let detail = match members.any("detail") {
            Value::Null => Value::Object(serde_json::Map::new()),
            _ => members.object("detail")?.value().clone(),
        };
        Ok(Self {
            id: members.optional_text("id")?.unwrap_or_default(),
            detail_type: members.name("detail-type")?,
            source: members.name("source")?,
            account: members.optional_text("account")?.unwrap_or_default(),
            time: members.optional_text("time")?.unwrap_or_default(),
            region: members.optional_text("region")?.unwrap_or_default(),
            resources: members.texts("resources")?,
            detail,
        })
    }
}
