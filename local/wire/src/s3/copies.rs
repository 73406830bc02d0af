//! Copies: a whole object, and where a copy comes from.

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, auth::Credentials, dto::*};
use windsock_world::S3Request as Ask;

use super::{
    Store,
    convert::{self, ReadConditions},
    refuse_unkept,
};

pub(super) fn copy(store: &Store, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
    let input = request.input;
    let replaces = input
        .metadata_directive
        .as_ref()
        .is_some_and(|directive| directive.as_str() == "REPLACE");
    refuse_unkept(&[("x-amz-metadata-directive: REPLACE", replaces)])?;
    let (source_bucket, source_key) = source(&input.copy_source)?;
    let conditions = ReadConditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    check_source(
        store,
        request.credentials.as_ref(),
        (&source_bucket, &source_key),
        &conditions,
    )?;
    let ask = Ask::Copy {
        source_bucket,
        source_key,
        bucket: input.bucket,
        key: input.key,
    };
    let object = store.object(request.credentials.as_ref(), ask)?;
    let result = CopyObjectResult {
        e_tag: Some(convert::etag(&object.etag)),
        last_modified: Some(convert::time(object.last_modified)),
        ..Default::default()
    };
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        version_id: object.version_id,
        ..Default::default()
    }))
}

/// A source that does not meet its conditions is a failed precondition, whichever condition it was.
fn check_source(
    store: &Store,
    credentials: Option<&Credentials>,
    (bucket, key): (&str, &str),
    conditions: &ReadConditions,
) -> S3Result<()> {
    if !conditions.any() {
        return Ok(());
    }
    let ask = Ask::Head {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: None,
    };
    let source = store.object(credentials, ask)?;
    conditions
        .check(&source)
        .map_err(|_| S3Error::new(S3ErrorCode::PreconditionFailed))
}

/// Bucket and key to copy from.
pub(super) fn source(source: &CopySource) -> S3Result<(String, String)> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id: None,
        } => Ok((bucket.to_string(), key.to_string())),
        CopySource::Bucket { .. } => Err(not_implemented("a copy of an old version")),
        _ => Err(not_implemented("a copy from an access point")),
    }
}

fn not_implemented(what: &str) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::NotImplemented,
        format!("{what} is not part of this endpoint"),
    )
}
