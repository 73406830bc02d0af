//! Uploads in parts, which every client chooses for large files.

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto::*};
use windsock_world::{BlobRef, Output, S3Request as Ask};

use super::{
    Store,
    checksums::{self, Claimed},
    convert::{self, ReadConditions},
    copies::source,
    objects::stored_encoding,
    refuse_unkept, unexpected,
};

pub(super) fn create(
    store: &Store,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
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
            "x-amz-server-side-encryption-customer-key",
            input.sse_customer_key.is_some(),
        ),
    ])?;
    let ask = Ask::CreateMultipart {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        content_type: input.content_type,
        content_encoding: input.content_encoding.and_then(|encoding| stored_encoding(&encoding)),
        metadata: input.metadata.into_iter().flatten().collect(),
    };
    let upload_id = match store.ask(request.credentials.as_ref(), ask)? {
        Output::UploadId(id) => id,
        other => return Err(unexpected(&other)),
    };
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload_id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..Default::default()
    }))
}

pub(super) async fn upload(
    store: &Store,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = request.input;
    let claimed = Claimed {
        crc32: input.checksum_crc32,
        crc32c: input.checksum_crc32c,
        crc64nvme: input.checksum_crc64nvme,
        sha1: input.checksum_sha1,
        sha256: input.checksum_sha256,
        md5: input.content_md5,
    };
    store.caller(request.credentials.as_ref())?;
    let received = checksums::receive(store, input.body, claimed, request.trailing_headers.as_ref()).await?;
    let ask = Ask::UploadPart {
        upload_id: input.upload_id,
        part: part_number(Some(input.part_number))?,
        blob: received.blob,
    };
    let e_tag = part_etag(store.ask(request.credentials.as_ref(), ask)?)?;
    let verified = received.verified;
    Ok(S3Response::new(UploadPartOutput {
        e_tag: Some(e_tag),
        checksum_crc32: verified.crc32,
        checksum_crc32c: verified.crc32c,
        checksum_crc64nvme: verified.crc64nvme,
        checksum_sha1: verified.sha1,
        checksum_sha256: verified.sha256,
        ..Default::default()
    }))
}

/// A part that is a range of another object.
pub(super) fn copy(
    store: &Store,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    let credentials = request.credentials.as_ref();
    let (bucket, key) = source(&input.copy_source)?;
    let original = store.object(
        credentials,
        Ask::Get {
            bucket,
            key,
            version_id: None,
        },
    )?;
    let conditions = ReadConditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    conditions
        .check(&original)
        .map_err(|_| S3Error::new(S3ErrorCode::PreconditionFailed))?;
    let range = match input.copy_source_range {
        Some(text) => {
            let invalid = || S3Error::with_message(S3ErrorCode::InvalidArgument, format!("{text:?} is not a range"));
            Range::parse(&text).map_err(|_| invalid())?.check(original.size)?
        }
        None => 0..original.size,
    };
    let bytes = store.bytes(&original, range)?;
    let blob: BlobRef = store.backend.blobs().put(&bytes).map_err(S3Error::internal_error)?;
    let ask = Ask::UploadPart {
        upload_id: input.upload_id,
        part: part_number(Some(input.part_number))?,
        blob,
    };
    let result = CopyPartResult {
        e_tag: Some(part_etag(store.ask(credentials, ask)?)?),
        last_modified: Some(convert::time(store.backend.now())),
        ..Default::default()
    };
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..Default::default()
    }))
}

fn part_number(number: Option<i32>) -> S3Result<u32> {
    const PARTS_MAX: u32 = 10_000;
    let number = number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (1..=PARTS_MAX).contains(number));
    let message = "Part number must be an integer between 1 and 10000, inclusive";
    number.ok_or_else(|| S3Error::with_message(S3ErrorCode::InvalidArgument, message))
}

fn part_etag(output: Output) -> S3Result<ETag> {
    match output {
        Output::PartEtag(etag) => Ok(convert::etag(&etag)),
        other => Err(unexpected(&other)),
    }
}

pub(super) fn complete(
    store: &Store,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let input = request.input;
    let listed = input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default();
    let mut parts = Vec::with_capacity(listed.len());
    for part in listed {
        let etag = part.e_tag.ok_or_else(|| S3Error::new(S3ErrorCode::InvalidPart))?;
        parts.push((part_number(part.part_number)?, etag.into_value()));
    }
    let ask = Ask::CompleteMultipart {
        upload_id: input.upload_id,
        parts,
        if_none_match: convert::wants_absent(input.if_none_match)?,
        if_match: convert::wanted_etag(input.if_match)?,
    };
    let object = store.object(request.credentials.as_ref(), ask)?;
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", object.bucket, object.key)),
        bucket: Some(object.bucket),
        key: Some(object.key),
        e_tag: Some(convert::etag(&object.etag)),
        version_id: object.version_id,
        ..Default::default()
    }))
}

pub(super) fn abort(
    store: &Store,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let ask = Ask::AbortMultipart {
        upload_id: request.input.upload_id,
    };
    store.ask(request.credentials.as_ref(), ask)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
