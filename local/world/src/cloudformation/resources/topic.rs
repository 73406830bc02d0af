//! SNS topics, their policies and subscriptions.

use serde_json::{Map, Value, json};

use super::{Kind, Maker, Properties, properties::as_text, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const TOPIC: Kind = Kind {
    name: "AWS::SNS::Topic",
    known: &["TopicName", "DisplayName", "KmsMasterKeyId", "Tags"],
    fixed: &["TopicName"],
    put: put_topic,
    delete: delete_topic,
};

pub(super) const POLICY: Kind = Kind {
    name: "AWS::SNS::TopicPolicy",
    known: &["Topics", "PolicyDocument"],
    fixed: &["Topics"],
    put: put_policy,
    delete: delete_policy,
};

pub(super) const SUBSCRIPTION: Kind = Kind {
    name: "AWS::SNS::Subscription",
    known: &[
        "TopicArn",
        "Protocol",
        "Endpoint",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
    ],
    fixed: &["TopicArn", "Protocol", "Endpoint"],
    put: put_subscription,
    delete: delete_subscription,
};

fn put_topic(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let names = ["DisplayName", "KmsMasterKeyId"];
    let mut attributes = properties.input(&names);
    for name in names {
        if before.is_some_and(|held| held.properties.contains_key(name)) {
            attributes.entry(name).or_insert_with(|| json!(""));
        }
    }
    let arn = match before {
        Some(held) => {
            let arn = held.made.physical_id.clone();
            for (name, value) in &attributes {
                let input = json!({ "TopicArn": arn, "AttributeName": name, "AttributeValue": value });
                maker.call("sns", "SetTopicAttributes", &input)?;
            }
            arn
        }
        None => {
            let name = maker.name(properties.text("TopicName")?);
            let input = json!({ "Name": name, "Attributes": attributes, "Tags": properties.list("Tags")? });
            told(&maker.call("sns", "CreateTopic", &input)?, "TopicArn")?
        }
    };
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    Ok(Made::named(&arn).with("TopicArn", arn).with("TopicName", name))
}

fn delete_topic(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call("sns", "DeleteTopic", &json!({ "TopicArn": held.made.physical_id }))
        .map(|_| ())
}

fn put_policy(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let policy = properties.document("PolicyDocument")?;
    for arn in properties.texts("Topics")? {
        let input = json!({ "TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy });
        maker.call("sns", "SetTopicAttributes", &input)?;
    }
    Ok(before.map_or_else(|| Made::named(maker.generated_name()), |held| held.made.clone()))
}

/// A topic always has a policy: without ours, the one it began with, under which its owner may do everything.
fn delete_policy(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let account = maker.world.account().to_owned();
    for arn in Properties::of(POLICY.name, &held.properties).texts("Topics")? {
        let policy = json!({
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [{
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": ["SNS:Publish", "SNS:Subscribe"],
                "Resource": arn,
                "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
            }],
        });
        let input = json!({ "TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy.to_string() });
        maker.call("sns", "SetTopicAttributes", &input)?;
    }
    Ok(())
}

fn put_subscription(
    maker: &mut Maker<'_>,
    properties: &Properties<'_>,
    before: Option<&Held>,
) -> Result<Made, ApiError> {
    let attributes: Map<String, Value> = properties
        .input(&["FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"])
        .into_iter()
        .map(|(name, value)| (name, json!(as_text(&value))))
        .collect();
    if let Some(held) = before {
        let arn = &held.made.physical_id;
        for (name, value) in &attributes {
            let input = json!({ "SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value });
            maker.call("sns", "SetSubscriptionAttributes", &input)?;
        }
        return Ok(held.made.clone());
    }
    let input = json!({
        "TopicArn": properties.required_text("TopicArn")?,
        "Protocol": properties.required_text("Protocol")?,
        "Endpoint": properties.required_text("Endpoint")?,
        "Attributes": attributes,
        "ReturnSubscriptionArn": true,
    });
    let arn = told(&maker.call("sns", "Subscribe", &input)?, "SubscriptionArn")?;
    Ok(Made::named(&arn).with("Arn", arn))
}

fn delete_subscription(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call(
            "sns",
            "Unsubscribe",
            &json!({ "SubscriptionArn": held.made.physical_id }),
        )
        .map(|_| ())
}
