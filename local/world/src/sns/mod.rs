//! SNS: topics, subscriptions, and the letters that people get.

mod permissions;
mod publish;
mod subscriptions;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

pub(crate) use permissions::PERMISSIONS;
pub(crate) use publish::Publication;
use subscriptions::Subscription;

use crate::{
    ApiError, Caller, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    /// By ARN, as are the subscriptions.
    topics: BTreeMap<String, Topic>,
}

#[derive(Debug, Clone)]
struct Topic {
    attributes: BTreeMap<String, String>,
    /// Its attribute Policy, read, or the one that a topic without it has.
    policy: Arc<Document>,
    tags: Value,
    subscriptions: BTreeMap<String, Subscription>,
}

const POLICY: &str = "Policy";
const TOPIC_ATTRIBUTES: [&str; 6] = [
    "DisplayName",
    POLICY,
    "DeliveryPolicy",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
];

impl State {
    pub(crate) fn policy(&self, topic: &str) -> Option<Arc<Document>> {
        Some(self.topics.get(topic)?.policy.clone())
    }

    /// Those that were given; not what topics have by default.
    pub(crate) fn policies(&self) -> impl Iterator<Item = Arc<Document>> {
        let given = self
            .topics
            .values()
            .filter(|topic| topic.attributes.contains_key(POLICY));
        given.map(|topic| topic.policy.clone())
    }
}

impl World {
    pub(crate) fn sns_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "CreateTopic" => self.create_topic(members),
            "DeleteTopic" => {
                // Deleting what is gone is no error.
                self.sns.topics.remove(members.required("TopicArn")?);
                Ok(json!({}))
            }
            "ListTopics" => {
                let topics: Vec<_> = self.sns.topics.keys().map(|arn| json!({ "TopicArn": arn })).collect();
                Ok(json!({ "Topics": topics }))
            }
            "GetTopicAttributes" => self.get_topic_attributes(members.required("TopicArn")?),
            "SetTopicAttributes" => {
                let name = members.required("AttributeName")?;
                let attributes = BTreeMap::from([(
                    name.to_owned(),
                    members.text("AttributeValue")?.unwrap_or_default().to_owned(),
                )]);
                let attributes = checked(attributes)?;
                let arn = members.required("TopicArn")?;
                let policy = self.topic_policy(arn, &attributes)?;
                let topic = self.topic_mut(arn)?;
                if attributes.contains_key(POLICY) {
                    topic.policy = policy;
                }
                topic.attributes.extend(attributes);
                Ok(json!({}))
            }
            "Subscribe" => self.subscribe(members),
            "ConfirmSubscription" => self.confirm_subscription(members),
            "Unsubscribe" => self.unsubscribe(members.required("SubscriptionArn")?),
            "ListSubscriptions" => Ok(self.list_subscriptions(self.sns.topics.keys())),
            "ListSubscriptionsByTopic" => {
                let arn = members.required("TopicArn")?.to_owned();
                self.topic(&arn)?;
                Ok(self.list_subscriptions([&arn].into_iter()))
            }
            "GetSubscriptionAttributes" => self.get_subscription_attributes(members.required("SubscriptionArn")?),
            "SetSubscriptionAttributes" => self.set_subscription_attributes(members),
            "Publish" => {
                let topic = members.text("TopicArn")?.or(members.text("TargetArn")?);
                let topic = topic.ok_or_else(|| invalid("TopicArn or TargetArn is required"))?;
                let publication = Publication::read(members)?;
                self.publish(topic, &publication).map(|id| json!({ "MessageId": id }))
            }
            "TagResource" => {
                let tags = json!(members.list("Tags")?);
                self.topic_mut(members.required("ResourceArn")?)?.tags = tags;
                Ok(json!({}))
            }
            "ListTagsForResource" => Ok(json!({ "Tags": self.topic(members.required("ResourceArn")?)?.tags })),
            _ => Err(unknown_operation("sns", operation)),
        }
    }

    fn topic(&self, arn: &str) -> Result<&Topic, ApiError> {
        self.sns
            .topics
            .get(arn)
            .ok_or_else(|| not_found("Topic does not exist"))
    }

    fn topic_mut(&mut self, arn: &str) -> Result<&mut Topic, ApiError> {
        self.sns
            .topics
            .get_mut(arn)
            .ok_or_else(|| not_found("Topic does not exist"))
    }

    fn create_topic(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("Name")?;
        let well_formed = name.len() <= 256 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !well_formed {
            return Err(invalid("Topic Name"));
        }
        let attributes = checked(members.map("Attributes")?)?;
        let arn = self.arn("sns", name);
        let tags = json!(members.list("Tags")?);
        let topic = Topic {
            policy: self.topic_policy(&arn, &attributes)?,
            attributes,
            tags,
            subscriptions: BTreeMap::new(),
        };
        // Creating again gives the topic that is there.
        self.sns.topics.entry(arn.clone()).or_insert(topic);
        Ok(json!({ "TopicArn": arn }))
    }

    /// A topic's policy among its attributes. Without one, its own account's alarms may publish to it.
    fn topic_policy(&self, arn: &str, attributes: &BTreeMap<String, String>) -> Result<Arc<Document>, ApiError> {
        let name = format!("topic {}", arn.rsplit(':').next().unwrap_or(arn));
        let read = match attributes.get(POLICY).filter(|text| !text.is_empty()) {
            Some(text) => Document::parse_text(&name, Kind::Resource, text),
            None => {
                let statement = json!({
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": { "AWS": "*" },
                    "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                               "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                               "SNS:ListSubscriptionsByTopic", "SNS:Publish"],
                    "Resource": arn,
                    "Condition": { "StringEquals": { "AWS:SourceOwner": self.account() } },
                });
                Document::parse(
                    &name,
                    Kind::Resource,
                    &json!({ "Version": "2008-10-17", "Statement": [statement] }),
                )
            }
        };
        read.map(Arc::new)
            .map_err(|malformed| invalid(&format!("Policy Error: {malformed}")))
    }

    fn get_topic_attributes(&self, arn: &str) -> Result<Value, ApiError> {
        let topic = self.topic(arn)?;
        let confirmed = topic
            .subscriptions
            .values()
            .filter(|subscription| subscription.confirmed)
            .count();
        let mut attributes = topic.attributes.clone();
        attributes.extend([
            ("TopicArn".to_owned(), arn.to_owned()),
            ("Owner".to_owned(), self.account().to_owned()),
            ("SubscriptionsConfirmed".to_owned(), confirmed.to_string()),
            (
                "SubscriptionsPending".to_owned(),
                (topic.subscriptions.len() - confirmed).to_string(),
            ),
        ]);
        attributes.entry("DisplayName".into()).or_default();
        Ok(json!({ "Attributes": attributes }))
    }
}

fn checked(attributes: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
    match attributes
        .keys()
        .find(|name| !TOPIC_ATTRIBUTES.contains(&name.as_str()))
    {
        Some(unknown) => Err(invalid(&format!("AttributeName {unknown}"))),
        None => Ok(attributes),
    }
}

fn invalid(what: &str) -> ApiError {
    ApiError::new(400, "InvalidParameter", format!("Invalid parameter: {what}"))
}

fn not_found(message: &str) -> ApiError {
    ApiError::new(404, "NotFound", message)
}
