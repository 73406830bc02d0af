//! Listings: both versions of ListObjects, and the versions of objects.

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, auth::Credentials, dto::*};
use windsock_world::{Output, S3Object, S3Request as Ask};

use super::{
    Store,
    convert::{self, listed},
    unexpected,
};

/// S3's largest page.
const PAGE_MAX: i32 = 1000;

/// One page of a listing, before either version of the operation dresses it.
struct Page {
    objects: Vec<S3Object>,
    common_prefixes: Vec<String>,
    next: Option<String>,
}

struct Asked<'a> {
    bucket: &'a str,
    prefix: Option<&'a str>,
    delimiter: Option<&'a str>,
    after: Option<String>,
    max_keys: Option<i32>,
}

fn page_size(max_keys: Option<i32>) -> S3Result<i32> {
    match max_keys.unwrap_or(PAGE_MAX) {
        size if size < 0 => {
            let message = "max-keys must be an integer between 0 and 2147483647";
            Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message))
        }
        size => Ok(size.min(PAGE_MAX)),
    }
}

fn page(store: &Store, credentials: Option<&Credentials>, asked: Asked<'_>) -> S3Result<Page> {
    let ask = Ask::List {
        bucket: asked.bucket.to_owned(),
        prefix: asked.prefix.unwrap_or_default().to_owned(),
        delimiter: asked
            .delimiter
            .filter(|delimiter| !delimiter.is_empty())
            .map(str::to_owned),
        after: asked.after,
        max_keys: usize::try_from(page_size(asked.max_keys)?).unwrap_or_default(),
    };
    match store.ask(credentials, ask)? {
        Output::Listing {
            objects,
            common_prefixes,
            next,
        } => Ok(Page {
            objects,
            common_prefixes,
            next,
        }),
        other => Err(unexpected(&other)),
    }
}

impl Page {
    fn contents(&self, encoding: Option<&EncodingType>) -> Vec<Object> {
        let objects = self.objects.iter().map(|object| Object {
            key: Some(listed(&object.key, encoding)),
            e_tag: Some(convert::etag(&object.etag)),
            size: Some(convert::length(object.size)),
            last_modified: Some(convert::time(object.last_modified)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Default::default()
        });
        objects.collect()
    }

    fn prefixes(&self, encoding: Option<&EncodingType>) -> Vec<CommonPrefix> {
        let prefixes = self.common_prefixes.iter();
        prefixes
            .map(|prefix| CommonPrefix {
                prefix: Some(listed(prefix, encoding)),
            })
            .collect()
    }
}

pub(super) fn version_2(
    store: &Store,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = &request.input;
    let after = match &input.continuation_token {
        Some(token) => Some(key_of(token)?),
        None => input.start_after.clone(),
    };
    let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
    let asked = Asked {
        bucket: &input.bucket,
        prefix,
        delimiter,
        after,
        max_keys: input.max_keys,
    };
    let page = page(store, request.credentials.as_ref(), asked)?;
    let encoding = input.encoding_type.as_ref();
    let encoded = |text: &Option<String>| text.as_deref().map(|text| listed(text, encoding));
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket.clone()),
        prefix: Some(listed(prefix.unwrap_or_default(), encoding)),
        delimiter: encoded(&input.delimiter),
        max_keys: Some(page_size(input.max_keys)?),
        key_count: i32::try_from(page.objects.len() + page.common_prefixes.len()).ok(),
        contents: Some(page.contents(encoding)),
        common_prefixes: Some(page.prefixes(encoding)),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.as_deref().map(hex::encode),
        continuation_token: input.continuation_token.clone(),
        start_after: encoded(&input.start_after),
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }))
}

/// A continuation token is the last key in hex: a key may hold what no header and no XML can.
fn key_of(token: &str) -> S3Result<String> {
    let key = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let wrong = || {
        S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "The continuation token provided is incorrect",
        )
    };
    key.ok_or_else(wrong)
}

pub(super) fn version_1(
    store: &Store,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = &request.input;
    let after = input.marker.clone().filter(|marker| !marker.is_empty());
    let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
    let asked = Asked {
        bucket: &input.bucket,
        prefix,
        delimiter,
        after,
        max_keys: input.max_keys,
    };
    let page = page(store, request.credentials.as_ref(), asked)?;
    let encoding = input.encoding_type.as_ref();
    // Without a delimiter clients go on from the last key by themselves.
    let next_marker = page
        .next
        .as_deref()
        .filter(|_| delimiter.is_some())
        .map(|next| listed(next, encoding));
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket.clone()),
        prefix: Some(listed(prefix.unwrap_or_default(), encoding)),
        marker: Some(listed(input.marker.as_deref().unwrap_or_default(), encoding)),
        delimiter: delimiter.map(|delimiter| listed(delimiter, encoding)),
        max_keys: Some(page_size(input.max_keys)?),
        contents: Some(page.contents(encoding)),
        common_prefixes: Some(page.prefixes(encoding)),
        is_truncated: Some(page.next.is_some()),
        next_marker,
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }))
}

/// All versions at once: pages of versions would need a marker that nobody here uses.
pub(super) fn of_versions(
    store: &Store,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = &request.input;
    let grouped = input
        .delimiter
        .as_deref()
        .is_some_and(|delimiter| !delimiter.is_empty());
    super::refuse_unkept(&[("delimiter in a listing of versions", grouped)])?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let ask = Ask::ListVersions {
        bucket: input.bucket.clone(),
        prefix: prefix.clone(),
    };
    let objects = match store.ask(request.credentials.as_ref(), ask)? {
        Output::Listing { objects, .. } => objects,
        other => return Err(unexpected(&other)),
    };
    let encoding = input.encoding_type.as_ref();
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    let mut previous: Option<String> = None;
    for object in objects {
        // The newest of a key comes first.
        let is_latest = Some(previous.as_ref() != Some(&object.key));
        previous = Some(object.key.clone());
        let key = Some(listed(&object.key, encoding));
        let version_id = Some(object.version_id.unwrap_or_else(|| "null".to_owned()));
        let last_modified = Some(convert::time(object.last_modified));
        if object.delete_marker {
            markers.push(DeleteMarkerEntry {
                key,
                version_id,
                is_latest,
                last_modified,
                owner: None,
            });
        } else {
            versions.push(ObjectVersion {
                key,
                version_id,
                is_latest,
                last_modified,
                e_tag: Some(convert::etag(&object.etag)),
                size: Some(convert::length(object.size)),
                ..Default::default()
            });
        }
    }
    Ok(S3Response::new(ListObjectVersionsOutput {
        name: Some(input.bucket.clone()),
        prefix: Some(listed(&prefix, encoding)),
        max_keys: Some(PAGE_MAX),
        is_truncated: Some(false),
        versions: Some(versions),
        delete_markers: Some(markers),
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }))
}
