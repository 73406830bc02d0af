//! Writing, reading, copying and deleting one object.

use std::collections::BTreeMap;

use super::{Bucket, State, Versioning, no_such_key};
use crate::{ApiError, BlobRef, Caller, Record, S3Body, S3Object, World};

/// S3's longest key, in UTF-8 bytes.
const KEY_BYTES_MAX: usize = 1024;

/// What a conditional write asks for.
#[derive(Default, Clone)]
pub(super) struct Condition {
    /// `If-None-Match: *`
    pub(super) absent: bool,
    /// `If-Match: <etag>`
    pub(super) etag: Option<String>,
}

pub(super) struct NewObject {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) blobs: Vec<BlobRef>,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

impl Condition {
    fn check(&self, current: Option<&S3Object>, key: &str) -> Result<(), ApiError> {
        let failed = |which: &str| {
            let message = "At least one of the pre-conditions you specified did not hold";
            Err(ApiError::new(412, "PreconditionFailed", format!("{message}: {which}")))
        };
        if self.absent && current.is_some() {
            return failed("If-None-Match");
        }
        match (&self.etag, current) {
            (Some(_), None) => Err(no_such_key(key)),
            (Some(wanted), Some(current)) if wanted.trim_matches('"') != current.etag => failed("If-Match"),
            _ => Ok(()),
        }
    }
}

impl State {
    pub(super) fn look(&self, bucket: &str, key: &str, version_id: Option<&str>) -> Result<&S3Object, ApiError> {
        let bucket = self.bucket(bucket)?;
        let Some(wanted) = version_id else {
            return bucket.current(key).ok_or_else(|| no_such_key(key));
        };
        let version = bucket
            .versions
            .get(key)
            .and_then(|versions| versions.iter().find(|v| is_version(v, wanted)));
        match version {
            None => Err(ApiError::new(
                404,
                "NoSuchVersion",
                format!("The specified version does not exist: {wanted}"),
            )),
            Some(marker) if marker.delete_marker => {
                let message = "The specified method is not allowed against this resource: a delete marker";
                Err(ApiError::new(405, "MethodNotAllowed", message))
            }
            Some(version) => Ok(version),
        }
    }
}

impl Bucket {
    /// Make this the newest version; without versioning it takes the place of the `null` version.
    fn add(&mut self, version: S3Object) {
        let versions = self.versions.entry(version.key.clone()).or_default();
        if version.version_id.is_none() {
            versions.retain(|old| old.version_id.is_some());
        }
        versions.push(version);
    }
}

impl World {
    /// The one way in for every kind of write, so that every write is conditional, versioned and told alike.
    pub(super) fn put_object(
        &mut self,
        caller: &Caller,
        new: NewObject,
        condition: &Condition,
        reason: &str,
    ) -> Result<S3Object, ApiError> {
        if new.key.is_empty() || new.key.len() > KEY_BYTES_MAX {
            return Err(ApiError::new(400, "KeyTooLongError", "A key has 1 to 1024 bytes"));
        }
        let bucket = self.s3.bucket(&new.bucket)?;
        condition.check(bucket.current(&new.key), &new.key)?;
        let versioning = bucket.versioning;
        let object = S3Object {
            version_id: self.version_id(versioning),
            size: new.blobs.iter().map(|blob| blob.size).sum(),
            last_modified: self.now,
            body: S3Body { blobs: new.blobs },
            bucket: new.bucket,
            key: new.key,
            etag: new.etag,
            content_type: new.content_type,
            content_encoding: new.content_encoding,
            metadata: new.metadata,
            delete_marker: false,
        };
        self.s3.bucket_mut(&object.bucket)?.add(object.clone());
        self.journal(Record::ObjectCreated {
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            etag: object.etag.clone(),
            size: object.size,
            caller: caller.arn.clone(),
        });
        self.tell_created(&object, reason);
        Ok(object)
    }

    pub(super) fn copy_object(
        &mut self,
        caller: &Caller,
        source: (&str, &str),
        target: (&str, &str),
    ) -> Result<S3Object, ApiError> {
        if source == target {
            let message = "This copy request is illegal because it is trying to copy an object to itself without \
                           changing the object's metadata, storage class, website redirect location or encryption \
                           attributes.";
            return Err(ApiError::new(400, "InvalidRequest", message));
        }
        let original = self.s3.look(source.0, source.1, None)?.clone();
        let etag = match original.body.blobs.as_slice() {
            [one] => one.md5.clone(),
            _ => self.md5_of_whole(source)?,
        };
        let copy = NewObject {
            bucket: target.0.into(),
            key: target.1.into(),
            etag,
            blobs: original.body.blobs,
            content_type: original.content_type,
            content_encoding: original.content_encoding,
            metadata: original.metadata,
        };
        self.put_object(caller, copy, &Condition::default(), "CopyObject")
    }

    /// A copy is one part again, whatever the original was.
    fn md5_of_whole(&self, (bucket, key): (&str, &str)) -> Result<String, ApiError> {
        let unreadable = || ApiError::new(500, "InternalError", format!("cannot read s3://{bucket}/{key}"));
        let bytes = self.read_object(bucket, key).ok_or_else(unreadable)?;
        Ok(BlobRef::of(&bytes).md5)
    }

    pub(super) fn delete_object(
        &mut self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<(), ApiError> {
        let versioning = self.s3.bucket(bucket)?.versioning;
        if version_id.is_some() || versioning == Versioning::Never {
            return self.delete_for_good(caller, bucket, key, version_id.unwrap_or("null"));
        }
        let marker = self.delete_marker(bucket, key, versioning);
        self.s3.bucket_mut(bucket)?.add(marker.clone());
        self.journal_deleted(caller, bucket, key);
        self.tell_deleted(&marker, "Delete Marker Created");
        Ok(())
    }

    /// What is not there is deleted already: no error, and no event.
    fn delete_for_good(&mut self, caller: &Caller, bucket: &str, key: &str, version: &str) -> Result<(), ApiError> {
        let keys = &mut self.s3.bucket_mut(bucket)?.versions;
        let Some(versions) = keys.get_mut(key) else {
            return Ok(());
        };
        let Some(place) = versions.iter().position(|v| is_version(v, version)) else {
            return Ok(());
        };
        let gone = versions.remove(place);
        if versions.is_empty() {
            keys.remove(key);
        }
        self.journal_deleted(caller, bucket, key);
        self.tell_deleted(&gone, "Permanently Deleted");
        Ok(())
    }

    fn delete_marker(&mut self, bucket: &str, key: &str, versioning: Versioning) -> S3Object {
        S3Object {
            bucket: bucket.into(),
            key: key.into(),
            version_id: self.version_id(versioning),
            // The MD5 of nothing, as in S3's own events.
            etag: BlobRef::of(b"").md5,
            size: 0,
            last_modified: self.now,
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            body: S3Body { blobs: Vec::new() },
            delete_marker: true,
        }
    }

    fn version_id(&mut self, versioning: Versioning) -> Option<String> {
        (versioning == Versioning::Enabled).then(|| self.new_id("version")[..32].to_owned())
    }

    fn journal_deleted(&mut self, caller: &Caller, bucket: &str, key: &str) {
        let caller = caller.arn.clone();
        self.journal(Record::ObjectDeleted {
            bucket: bucket.into(),
            key: key.into(),
            caller,
        });
    }
}

/// The version written without versioning is called `null`.
fn is_version(version: &S3Object, wanted: &str) -> bool {
    version.version_id.as_deref().unwrap_or("null") == wanted
}
