//! SQS queues and their policies.

use serde_json::{Map, Value, json};

use super::{Kind, Maker, Properties, properties::as_text, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

/// Properties that are attributes of the queue, under the same name.
const ATTRIBUTES: [&str; 9] = [
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
    "KmsMasterKeyId",
];

pub(super) const QUEUE: Kind = Kind {
    name: "AWS::SQS::Queue",
    known: &[
        "QueueName",
        "VisibilityTimeout",
        "MessageRetentionPeriod",
        "DelaySeconds",
        "MaximumMessageSize",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
        "KmsMasterKeyId",
    ],
    fixed: &["QueueName"],
    put: put_queue,
    delete: delete_queue,
};

pub(super) const POLICY: Kind = Kind {
    name: "AWS::SQS::QueuePolicy",
    known: &["Queues", "PolicyDocument"],
    fixed: &["Queues"],
    put: put_policy,
    delete: delete_policy,
};

fn put_queue(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let mut attributes: Map<String, Value> = properties
        .input(&ATTRIBUTES)
        .into_iter()
        .map(|(name, value)| (name, json!(as_text(&value))))
        .collect();
    let url = match before {
        Some(held) => {
            // An attribute that is no longer given has to be emptied; the numbers keep their value, as on AWS.
            for attribute in ["RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"] {
                if held.properties.contains_key(attribute) {
                    attributes.entry(attribute).or_insert_with(|| json!(""));
                }
            }
            let url = held.made.physical_id.clone();
            maker.call(
                "sqs",
                "SetQueueAttributes",
                &json!({ "QueueUrl": url, "Attributes": attributes }),
            )?;
            url
        }
        None => {
            let name = maker.name(properties.text("QueueName")?);
            if maker.call("sqs", "GetQueueUrl", &json!({ "QueueName": name })).is_ok() {
                return Err(ApiError::new(400, "AlreadyExists", format!("{name} already exists")));
            }
            let input = json!({ "QueueName": name, "Attributes": attributes });
            told(&maker.call("sqs", "CreateQueue", &input)?, "QueueUrl")?
        }
    };
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    let arn = maker.world.arn("sqs", &name);
    Ok(Made::named(&url)
        .with("Arn", arn)
        .with("QueueName", name)
        .with("QueueUrl", url))
}

fn delete_queue(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call("sqs", "DeleteQueue", &json!({ "QueueUrl": held.made.physical_id }))
        .map(|_| ())
}

fn put_policy(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let policy = properties.document("PolicyDocument")?;
    for url in properties.texts("Queues")? {
        let input = json!({ "QueueUrl": url, "Attributes": { "Policy": policy } });
        maker.call("sqs", "SetQueueAttributes", &input)?;
    }
    Ok(before.map_or_else(|| Made::named(maker.generated_name()), |held| held.made.clone()))
}

/// An empty policy takes the policy away.
fn delete_policy(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    for url in Properties::of(POLICY.name, &held.properties).texts("Queues")? {
        maker.call(
            "sqs",
            "SetQueueAttributes",
            &json!({ "QueueUrl": url, "Attributes": { "Policy": "" } }),
        )?;
    }
    Ok(())
}
