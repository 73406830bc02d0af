//! Publishing: what a message may be, who gets it, and in what wrapping.

use serde_json::{Value, json};

use super::{invalid, subscriptions::Subscription};
use crate::{
    ApiError, Record, World,
    access::Actor,
    input::{Members, rfc3339},
    sqs::NewMessage,
};

/// Body and attributes together, in bytes.
const MESSAGE_BYTES_MAX: usize = 262_144;
/// A subject has fewer characters than this.
const SUBJECT_CHARS: usize = 100;

/// One message to a topic.
pub(crate) struct Publication {
    subject: Option<String>,
    message: String,
    attributes: Value,
    /// With MessageStructure=json: the message by protocol.
    by_protocol: Option<Value>,
}

impl Publication {
    pub(crate) fn new(subject: String, message: String) -> Self {
        Self {
            subject: Some(subject),
            message,
            attributes: json!({}),
            by_protocol: None,
        }
    }

    pub(super) fn read(members: Members) -> Result<Self, ApiError> {
        let subject = members.text("Subject")?;
        let subject_is_good = subject.is_none_or(|subject| {
            (1..SUBJECT_CHARS).contains(&subject.chars().count()) && !subject.chars().any(char::is_control)
        });
        if !subject_is_good {
            return Err(invalid("Subject"));
        }
        let message = members.text("Message")?.unwrap_or_default();
        if message.is_empty() {
            return Err(invalid("Empty message"));
        }
        let attributes = members.get("MessageAttributes").cloned().unwrap_or_else(|| json!({}));
        check_attributes(&attributes)?;
        if message.len() + attributes.to_string().len() > MESSAGE_BYTES_MAX {
            return Err(invalid("Message too long"));
        }
        let by_protocol = match members.text("MessageStructure")? {
            None => None,
            Some("json") => {
                let by_protocol: Value = serde_json::from_str(message)
                    .map_err(|_| invalid("Message Structure - JSON message body failed to parse"))?;
                if !by_protocol["default"].is_string() {
                    return Err(invalid("Message Structure - No default entry in JSON message body"));
                }
                Some(by_protocol)
            }
            Some(_) => return Err(invalid("MessageStructure")),
        };
        Ok(Self {
            subject: subject.map(str::to_owned),
            message: message.into(),
            attributes,
            by_protocol,
        })
    }

    fn body(&self, protocol: &str) -> &str {
        let chosen = self
            .by_protocol
            .as_ref()
            .and_then(|bodies| bodies.get(protocol).or_else(|| bodies.get("default")));
        chosen.and_then(Value::as_str).unwrap_or(&self.message)
    }

    /// Attributes as a filter policy sees them.
    fn attribute_values(&self) -> Value {
        let attributes = self.attributes.as_object().into_iter().flatten();
        let values = attributes.map(|(name, attribute)| {
            let text = attribute["StringValue"].as_str().unwrap_or_default();
            let value = match attribute["DataType"].as_str() {
                Some("Number" | "String.Array") => serde_json::from_str(text).unwrap_or(Value::Null),
                _ => json!(text),
            };
            (name.clone(), value)
        });
        Value::Object(values.collect())
    }

    fn is_for(&self, subscription: &Subscription) -> bool {
        let Some(filter) = &subscription.filter else {
            return true;
        };
        if filter.of_body {
            let body = serde_json::from_str(&self.message).unwrap_or(Value::Null);
            return filter.pattern.matches(&body);
        }
        filter.pattern.matches(&self.attribute_values())
    }
}

fn check_attributes(attributes: &Value) -> Result<(), ApiError> {
    for (name, attribute) in attributes.as_object().into_iter().flatten() {
        let value = attribute["StringValue"]
            .as_str()
            .or(attribute["BinaryValue"].as_str())
            .unwrap_or_default();
        if value.is_empty() {
            let message = format!("The message attribute '{name}' must contain non-empty message attribute value");
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
        if !attribute["DataType"].is_string() {
            let message = format!("The message attribute '{name}' must contain a DataType");
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
    }
    Ok(())
}

/// One subscription's share of a publication.
struct Copy {
    arn: String,
    protocol: String,
    endpoint: String,
    raw: bool,
}

impl World {
    /// Deliver to every confirmed subscription whose filter lets it through. An endpoint that cannot be reached loses
    /// its copy, as in AWS without a redrive policy; the publisher never hears of it.
    pub(crate) fn publish(&mut self, topic: &str, publication: &Publication) -> Result<String, ApiError> {
        let subscriptions = self.topic(topic)?.subscriptions.iter();
        let copies: Vec<_> = subscriptions
            .filter(|(_, subscription)| subscription.confirmed && publication.is_for(subscription))
            .map(|(arn, subscription)| Copy {
                arn: arn.clone(),
                protocol: subscription.protocol.clone(),
                endpoint: subscription.endpoint.clone(),
                raw: subscription.raw,
            })
            .collect();
        let id = self.new_uuid();
        for copy in copies {
            self.deliver_copy(topic, &id, publication, copy);
        }
        Ok(id)
    }

    fn deliver_copy(&mut self, topic: &str, id: &str, publication: &Publication, copy: Copy) {
        let sender = Actor::service("sns.amazonaws.com", topic);
        let body = publication.body(&copy.protocol);
        let envelope = json!({
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": topic,
            "Subject": publication.subject,
            "Message": body,
            "Timestamp": rfc3339(self.now),
            "MessageAttributes": publication.attributes,
        });
        let lost = match copy.protocol.as_str() {
            "sqs" => {
                let body = if copy.raw {
                    body.to_owned()
                } else {
                    envelope.to_string()
                };
                let attributes = if copy.raw {
                    publication.attributes.clone()
                } else {
                    json!({})
                };
                let message = NewMessage {
                    body,
                    attributes,
                    sender: topic.into(),
                    delay: None,
                };
                let allowed = self.may_deliver(&sender, &copy.endpoint);
                allowed.and_then(|()| self.send_message(&copy.endpoint, message)).err()
            }
            "lambda" => {
                let record = json!({ "EventSource": "aws:sns", "EventVersion": "1.0",
                                     "EventSubscriptionArn": copy.arn, "Sns": envelope });
                self.deliver(&sender, &copy.endpoint, &json!({ "Records": [record] }))
                    .err()
            }
            _ => {
                self.journal(Record::Letter {
                    topic: topic.into(),
                    protocol: copy.protocol,
                    endpoint: copy.endpoint.clone(),
                    subject: publication
                        .subject
                        .clone()
                        .unwrap_or_else(|| "AWS Notification Message".into()),
                    body: body.into(),
                    attributes: publication.attribute_values(),
                });
                None
            }
        };
        if let Some(error) = lost {
            let (queue, function) = (String::new(), String::new());
            let error = format!("SNS could not deliver to {}: {error}", copy.endpoint);
            self.journal(Record::DeadLetter {
                queue,
                function,
                error,
                event: envelope,
            });
        }
    }
}
