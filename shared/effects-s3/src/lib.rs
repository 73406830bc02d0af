//! S3: one bucket, JSON records, conditional writes.
//!
//! A conditional write that lost says so in its type; everything else that AWS refuses is an error that names the
//! operation and the object.

mod kept;
mod listing;
pub mod waiting;
mod write;

use anyhow::Context;
use aws_config::SdkConfig;
use serde::de::DeserializeOwned;

pub use listing::{Listed, Listing};
pub use write::{PutNew, Swap};

#[derive(Debug, Clone)]
pub struct Store {
    client: aws_sdk_s3::Client,
    bucket: String,
    kept: kept::Kept,
}

impl Store {
    pub fn new(aws: &SdkConfig, bucket: &str) -> Self {
        Self {
            client: aws_sdk_s3::Client::new(aws),
            bucket: bucket.to_owned(),
            kept: kept::Kept::default(),
        }
    }

    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The record and its ETag; None when there is none. A record that cannot be read is an error, not an absence.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> anyhow::Result<Option<(T, String)>> {
        let Some((bytes, etag)) = self.get(key).await? else {
            return Ok(None);
        };
        Ok(Some((self.parse(key, &bytes)?, etag)))
    }

    /// A record that is written once and never again: it is read once in a sandbox's life.
    pub async fn get_write_once<T: DeserializeOwned>(&self, key: &str) -> anyhow::Result<Option<T>> {
        if let Some(bytes) = self.kept.get(key) {
            return self.parse(key, &bytes).map(Some);
        }
        let Some((bytes, _)) = self.get(key).await? else {
            return Ok(None);
        };
        let record = self.parse(key, &bytes)?;
        self.kept.keep(key, &bytes);
        Ok(Some(record))
    }

    fn parse<T: DeserializeOwned>(&self, key: &str, bytes: &[u8]) -> anyhow::Result<T> {
        serde_json::from_slice(bytes).with_context(|| format!("read the JSON of `{key}` in `{}`", self.bucket))
    }

    pub async fn get_bytes(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.get(key).await?.map(|(bytes, _)| bytes))
    }

    pub async fn exists(&self, key: &str) -> anyhow::Result<bool> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(error).with_context(|| self.named("head", key)),
        }
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<(Vec<u8>, String)>> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(error).with_context(|| self.named("get", key)),
        };
        let etag = answer.e_tag().map(unquoted).unwrap_or_default();
        let body = answer.body.collect().await.with_context(|| self.named("read", key))?;
        Ok(Some((body.into_bytes().to_vec(), etag)))
    }

    fn named(&self, operation: &str, key: &str) -> String {
        format!("{operation} object `{key}` in `{}`", self.bucket)
    }
}

/// An ETag as our records hold it.
fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}
