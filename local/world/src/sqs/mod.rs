//! SQS: standard queues, at their simplest reading: messages in order of arrival, each delivered until it is deleted or
//! has been received too often.

mod attributes;
mod gauges;
mod messages;
mod permissions;
mod receive;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};
use windsock_policy::Document;

use crate::{
    ApiError, Caller, Millis, World,
    input::{Members, unknown_operation},
};

use gauges::Measured;

pub(crate) use gauges::Gauge;
pub(crate) use messages::{Message, NewMessage};
pub(crate) use permissions::PERMISSIONS;

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    queues: BTreeMap<String, Queue>,
    /// Messages in all queues are numbered, in order of arrival.
    arrived: u64,
    /// Queues that changed since the alarms on them looked last.
    changed: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) name: String,
    created_at: Millis,
    modified_at: Millis,
    attributes: BTreeMap<String, String>,
    /// Its attribute Policy, read.
    policy: Option<Arc<Document>>,
    tags: BTreeMap<String, String>,
    messages: BTreeMap<u64, Message>,
    measured: Measured,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SqsTimer {
    /// A message of this queue becomes visible, and a function waits for it.
    Visible { queue: String },
}

impl State {
    pub(crate) fn policy(&self, queue: &str) -> Option<Arc<Document>> {
        self.queues.get(queue)?.policy.clone()
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = Arc<Document>> {
        self.queues.values().filter_map(|queue| queue.policy.clone())
    }
}

impl World {
    pub(crate) fn sqs_call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "CreateQueue" => return self.create_queue(members),
            "ListQueues" => return self.list_queues(members),
            "GetQueueUrl" => {
                let queue = self.queue(members.required("QueueName")?)?;
                return Ok(json!({ "QueueUrl": self.queue_url(&queue.name) }));
            }
            _ => {}
        }
        let name = queue_name(members.required("QueueUrl")?).to_owned();
        self.queue(&name)?;
        self.queue_call(caller, &name, operation, members)
    }

    fn queue_call(
        &mut self,
        caller: &Caller,
        name: &str,
        operation: &str,
        members: Members,
    ) -> Result<Value, ApiError> {
        match operation {
            "DeleteQueue" => {
                self.sqs.queues.remove(name);
                self.sqs.changed.insert(name.to_owned());
                Ok(json!({}))
            }
            "GetQueueAttributes" => self.get_queue_attributes(name, members),
            "SetQueueAttributes" => self.set_queue_attributes(name, members),
            "SendMessage" => self.send_one(caller, name, members),
            "SendMessageBatch" => self.batch(members, |world, entry| world.send_one(caller, name, entry)),
            "ReceiveMessage" => self.receive(name, members),
            "DeleteMessage" => self.delete_one(name, members),
            "DeleteMessageBatch" => self.batch(members, |world, entry| world.delete_one(name, entry)),
            "ChangeMessageVisibility" => self.change_visibility(name, members),
            "ChangeMessageVisibilityBatch" => self.batch(members, |world, entry| world.change_visibility(name, entry)),
            "PurgeQueue" => {
                self.queue_mut(name)?.messages.clear();
                self.queue_changed(name);
                Ok(json!({}))
            }
            "TagQueue" => {
                let tags = members.map("Tags")?;
                self.queue_mut(name)?.tags.extend(tags);
                Ok(json!({}))
            }
            "ListQueueTags" => Ok(json!({ "Tags": self.queue(name)?.tags })),
            _ => Err(unknown_operation("sqs", operation)),
        }
    }

    pub(crate) fn queue(&self, name: &str) -> Result<&Queue, ApiError> {
        self.sqs.queues.get(name).ok_or_else(no_such_queue)
    }

    /// Whoever takes a queue like this changes it: what it was until now is noted, and the alarms on it look again.
    fn queue_mut(&mut self, name: &str) -> Result<&mut Queue, ApiError> {
        let now = self.now;
        let queue = self.sqs.queues.get_mut(name).ok_or_else(no_such_queue)?;
        queue.note_minutes(now);
        if !self.sqs.changed.contains(name) {
            self.sqs.changed.insert(name.to_owned());
        }
        Ok(queue)
    }

    pub(crate) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.sqs.queues.values()
    }

    pub(crate) fn take_changed_queues(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.sqs.changed)
    }

    /// The host and port of a queue's URL do not matter: calls find the queue by the path.
    pub(crate) fn queue_url(&self, name: &str) -> String {
        format!("http://127.0.0.1/{}/{name}", self.account())
    }

    fn create_queue(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("QueueName")?;
        let well_formed = name.len() <= 80 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !well_formed {
            let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
        let attributes = attributes::checked(members.map("Attributes")?)?;
        if let Some(queue) = self.sqs.queues.get(name) {
            // Creating again is harmless, but not with other attributes.
            if attributes
                .iter()
                .any(|(name, value)| queue.attribute(name).as_ref() != Some(value))
            {
                let message = "A queue already exists with the same name and a different value for attribute";
                return Err(ApiError::new(400, "QueueNameExists", message));
            }
        } else {
            let queue = Queue {
                policy: attributes::policy(name, &attributes)?,
                name: name.into(),
                created_at: self.now,
                modified_at: self.now,
                attributes,
                tags: members.map("tags")?,
                messages: BTreeMap::new(),
                measured: Measured::new(self.now),
            };
            self.sqs.queues.insert(name.into(), queue);
            self.sqs.changed.insert(name.into());
        }
        Ok(json!({ "QueueUrl": self.queue_url(name) }))
    }

    fn list_queues(&self, members: Members) -> Result<Value, ApiError> {
        let prefix = members.text("QueueNamePrefix")?.unwrap_or_default();
        let names = self.sqs.queues.keys().filter(|name| name.starts_with(prefix));
        let urls: Vec<_> = names.map(|name| self.queue_url(name)).collect();
        Ok(json!({ "QueueUrls": urls }))
    }

    /// Every entry of a batch is a call of its own, whose refusal does not touch the others.
    fn batch(
        &mut self,
        members: Members,
        mut each: impl FnMut(&mut Self, Members) -> Result<Value, ApiError>,
    ) -> Result<Value, ApiError> {
        let entries = members.list("Entries")?;
        if entries.is_empty() {
            return Err(ApiError::new(
                400,
                "EmptyBatchRequest",
                "There should be at least one entry in the request.",
            ));
        }
        if entries.len() > 10 {
            let message = format!(
                "Maximum number of entries per request are 10. You have sent {}.",
                entries.len()
            );
            return Err(ApiError::new(400, "TooManyEntriesInBatchRequest", message));
        }
        let ids: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry["Id"].as_str()).collect();
        if ids.len() < entries.len() {
            return Err(ApiError::new(
                400,
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries have the same Id",
            ));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let id = &entry["Id"];
            match each(self, Members::of(entry)) {
                Ok(mut answer) => {
                    answer["Id"] = id.clone();
                    successful.push(answer);
                }
                Err(error) => {
                    failed.push(json!({ "Id": id, "SenderFault": true, "Code": error.code, "Message": error.message }))
                }
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }
}

/// The last component of a queue's URL or ARN.
pub(crate) fn queue_name(url_or_arn: &str) -> &str {
    url_or_arn
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .next()
        .unwrap_or(url_or_arn)
}

fn no_such_queue() -> ApiError {
    ApiError::new(400, "QueueDoesNotExist", "The specified queue does not exist.")
}
