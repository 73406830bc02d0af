//! Attributes of queues: which there are, their ranges, and the redrive policy.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::Queue;
use crate::{ApiError, Millis, World, input::Members};

/// Attributes with a number: name, default, least and greatest value.
const NUMBERS: [(&str, i64, i64, i64); 6] = [
    ("DelaySeconds", 0, 0, 900),
    ("MaximumMessageSize", 1_048_576, 1024, 1_048_576),
    ("MessageRetentionPeriod", 345_600, 60, 1_209_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 0, 20),
    ("VisibilityTimeout", 30, 0, 43_200),
    ("KmsDataKeyReusePeriodSeconds", 300, 60, 86_400),
];
/// Attributes that are kept as they are given.
const TEXTS: [&str; 4] = [POLICY, "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"];
const POLICY: &str = "Policy";
const REDRIVE: &str = "RedrivePolicy";
const RECEIVES_MAX: i64 = 1000;

/// Where messages go that were received too often.
pub(super) struct Redrive {
    pub(super) queue: String,
    pub(super) receives_max: u32,
}

pub(super) fn checked(attributes: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
    for (name, value) in &attributes {
        let numbers = NUMBERS.iter().find(|number| number.0 == name);
        let good = match numbers {
            Some((_, _, least, greatest)) => value.parse().is_ok_and(|value| (*least..=*greatest).contains(&value)),
            None if name == REDRIVE => value.is_empty() || redrive(value).is_some(),
            None if TEXTS.contains(&name.as_str()) => true,
            None => {
                return Err(ApiError::new(
                    400,
                    "InvalidAttributeName",
                    format!("Unknown Attribute {name}."),
                ));
            }
        };
        if !good {
            let message = format!("Invalid value for the parameter {name}: {value}");
            return Err(ApiError::new(400, "InvalidAttributeValue", message));
        }
    }
    Ok(attributes)
}

/// The queue's policy among its attributes, read; an empty one is none.
pub(super) fn policy(queue: &str, attributes: &BTreeMap<String, String>) -> Result<Option<Arc<Document>>, ApiError> {
    let Some(text) = attributes.get(POLICY).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = Document::parse_text(&format!("queue {queue}"), Kind::Resource, text);
    let refused = |malformed: windsock_policy::Malformed| {
        let message = format!("Invalid value for the parameter {POLICY}. Reason: {malformed}");
        ApiError::new(400, "InvalidAttributeValue", message)
    };
    read.map(|document| Some(Arc::new(document))).map_err(refused)
}

fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let count = &policy["maxReceiveCount"];
    let count = count
        .as_i64()
        .or_else(|| count.as_str()?.parse().ok())
        .filter(|n| (1..=RECEIVES_MAX).contains(n))?;
    let queue = super::queue_name(policy["deadLetterTargetArn"].as_str()?).to_owned();
    Some(Redrive {
        queue,
        receives_max: u32::try_from(count).ok()?,
    })
}

impl Queue {
    /// An attribute that can be set, with its default.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let default = NUMBERS
            .iter()
            .find(|number| number.0 == name)
            .map(|number| number.1.to_string());
        self.attributes.get(name).cloned().or(default)
    }

    /// One of the attributes in seconds, as milliseconds.
    pub(crate) fn period(&self, name: &str) -> Millis {
        self.attribute(name)
            .and_then(|value| value.parse::<Millis>().ok())
            .unwrap_or(0)
            * 1000
    }

    pub(super) fn size_max(&self) -> usize {
        self.attribute("MaximumMessageSize")
            .and_then(|value| value.parse().ok())
            .unwrap_or(usize::MAX)
    }

    pub(super) fn redrive(&self) -> Option<Redrive> {
        redrive(self.attributes.get(REDRIVE)?)
    }
}

impl World {
    pub(super) fn set_queue_attributes(&mut self, name: &str, members: Members) -> Result<Value, ApiError> {
        let attributes = checked(members.map("Attributes")?)?;
        let policy = policy(name, &attributes)?;
        let now = self.now;
        let queue = self.queue_mut(name)?;
        queue.modified_at = now;
        if attributes.contains_key(POLICY) {
            queue.policy = policy;
        }
        queue.attributes.extend(attributes);
        // An empty policy takes the policy away.
        queue.attributes.retain(|_, value| !value.is_empty());
        Ok(json!({}))
    }

    pub(super) fn get_queue_attributes(&self, name: &str, members: Members) -> Result<Value, ApiError> {
        let wanted = members.texts("AttributeNames")?;
        let queue = self.queue(name)?;
        let (visible, hidden, delayed) = queue.counts(self.now);
        let computed = [
            ("QueueArn", self.arn("sqs", name)),
            ("ApproximateNumberOfMessages", visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", hidden.to_string()),
            ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
            ("CreatedTimestamp", queue.created_at.div_euclid(1000).to_string()),
            ("LastModifiedTimestamp", queue.modified_at.div_euclid(1000).to_string()),
        ];
        let defaults = NUMBERS.iter().filter(|number| !number.0.starts_with("Kms"));
        let mut all: BTreeMap<String, String> = defaults
            .map(|number| (number.0.to_owned(), number.1.to_string()))
            .collect();
        all.extend(queue.attributes.clone());
        all.extend(computed.map(|(name, value)| (name.to_owned(), value)));
        for name in &wanted {
            let known = name == "All" || name == REDRIVE || TEXTS.contains(&name.as_str()) || all.contains_key(name);
            if !known && name != "KmsDataKeyReusePeriodSeconds" {
                return Err(ApiError::new(
                    400,
                    "InvalidAttributeName",
                    format!("Unknown Attribute {name}."),
                ));
            }
        }
        all.retain(|name, _| wanted.iter().any(|wanted| wanted == "All" || wanted == name));
        Ok(json!({ "Attributes": all }))
    }
}
