//! Writes. Records under `state/` are only ever written under a condition; the bucket's policy refuses others.

use anyhow::Context;
use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    operation::put_object::{PutObjectError, builders::PutObjectFluentBuilder},
    primitives::ByteStream,
};
use serde::Serialize;

use crate::{Store, unquoted};

/// Tries of one conditional write that S3 answers with "conflict": another write of the same key was under way.
const CONFLICT_TRIES_MAX: u32 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutNew {
    Written {
        etag: String,
    },
    /// Somebody was first; perhaps our own earlier try, whose answer was lost. Read it to know.
    Exists,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swap {
    Done {
        etag: String,
    },
    /// The record has changed since it was read.
    Lost,
}

enum Condition<'a> {
    Absent,
    Etag(&'a str),
}

/// The new ETag, or None when the condition did not hold.
type Outcome = Option<String>;

impl Store {
    /// Writes a record that must not exist yet.
    pub async fn put_new<T: Serialize>(&self, key: &str, record: &T) -> anyhow::Result<PutNew> {
        let outcome = self.put_under(key, record, Condition::Absent).await?;
        Ok(outcome.map_or(PutNew::Exists, |etag| PutNew::Written { etag }))
    }

    /// Replaces a record that must still be the one with this ETag.
    pub async fn put_if_match<T: Serialize>(&self, key: &str, record: &T, etag: &str) -> anyhow::Result<Swap> {
        let outcome = self.put_under(key, record, Condition::Etag(etag)).await?;
        Ok(outcome.map_or(Swap::Lost, |etag| Swap::Done { etag }))
    }

    /// Writes an object whatever is there.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let put = self.put_object(key, bytes).send().await;
        put.map(drop).with_context(|| self.named("put", key))
    }

    fn put_object(&self, key: &str, bytes: Vec<u8>) -> PutObjectFluentBuilder {
        let put = self.client.put_object().bucket(self.bucket()).key(key);
        put.body(ByteStream::from(bytes))
    }

    async fn put_under<T: Serialize>(
        &self,
        key: &str,
        record: &T,
        condition: Condition<'_>,
    ) -> anyhow::Result<Outcome> {
        let bytes = serde_json::to_vec(record).with_context(|| format!("write the JSON of `{key}`"))?;
        let mut tries_left = CONFLICT_TRIES_MAX;
        loop {
            let put = self.put_object(key, bytes.clone()).content_type("application/json");
            let put = match condition {
                Condition::Absent => put.if_none_match("*"),
                Condition::Etag(etag) => put.if_match(format!("\"{etag}\"")),
            };
            let error = match put.send().await {
                Ok(answer) => return Ok(Some(answer.e_tag().map(unquoted).unwrap_or_default())),
                Err(error) => error,
            };
            tries_left -= 1;
            match error.as_service_error().map(refusal) {
                Some(Refusal::ConditionFailed) => return Ok(None),
                Some(Refusal::Conflict) if tries_left > 0 => {}
                _ => return Err(error).with_context(|| self.named("put", key)),
            }
        }
    }
}

enum Refusal {
    ConditionFailed,
    Conflict,
    Other,
}

fn refusal(error: &PutObjectError) -> Refusal {
    match error.code() {
        Some("PreconditionFailed") => Refusal::ConditionFailed,
        // If-Match on a key that is gone.
        Some("NoSuchKey") => Refusal::ConditionFailed,
        // 409 is not "exists": nobody knows yet who wins.
        Some("ConditionalRequestConflict") => Refusal::Conflict,
        _ => Refusal::Other,
    }
}
