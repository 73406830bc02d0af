//! What SNS's operations need. Those on one subscription know no resource.

use serde_json::Value;

use crate::{
    World,
    access::{Keys, Row, anything, key_of, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateTopic", topic),
    row("DeleteTopic", topic),
    row("ListTopics", anything),
    row("GetTopicAttributes", topic),
    row("SetTopicAttributes", topic),
    row("Subscribe", topic).keys(subscriber),
    row("ConfirmSubscription", topic),
    row("Unsubscribe", anything),
    row("ListSubscriptions", anything),
    row("ListSubscriptionsByTopic", topic),
    row("GetSubscriptionAttributes", anything),
    row("SetSubscriptionAttributes", anything),
    row("Publish", topic),
    row("TagResource", topic),
    row("ListTagsForResource", topic),
];

fn topic(world: &World, input: &Value) -> Vec<String> {
    let arn = ["TopicArn", "TargetArn", "ResourceArn"]
        .iter()
        .find_map(|member| input[*member].as_str());
    vec![arn.map_or_else(
        || world.arn("sns", input["Name"].as_str().unwrap_or_default()),
        str::to_owned,
    )]
}

fn subscriber(_: &World, input: &Value) -> Keys {
    let mut keys = key_of(input, "sns:Protocol", "Protocol");
    keys.extend(key_of(input, "sns:Endpoint", "Endpoint"));
    keys
}
