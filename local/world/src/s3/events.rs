//! What S3 tells EventBridge: only for buckets that have it turned on, folder markers included.

use serde_json::{Value, json};

use crate::{S3Object, World};

impl World {
    pub(super) fn tell_created(&mut self, object: &S3Object, reason: &str) {
        let mut told = json!({ "key": object.key, "size": object.size, "etag": object.etag });
        if let Some(version) = &object.version_id {
            told["version-id"] = json!(version);
        }
        self.tell(object, "Object Created", told, json!({ "reason": reason }));
    }

    pub(super) fn tell_deleted(&mut self, object: &S3Object, deletion_type: &str) {
        let mut told = json!({ "key": object.key, "etag": object.etag });
        if let Some(version) = &object.version_id {
            told["version-id"] = json!(version);
        }
        self.tell(
            object,
            "Object Deleted",
            told,
            json!({ "reason": "DeleteObject", "deletion-type": deletion_type }),
        );
    }

    fn tell(&mut self, object: &S3Object, detail_type: &str, mut told: Value, why: Value) {
        if !self.s3.bucket(&object.bucket).is_ok_and(|bucket| bucket.event_bridge) {
            return;
        }
        told["sequencer"] = json!(self.sequencer());
        let mut detail = json!({
            "version": "0",
            "bucket": { "name": object.bucket },
            "object": told,
            "request-id": self.new_id("request")[..16].to_uppercase(),
            "requester": self.account(),
            "source-ip-address": "127.0.0.1",
        });
        if let (Some(detail), Value::Object(why)) = (detail.as_object_mut(), why) {
            detail.extend(why);
        }
        let resources = vec![format!("arn:aws:s3:::{}", object.bucket)];
        self.emit_event("aws.s3", detail_type, resources, detail);
    }

    /// Hex that orders the events of one key: the second, and a counter that no two writes share.
    fn sequencer(&mut self) -> String {
        self.ids += 1;
        format!("{:08X}{:08X}", self.now.div_euclid(1000), self.ids)
    }
}
