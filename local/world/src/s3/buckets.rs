//! Buckets and their configuration.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::{Bucket, Versioning};
use crate::{
    ApiError, Caller, World,
    input::{Members, seconds},
};

/// Configuration that is kept and given back unread: operation without its verb, member that holds it, member of it
/// that the answer shows (or the whole), and the error when it was never set.
const KEPT: [(&str, &str, Option<&str>, &str); 7] = [
    (POLICY, "Policy", None, "NoSuchBucketPolicy"),
    (
        "BucketLogging",
        "BucketLoggingStatus",
        Some("LoggingEnabled"),
        "NoSuchLoggingStatus",
    ),
    ("BucketTagging", "Tagging", Some("TagSet"), "NoSuchTagSet"),
    (
        "PublicAccessBlock",
        "PublicAccessBlockConfiguration",
        None,
        "NoSuchPublicAccessBlockConfiguration",
    ),
    (
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        None,
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    (
        "BucketLifecycleConfiguration",
        "LifecycleConfiguration",
        Some("Rules"),
        "NoSuchLifecycleConfiguration",
    ),
    (
        "BucketOwnershipControls",
        "OwnershipControls",
        None,
        "OwnershipControlsNotFoundError",
    ),
];

/// The one configuration that is more than kept.
const POLICY: &str = "BucketPolicy";

impl World {
    pub(crate) fn s3_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        if operation == "ListBuckets" {
            return Ok(self.list_buckets());
        }
        let members = Members::of(input);
        let name = members.required("Bucket")?;
        match operation {
            "CreateBucket" => self.create_bucket(name),
            "DeleteBucket" => self.delete_bucket(name),
            "HeadBucket" => self.s3.bucket(name).map(|_| json!({ "BucketRegion": self.region() })),
            "GetBucketLocation" => {
                self.s3.bucket(name)?;
                // The oldest region is answered as nothing at all.
                let region = Some(self.region()).filter(|region| *region != "us-east-1");
                Ok(json!({ "LocationConstraint": region }))
            }
            "PutBucketVersioning" => {
                let status = input
                    .pointer("/VersioningConfiguration/Status")
                    .or_else(|| input.get("Status"));
                self.put_versioning(name, status.and_then(Value::as_str))
            }
            "GetBucketVersioning" => Ok(match self.s3.bucket(name)?.versioning {
                Versioning::Never => json!({}),
                Versioning::Enabled => json!({ "Status": "Enabled" }),
                Versioning::Suspended => json!({ "Status": "Suspended" }),
            }),
            "PutBucketNotificationConfiguration" => {
                self.put_notification(name, members.get("NotificationConfiguration").unwrap_or(input))
            }
            "GetBucketNotificationConfiguration" => Ok(match self.s3.bucket(name)?.event_bridge {
                true => json!({ "EventBridgeConfiguration": {} }),
                false => json!({}),
            }),
            _ => self.kept_configuration(name, operation, input),
        }
    }

    fn list_buckets(&self) -> Value {
        let buckets = self.s3.buckets.iter();
        let buckets: Vec<_> = buckets
            .map(|(name, bucket)| json!({ "Name": name, "CreationDate": seconds(bucket.created_at) }))
            .collect();
        json!({ "Buckets": buckets, "Owner": { "ID": self.account() } })
    }

    fn create_bucket(&mut self, name: &str) -> Result<Value, ApiError> {
        let well_formed = (3..=63).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
            && name
                .bytes()
                .next()
                .zip(name.bytes().last())
                .is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric());
        if !well_formed {
            let message = format!("The specified bucket is not valid: {name} (3 to 63 of a-z, 0-9, dot and hyphen)");
            return Err(ApiError::new(400, "InvalidBucketName", message));
        }
        if self.s3.buckets.contains_key(name) {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(ApiError::new(409, "BucketAlreadyOwnedByYou", message));
        }
        let bucket = Bucket {
            created_at: self.now,
            versioning: Versioning::Never,
            event_bridge: false,
            versions: BTreeMap::new(),
            configuration: BTreeMap::new(),
            policy: None,
        };
        self.s3.buckets.insert(name.into(), bucket);
        Ok(json!({ "Location": format!("/{name}") }))
    }

    fn delete_bucket(&mut self, name: &str) -> Result<Value, ApiError> {
        if !self.s3.bucket(name)?.versions.is_empty() {
            let message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
            return Err(ApiError::new(409, "BucketNotEmpty", message));
        }
        self.s3.buckets.remove(name);
        self.s3.uploads.retain(|_, upload| upload.bucket != name);
        Ok(json!({}))
    }

    fn put_versioning(&mut self, name: &str, status: Option<&str>) -> Result<Value, ApiError> {
        let versioning = match status {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            other => {
                let message = format!("VersioningConfiguration.Status is Enabled or Suspended, not {other:?}");
                return Err(ApiError::new(400, "IllegalVersioningConfigurationException", message));
            }
        };
        self.s3.bucket_mut(name)?.versioning = versioning;
        Ok(json!({}))
    }

    /// The whole configuration is replaced, so one without EventBridge turns it off.
    fn put_notification(&mut self, name: &str, configuration: &Value) -> Result<Value, ApiError> {
        let others = [
            "QueueConfigurations",
            "TopicConfigurations",
            "LambdaFunctionConfigurations",
        ];
        let bucket = self.s3.bucket_mut(name)?;
        for other in others {
            if configuration
                .get(other)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
            {
                return Err(ApiError::new(
                    501,
                    "NotImplemented",
                    format!("{other}: use EventBridgeConfiguration"),
                ));
            }
        }
        bucket.event_bridge = configuration
            .get("EventBridgeConfiguration")
            .is_some_and(|value| !value.is_null());
        Ok(json!({}))
    }

    fn kept_configuration(&mut self, name: &str, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let verb_and_kind = ["Put", "Get", "Delete"].into_iter().find_map(|verb| {
            let subject = operation.strip_prefix(verb)?;
            KEPT.iter().find(|kept| kept.0 == subject).map(|kept| (verb, kept))
        });
        let Some((verb, (kind, member, shown, absent))) = verb_and_kind else {
            let message = format!("s3 {operation} is not part of this world");
            return Err(ApiError::new(501, "NotImplemented", message));
        };
        let bucket = self.s3.bucket_mut(name)?;
        match verb {
            "Put" => {
                let value = input
                    .get(*member)
                    .ok_or_else(|| ApiError::validation(format!("{member} is required")))?;
                if *kind == POLICY {
                    bucket.policy = Some(read_policy(name, value)?);
                }
                bucket.configuration.insert((*kind).into(), value.clone());
                Ok(json!({}))
            }
            "Get" => {
                let value = bucket.configuration.get(*kind);
                let value = value.ok_or_else(|| ApiError::new(404, absent, format!("{name} has no {member}")))?;
                Ok(shown.map_or_else(|| json!({ *member: value }), |shown| json!({ shown: value.get(shown) })))
            }
            _ => {
                bucket.configuration.remove(*kind);
                if *kind == POLICY {
                    bucket.policy = None;
                }
                Ok(json!({}))
            }
        }
    }
}

fn read_policy(bucket: &str, policy: &Value) -> Result<Arc<Document>, ApiError> {
    let name = format!("bucket {bucket}");
    let read = match policy {
        Value::String(text) => Document::parse_text(&name, Kind::Resource, text),
        other => Document::parse(&name, Kind::Resource, other),
    };
    read.map(Arc::new)
        .map_err(|malformed| ApiError::new(400, "MalformedPolicy", malformed.to_string()))
}
