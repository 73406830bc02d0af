//! Who gets what a topic is told.

use serde_json::{Value, json};

use super::{invalid, not_found};
use crate::{ApiError, Pattern, Record, World, input::Members};

#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) confirmed: bool,
    pub(super) filter: Option<Filter>,
    pub(super) raw: bool,
    /// What ConfirmSubscription must bring; it was sent to the endpoint.
    token: String,
}

#[derive(Debug, Clone)]
pub(super) struct Filter {
    text: String,
    pub(super) pattern: Pattern,
    /// Whether it is about the message's body instead of its attributes.
    pub(super) of_body: bool,
}

const PROTOCOLS: [&str; 6] = ["email", "email-json", "sqs", "lambda", "http", "https"];
const OF_BODY: &str = "MessageBody";
/// The scope says how to read the policy, so it comes after it.
const ATTRIBUTES: [&str; 3] = ["FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"];

impl Subscription {
    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "FilterPolicy" if value.is_empty() || value == "{}" => self.filter = None,
            "FilterPolicy" => {
                let pattern = Pattern::parse_text(value);
                let pattern = pattern.map_err(|error| invalid(&format!("FilterPolicy: {error}")))?;
                let of_body = self.filter.as_ref().is_some_and(|filter| filter.of_body);
                self.filter = Some(Filter {
                    text: value.into(),
                    pattern,
                    of_body,
                });
            }
            "FilterPolicyScope" => {
                if let Some(filter) = &mut self.filter {
                    filter.of_body = value == OF_BODY;
                }
            }
            "RawMessageDelivery" => self.raw = value == "true",
            _ => return Err(invalid(&format!("AttributeName {name}"))),
        }
        Ok(())
    }

    /// Whether an attribute that is given once more is as it was.
    fn has(&self, name: &str, value: &str) -> bool {
        let filter = self.filter.as_ref();
        match name {
            "FilterPolicy" => {
                let policy = |text: &str| serde_json::from_str::<Value>(text).ok();
                policy(value) == policy(filter.map_or("{}", |filter| &filter.text))
            }
            "FilterPolicyScope" => filter.is_none_or(|filter| filter.of_body == (value == OF_BODY)),
            _ => self.raw == (value == "true"),
        }
    }
}

