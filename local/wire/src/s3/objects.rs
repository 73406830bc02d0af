//! One object: written, read, looked at, deleted.

use s3s::{Body, S3Request, S3Response, S3Result, dto::*};
use windsock_world::{S3Object, S3Request as Ask};

use super::{
    Store,
    checksums::{self, Claimed},
    convert::{self, ReadConditions},
    refuse_unkept,
};

pub(super) async fn put(store: &Store, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
    let input = request.input;
    refuse_unkept(&[
        ("Cache-Control", input.cache_control.is_some()),
        ("Content-Disposition", input.content_disposition.is_some()),
        ("Content-Language", input.content_language.is_some()),
        ("Expires", input.expires.is_some()),
        ("x-amz-tagging", input.tagging.is_some()),
        (
            "x-amz-website-redirect-location",
            input.website_redirect_location.is_some(),
        ),
        ("x-amz-object-lock-mode", input.object_lock_mode.is_some()),
        (
            "x-amz-object-lock-legal-hold",
            input.object_lock_legal_hold_status.is_some(),
        ),
        (
            "x-amz-server-side-encryption-customer-key",
            input.sse_customer_key.is_some(),
        ),
        ("x-amz-write-offset-bytes", input.write_offset_bytes.is_some()),
    ])?;
    let if_none_match = convert::wants_absent(input.if_none_match)?;
    let if_match = convert::wanted_etag(input.if_match)?;
    let claimed = Claimed {
        crc32: input.checksum_crc32,
        crc32c: input.checksum_crc32c,
        crc64nvme: input.checksum_crc64nvme,
        sha1: input.checksum_sha1,
        sha256: input.checksum_sha256,
        md5: input.content_md5,
    };
    // Who may not write does not fill the disk either.
    store.caller(request.credentials.as_ref())?;
    let received = checksums::receive(store, input.body, claimed, request.trailing_headers.as_ref()).await?;
    let put = Ask::Put {
        bucket: input.bucket,
        key: input.key,
        blob: received.blob,
        if_none_match,
        if_match,
        content_type: input.content_type,
        content_encoding: input.content_encoding.and_then(|encoding| stored_encoding(&encoding)),
        metadata: input.metadata.into_iter().flatten().collect(),
    };
    let object = store.object(request.credentials.as_ref(), put)?;
    let verified = received.verified;
    Ok(S3Response::new(PutObjectOutput {
        e_tag: Some(convert::etag(&object.etag)),
        version_id: object.version_id,
        checksum_crc32: verified.crc32,
        checksum_crc32c: verified.crc32c,
        checksum_crc64nvme: verified.crc64nvme,
        checksum_sha1: verified.sha1,
        checksum_sha256: verified.sha256,
        ..Default::default()
    }))
}

/// `aws-chunked` is how the body travelled, not how it is stored.
pub(super) fn stored_encoding(encoding: &str) -> Option<String> {
    let kept = encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked");
    let kept = kept.collect::<Vec<_>>().join(", ");
    (!kept.is_empty()).then_some(kept)
}

pub(super) fn get(store: &Store, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
    let input = request.input;
    refuse_unkept(&[("partNumber", input.part_number.is_some())])?;
    let ask = Ask::Get {
        bucket: input.bucket,
        key: input.key,
        version_id: input.version_id,
    };
    let object = store.object(request.credentials.as_ref(), ask)?;
    let conditions = ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check(&object)?;
    let range = match &input.range {
        Some(range) => range.check(object.size)?,
        None => 0..object.size,
    };
    let content_range = input
        .range
        .as_ref()
        .map(|_| format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), object.size));
    let bytes = store.bytes(&object, range.clone())?;
    Ok(S3Response::new(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(StreamingBlob::from(Body::from(bytes))),
        content_length: Some(convert::length(range.end - range.start)),
        content_range,
        content_type: Some(content_type(&object)),
        content_encoding: object.content_encoding.clone(),
        e_tag: Some(convert::etag(&object.etag)),
        last_modified: Some(convert::time(object.last_modified)),
        metadata: Some(object.metadata.into_iter().collect()),
        version_id: object.version_id,
        ..Default::default()
    }))
}

pub(super) fn head(store: &Store, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = request.input;
    refuse_unkept(&[
        ("partNumber", input.part_number.is_some()),
        ("Range", input.range.is_some()),
    ])?;
    let ask = Ask::Head {
        bucket: input.bucket,
        key: input.key,
        version_id: input.version_id,
    };
    let object = store.object(request.credentials.as_ref(), ask)?;
    let conditions = ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check(&object)?;
    Ok(S3Response::new(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(convert::length(object.size)),
        content_type: Some(content_type(&object)),
        content_encoding: object.content_encoding.clone(),
        e_tag: Some(convert::etag(&object.etag)),
        last_modified: Some(convert::time(object.last_modified)),
        metadata: Some(object.metadata.into_iter().collect()),
        version_id: object.version_id,
        ..Default::default()
    }))
}

fn content_type(object: &S3Object) -> String {
    object
        .content_type
        .clone()
        .unwrap_or_else(|| "binary/octet-stream".to_owned())
}

pub(super) fn delete(store: &Store, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    refuse_unkept(&[
        ("If-Match", input.if_match.is_some()),
        ("x-amz-if-match-size", input.if_match_size.is_some()),
        (
            "x-amz-if-match-last-modified-time",
            input.if_match_last_modified_time.is_some(),
        ),
    ])?;
    let ask = Ask::Delete {
        bucket: input.bucket,
        key: input.key,
        version_id: input.version_id.clone(),
    };
    store.ask(request.credentials.as_ref(), ask)?;
    Ok(S3Response::new(DeleteObjectOutput {
        version_id: input.version_id,
        ..Default::default()
    }))
}

pub(super) fn delete_several(
    store: &Store,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let input = request.input;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        let (key, version_id) = (Some(object.key.clone()), object.version_id.clone());
        let ask = Ask::Delete {
            bucket: input.bucket.clone(),
            key: object.key,
            version_id: object.version_id,
        };
        match store.ask(request.credentials.as_ref(), ask) {
            Ok(_) => deleted.push(DeletedObject {
                key,
                version_id,
                ..Default::default()
            }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
                key,
                version_id,
            }),
        }
    }
    let quiet = input.delete.quiet.unwrap_or_default();
    let deleted = (!quiet).then_some(deleted);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted,
        errors: Some(errors),
        ..Default::default()
    }))
}
