//! Between the world's words and those of `s3s`: times, ETags, keys in listings, conditions on reads.

use std::time::{Duration, SystemTime};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{ETag, ETagCondition, EncodingType, Timestamp},
};
use windsock_world::{Millis, S3Object};

/// What S3 leaves as it is in a listing with `encoding-type=url`.
const URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b'/');

pub(super) fn time(at: Millis) -> Timestamp {
    // The world's times are after 1970; a negative one can only be a fault, and shows as 1970.
    let since = Duration::from_millis(u64::try_from(at).unwrap_or_default());
    Timestamp::from(SystemTime::UNIX_EPOCH + since)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since 1970 are far inside 64 bits"
)]
pub(super) fn time_of_seconds(seconds: f64) -> Timestamp {
    time((seconds * 1000.0).round() as Millis)
}

pub(super) fn etag(value: &str) -> ETag {
    ETag::Strong(value.trim_matches('"').to_owned())
}

/// A size or length as S3's headers carry it.
pub(super) fn length(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The ETag of an `If-Match` on a write.
pub(super) fn wanted_etag(condition: Option<ETagCondition>) -> S3Result<Option<String>> {
    match condition {
        None => Ok(None),
        Some(ETagCondition::ETag(etag)) => Ok(Some(etag.into_value())),
        Some(ETagCondition::Any) => {
            let message = "If-Match takes an ETag when writing, not *";
            Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
        }
    }
}

/// `If-None-Match` on a write, which S3 knows only as `*`.
pub(super) fn wants_absent(condition: Option<ETagCondition>) -> S3Result<bool> {
    match condition {
        None => Ok(false),
        Some(ETagCondition::Any) => Ok(true),
        Some(ETagCondition::ETag(_)) => {
            let message = "If-None-Match takes only * when writing";
            Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
        }
    }
}

/// Conditions on a read, in the order of RFC 9110: an ETag's answer makes the time's irrelevant.
#[derive(Default)]
pub(super) struct ReadConditions {
    pub(super) matches: Option<ETagCondition>,
    pub(super) none_match: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    pub(super) fn any(&self) -> bool {
        let by_etag = self.matches.is_some() || self.none_match.is_some();
        by_etag || self.modified_since.is_some() || self.unmodified_since.is_some()
    }

    pub(super) fn check(&self, object: &S3Object) -> S3Result<()> {
        let is_this = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == object.etag,
        };
        // HTTP's times have no fraction of a second, so neither has what they are compared with.
        let modified = time(object.last_modified.div_euclid(1000) * 1000);
        let fails = match (&self.matches, &self.unmodified_since) {
            (Some(condition), _) => !is_this(condition),
            (None, Some(since)) => modified > *since,
            (None, None) => false,
        };
        if fails {
            return Err(S3Error::new(S3ErrorCode::PreconditionFailed));
        }
        let known = match (&self.none_match, &self.modified_since) {
            (Some(condition), _) => is_this(condition),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if known {
            Err(S3Error::new(S3ErrorCode::NotModified))
        } else {
            Ok(())
        }
    }
}

/// A key, prefix or marker in a listing, as the client asked to have it written.
pub(super) fn listed(text: &str, encoding: Option<&EncodingType>) -> String {
    match encoding {
        Some(_) => utf8_percent_encode(text, URL).to_string(),
        None => text.to_owned(),
    }
}
