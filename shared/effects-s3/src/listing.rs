//! Lists: what lies under a prefix now. S3 lists are strongly consistent.

use anyhow::Context;
use jiff::Timestamp;
use windsock_decisions::state::Arrival;

use crate::{Store, unquoted};

/// An object as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub etag: String,
    pub size: u64,
    pub last_modified: Timestamp,
}

impl Listed {
    pub fn arrival(&self) -> Arrival {
        Arrival {
            key: self.key.clone(),
            etag: self.etag.clone(),
            size: self.size,
        }
    }

    /// The empty object that consoles make for a folder.
    pub fn is_folder_marker(&self) -> bool {
        self.size == 0 && self.key.ends_with('/')
    }
}

/// In the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    pub objects: Vec<Listed>,
    /// There are more objects than were asked for.
    pub more: bool,
}

impl Store {
    /// At most `max` objects under the prefix.
    pub async fn list(&self, prefix: &str, max: usize) -> anyhow::Result<Listing> {
        let mut listing = Listing::default();
        let mut token = None;
        loop {
            let request = self.client.list_objects_v2().bucket(self.bucket()).prefix(prefix);
            let page = request.set_continuation_token(token).send().await;
            let page = page.with_context(|| self.named("list under", prefix))?;
            for object in page.contents() {
                if listing.objects.len() == max {
                    listing.more = true;
                    return Ok(listing);
                }
                listing
                    .objects
                    .push(listed(object).with_context(|| self.named("list under", prefix))?);
            }
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                return Ok(listing);
            }
        }
    }

    /// The names of the folders directly under the prefix, without it and without their slash.
    pub async fn list_folders(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let mut folders = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.list_objects_v2().bucket(self.bucket()).prefix(prefix);
            let page = request.delimiter("/").set_continuation_token(token).send().await;
            let page = page.with_context(|| self.named("list folders under", prefix))?;
            let names = page.common_prefixes().iter().filter_map(|folder| folder.prefix());
            folders.extend(
                names
                    .filter_map(|name| name.strip_prefix(prefix))
                    .map(|name| name.trim_end_matches('/').to_owned()),
            );
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                return Ok(folders);
            }
        }
    }
}

fn listed(object: &aws_sdk_s3::types::Object) -> anyhow::Result<Listed> {
    let key = object.key().context("a listed object has no key")?;
    let size = object
        .size()
        .with_context(|| format!("`{key}` is listed without a size"))?;
    let last_modified = object
        .last_modified()
        .with_context(|| format!("`{key}` is listed without LastModified"))?;
    Ok(Listed {
        key: key.to_owned(),
        etag: object.e_tag().map(unquoted).unwrap_or_default(),
        size: u64::try_from(size).with_context(|| format!("`{key}` is listed with size {size}"))?,
        last_modified: windsock_effects::timestamp(last_modified)?,
    })
}
