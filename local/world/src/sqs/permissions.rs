//! What SQS's operations need. A batch needs what one of it needs.

use serde_json::Value;

use super::queue_name;
use crate::{
    World,
    access::{Row, anything, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateQueue", queue),
    row("ListQueues", anything),
    row("GetQueueUrl", queue),
    row("DeleteQueue", queue),
    row("GetQueueAttributes", queue),
    row("SetQueueAttributes", queue),
    row("SendMessage", queue),
    row("SendMessageBatch", queue).by("sqs:SendMessage"),
    row("ReceiveMessage", queue),
    row("DeleteMessage", queue),
    row("DeleteMessageBatch", queue).by("sqs:DeleteMessage"),
    row("ChangeMessageVisibility", queue),
    row("ChangeMessageVisibilityBatch", queue).by("sqs:ChangeMessageVisibility"),
    row("PurgeQueue", queue),
    row("TagQueue", queue),
    row("ListQueueTags", queue),
];

fn queue(world: &World, input: &Value) -> Vec<String> {
    let named = input["QueueUrl"].as_str().or(input["QueueName"].as_str());
    vec![world.arn("sqs", queue_name(named.unwrap_or_default()))]
}