impl World {
    pub(super) fn subscribe(&mut self, members: Members) -> Result<Value, ApiError> {
        let (topic_arn, protocol) = (members.required("TopicArn")?, members.required("Protocol")?);
        let endpoint = members.required("Endpoint")?;
        if !PROTOCOLS.contains(&protocol) {
            return Err(invalid(&format!("Protocol: {protocol}")));
        }
        if protocol.starts_with("email") && !endpoint.contains('@') {
            return Err(invalid("Email address"));
        }
        let attributes = members.map("Attributes")?;
        let given = || {
            ATTRIBUTES
                .iter()
                .filter_map(|name| Some((*name, attributes.get(*name)?)))
        };
        let same = |old: &Subscription| old.protocol == protocol && old.endpoint == endpoint;
        let old = self.topic(topic_arn)?.subscriptions.iter().find(|(_, old)| same(old));
        if let Some((arn, old)) = old {
            // Only what is given is compared.
            if !given().all(|(name, value)| old.has(name, value)) {
                return Err(invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            if old.confirmed {
                return Ok(json!({ "SubscriptionArn": arn }));
            }
            // Asking again is how the mail of one that nobody confirmed is sent again.
            let old = old.clone();
            self.ask_to_confirm(topic_arn, &old);
            return Ok(json!({ "SubscriptionArn": "pending confirmation" }));
        }
        let by_mail = protocol.starts_with("email");
        let confirmed = matches!(protocol, "sqs" | "lambda") || (by_mail && self.settings.confirm_emails);
        let mut subscription = Subscription {
            protocol: protocol.into(),
            endpoint: endpoint.into(),
            confirmed,
            filter: None,
            raw: false,
            token: self.new_id("subscription token"),
        };
        for (name, value) in given() {
            subscription.set(name, value)?;
        }
        let arn = format!("{topic_arn}:{}", self.new_uuid());
        if !confirmed {
            self.ask_to_confirm(topic_arn, &subscription);
        }
        self.topic_mut(topic_arn)?
            .subscriptions
            .insert(arn.clone(), subscription);
        let told = confirmed || members.flag("ReturnSubscriptionArn")?.unwrap_or(false);
        Ok(json!({ "SubscriptionArn": if told { arn.as_str() } else { "pending confirmation" } }))
    }

    fn ask_to_confirm(&mut self, topic_arn: &str, subscription: &Subscription) {
        self.journal(Record::Letter {
            topic: topic_arn.into(),
            protocol: subscription.protocol.clone(),
            endpoint: subscription.endpoint.clone(),
            subject: "AWS Notification - Subscription Confirmation".into(),
            body: format!(
                "You have chosen to subscribe to the topic {topic_arn}. To confirm, call ConfirmSubscription with the \
                 token {}",
                subscription.token
            ),
            attributes: json!({}),
        });
    }

    pub(super) fn confirm_subscription(&mut self, members: Members) -> Result<Value, ApiError> {
        let token = members.required("Token")?;
        let topic = self.topic_mut(members.required("TopicArn")?)?;
        let mut subscriptions = topic.subscriptions.iter_mut();
        let (arn, subscription) = subscriptions
            .find(|(_, subscription)| subscription.token == token)
            .ok_or_else(|| invalid("Token"))?;
        subscription.confirmed = true;
        Ok(json!({ "SubscriptionArn": arn }))
    }

    pub(super) fn unsubscribe(&mut self, arn: &str) -> Result<Value, ApiError> {
        for topic in self.sns.topics.values_mut() {
            topic.subscriptions.remove(arn);
        }
        Ok(json!({}))
    }

    pub(super) fn list_subscriptions<'a>(&self, topics: impl Iterator<Item = &'a String>) -> Value {
        let mut shown = Vec::new();
        for topic in topics {
            for (arn, subscription) in self
                .sns
                .topics
                .get(topic)
                .into_iter()
                .flat_map(|topic| &topic.subscriptions)
            {
                shown.push(json!({
                    "SubscriptionArn": if subscription.confirmed { arn.as_str() } else { "PendingConfirmation" },
                    "Owner": self.account(),
                    "Protocol": subscription.protocol,
                    "Endpoint": subscription.endpoint,
                    "TopicArn": topic,
                }));
            }
        }
        json!({ "Subscriptions": shown })
    }

    pub(super) fn get_subscription_attributes(&self, arn: &str) -> Result<Value, ApiError> {
        let (topic, subscription) = self.find_subscription(arn)?;
        let mut attributes = json!({
            "SubscriptionArn": arn,
            "TopicArn": topic,
            "Owner": self.account(),
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "PendingConfirmation": (!subscription.confirmed).to_string(),
            "RawMessageDelivery": subscription.raw.to_string(),
        });
        if let Some(filter) = &subscription.filter {
            attributes["FilterPolicy"] = json!(filter.text);
            attributes["FilterPolicyScope"] = json!(if filter.of_body { OF_BODY } else { "MessageAttributes" });
        }
        Ok(json!({ "Attributes": attributes }))
    }

    pub(super) fn set_subscription_attributes(&mut self, members: Members) -> Result<Value, ApiError> {
        let arn = members.required("SubscriptionArn")?;
        let topic = self.find_subscription(arn)?.0.to_owned();
        let name = members.required("AttributeName")?;
        let value = members.text("AttributeValue")?.unwrap_or_default();
        let subscription = self.topic_mut(&topic)?.subscriptions.get_mut(arn);
        subscription
            .ok_or_else(|| not_found("Subscription does not exist"))?
            .set(name, value)?;
        Ok(json!({}))
    }

    fn find_subscription(&self, arn: &str) -> Result<(&str, &Subscription), ApiError> {
        let mut topics = self.sns.topics.iter();
        let found = topics.find_map(|(topic, state)| Some((topic.as_str(), state.subscriptions.get(arn)?)));
        found.ok_or_else(|| not_found("Subscription does not exist"))
    }
}
