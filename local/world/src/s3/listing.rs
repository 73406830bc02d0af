//! Listings, strongly consistent and in key order.

use super::State;
use crate::{ApiError, Output, S3Object};

/// S3's largest page.
const PAGE_MAX: usize = 1000;

impl State {
    /// ListObjectsV2. The answer's `next` is the `after` of the next page.
    pub(super) fn list(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: Option<&str>,
        after: Option<&str>,
        max_keys: usize,
    ) -> Result<Output, ApiError> {
        let mut page = Page {
            objects: Vec::new(),
            common_prefixes: Vec::new(),
            last: String::new(),
        };
        let room = max_keys.min(PAGE_MAX);
        let mut next = None;
        for object in self.bucket(bucket)?.under(prefix) {
            if after.is_some_and(|after| object.key.as_str() <= after) {
                continue;
            }
            let common = common_prefix(&object.key, prefix, delimiter);
            if common.is_some_and(|common| page.has(common) || after == Some(common)) {
                continue;
            }
            if page.len() == room {
                next = (room > 0).then_some(page.last);
                break;
            }
            page.last = common.unwrap_or(&object.key).to_owned();
            match common {
                Some(common) => page.common_prefixes.push(common.to_owned()),
                None => page.objects.push(object.clone()),
            }
        }
        Ok(Output::Listing {
            objects: page.objects,
            common_prefixes: page.common_prefixes,
            next,
        })
    }

    /// Every version and delete marker, keys in order, the newest of a key first.
    pub(super) fn list_versions(&self, bucket: &str, prefix: &str) -> Result<Output, ApiError> {
        let keys = &self.bucket(bucket)?.versions;
        let under = keys.iter().filter(|(key, _)| key.starts_with(prefix));
        let objects = under.flat_map(|(_, versions)| versions.iter().rev().cloned()).collect();
        Ok(Output::Listing {
            objects,
            common_prefixes: Vec::new(),
            next: None,
        })
    }
}

struct Page {
    objects: Vec<S3Object>,
    common_prefixes: Vec<String>,
    last: String,
}

impl Page {
    fn len(&self) -> usize {
        self.objects.len() + self.common_prefixes.len()
    }

    /// Keys come in order, so a common prefix seen before is the last one.
    fn has(&self, common: &str) -> bool {
        self.common_prefixes.last().is_some_and(|last| last == common)
    }
}

/// The key up to and with the first delimiter after the prefix, if there is one.
fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let place = key[prefix.len()..].find(delimiter)?;
    Some(&key[..prefix.len() + place + delimiter.len()])
}
