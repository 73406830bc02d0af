//! Lists: what lies under a prefix now. S3 lists are strongly consistent.

use anyhow::Context;
use aws_sdk_s3::types::EncodingType;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
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
            let request = request.encoding_type(EncodingType::Url);
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
            let request = request.delimiter("/").encoding_type(EncodingType::Url);
            let page = request.set_continuation_token(token).send().await;
            let page = page.with_context(|| self.named("list folders under", prefix))?;
            for folder in page.common_prefixes().iter().filter_map(|folder| folder.prefix()) {
                let folder = decoded(folder).with_context(|| self.named("list folders under", prefix))?;
                folders.extend(
                    folder
                        .strip_prefix(prefix)
                        .map(|name| name.trim_end_matches('/').to_owned()),
                );
            }
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                return Ok(folders);
            }
        }
    }
}

/// A key may hold characters that XML cannot carry, and one such object would make its whole folder unreadable; so S3
/// is asked to encode keys as a form does.
fn decoded(encoded: &str) -> anyhow::Result<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    Ok(decoded
        .with_context(|| format!("decode the key `{encoded}`"))?
        .into_owned())
}

fn listed(object: &aws_sdk_s3::types::Object) -> anyhow::Result<Listed> {
    let key = decoded(object.key().context("a listed object has no key")?)?;
    let size = object
        .size()
        .with_context(|| format!("`{key}` is listed without a size"))?;
    let last_modified = object
        .last_modified()
        .with_context(|| format!("`{key}` is listed without LastModified"))?;
    Ok(Listed {
        etag: object.e_tag().map(unquoted).unwrap_or_default(),
        size: u64::try_from(size).with_context(|| format!("`{key}` is listed with size {size}"))?,
        last_modified: windsock_effects::timestamp(last_modified)?,
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_they_were_before_s3_encoded_them() {
        for (encoded, key) in [
            ("training/a+b.csv", "training/a b.csv"),
            ("a%2Bb%252F.csv", "a+b%2F.csv"),
            ("%01%0D%0A%E6%97%A5", "\u{1}\r\n日"),
            ("100%25", "100%"),
        ] {
            assert_eq!(decoded(encoded).unwrap(), key);
        }
        assert!(decoded("%ff").is_err());
    }
}
