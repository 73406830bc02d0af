//! Multipart uploads: parts under an upload id, made into one object at the end.

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use super::objects::{Condition, NewObject};
use crate::{ApiError, BlobRef, Caller, S3Object, World};

/// Every part but the last has at least this many bytes.
const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
const PARTS_MAX: u32 = 10_000;

#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) parts: BTreeMap<u32, BlobRef>,
}

impl World {
    pub(super) fn create_multipart(&mut self, upload: Upload) -> Result<String, ApiError> {
        self.s3.bucket(&upload.bucket)?;
        let id = self.new_id("upload");
        self.s3.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    pub(super) fn upload_part(&mut self, upload_id: &str, part: u32, blob: BlobRef) -> Result<String, ApiError> {
        let upload = self.s3.uploads.get_mut(upload_id).ok_or_else(no_such_upload)?;
        if !(1..=PARTS_MAX).contains(&part) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(ApiError::new(400, "InvalidArgument", message));
        }
        let etag = blob.md5.clone();
        upload.parts.insert(part, blob);
        Ok(etag)
    }

    pub(super) fn complete_multipart(
        &mut self,
        caller: &Caller,
        upload_id: &str,
        parts: &[(u32, String)],
        condition: &Condition,
    ) -> Result<S3Object, ApiError> {
        let upload = self.s3.uploads.get(upload_id).ok_or_else(no_such_upload)?;
        let blobs = upload.chosen(parts)?;
        let object = NewObject {
            bucket: upload.bucket.clone(),
            key: upload.key.clone(),
            etag: etag_of_parts(&blobs),
            blobs,
            content_type: upload.content_type.clone(),
            content_encoding: upload.content_encoding.clone(),
            metadata: upload.metadata.clone(),
        };
        let object = self.put_object(caller, object, condition, "CompleteMultipartUpload")?;
        self.s3.uploads.remove(upload_id);
        Ok(object)
    }

    pub(super) fn abort_multipart(&mut self, upload_id: &str) -> Result<(), ApiError> {
        self.s3.uploads.remove(upload_id).map(|_| ()).ok_or_else(no_such_upload)
    }
}

impl Upload {
    fn chosen(&self, parts: &[(u32, String)]) -> Result<Vec<BlobRef>, ApiError> {
        if parts.is_empty() {
            return Err(ApiError::new(400, "MalformedXML", "You must specify at least one part"));
        }
        if !parts.is_sorted_by(|one, next| one.0 < next.0) {
            return Err(ApiError::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order",
            ));
        }
        let mut blobs = Vec::with_capacity(parts.len());
        for (number, etag) in parts {
            let blob = self.parts.get(number).filter(|blob| blob.md5 == etag.trim_matches('"'));
            blobs.push(blob.cloned().ok_or_else(|| {
                ApiError::new(
                    400,
                    "InvalidPart",
                    format!("Part {number} could not be found or its ETag differs"),
                )
            })?);
        }
        if blobs.iter().rev().skip(1).any(|blob| blob.size < PART_BYTES_MIN) {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(ApiError::new(400, "EntityTooSmall", message));
        }
        Ok(blobs)
    }
}

/// The MD5 of the parts' MD5s, and how many there were.
fn etag_of_parts(blobs: &[BlobRef]) -> String {
    let mut digest = Md5::new();
    for blob in blobs {
        // A blob's name is made by `BlobRef::of`, always hex; other text would only give another ETag.
        digest.update(hex::decode(&blob.md5).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(digest.finalize()), blobs.len())
}

fn no_such_upload() -> ApiError {
    ApiError::new(
        404,
        "NoSuchUpload",
        "The specified upload does not exist, or it was completed or aborted",
    )
}
