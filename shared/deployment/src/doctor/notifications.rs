//! Whether a bucket tells EventBridge of new objects, and the command that makes it, beside whom it tells already.

use anyhow::Context;
use aws_sdk_s3::{
    Client,
    operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput as Notifications,
    types::{Event, NotificationConfigurationFilter as Filter},
};
use serde_json::{Value, json};

use super::{Check, quoted, well, wrong};

pub(super) async fn check(client: &Client, bucket: &str) -> anyhow::Result<Check> {
    let answer = client.get_bucket_notification_configuration().bucket(bucket);
    let answer = answer.send().await;
    let answer = answer.with_context(|| format!("read the notifications of bucket {bucket}"))?;
    let what = format!("bucket {bucket} tells EventBridge of new objects");
    if answer.event_bridge_configuration().is_some() {
        return Ok(well(what));
    }
    Ok(wrong(
        what,
        "it does not, so no arrival wakes anything before the sweep looks",
        format!(
            "aws s3api put-bucket-notification-configuration --bucket {bucket} --notification-configuration {}",
            quoted(&with_event_bridge(&answer).to_string())
        ),
    ))
}

/// The call replaces the whole configuration, so what is there is said again.
fn with_event_bridge(there: &Notifications) -> Value {
    let mut whole = json!({ "EventBridgeConfiguration": {} });
    let topics = there.topic_configurations().iter();
    let topics: Vec<Value> = topics
        .map(|one| told("TopicArn", one.topic_arn(), one.id(), one.events(), one.filter()))
        .collect();
    let queues = there.queue_configurations().iter();
    let queues: Vec<Value> = queues
        .map(|one| told("QueueArn", one.queue_arn(), one.id(), one.events(), one.filter()))
        .collect();
    let functions = there.lambda_function_configurations().iter();
    let functions: Vec<Value> = functions
        .map(|one| {
            let arn = one.lambda_function_arn();
            told("LambdaFunctionArn", arn, one.id(), one.events(), one.filter())
        })
        .collect();
    let others = [
        ("TopicConfigurations", topics),
        ("QueueConfigurations", queues),
        ("LambdaFunctionConfigurations", functions),
    ];
    for (member, list) in others.into_iter().filter(|(_, list)| !list.is_empty()) {
        whole[member] = json!(list);
    }
    whole
}

fn told(member: &str, arn: &str, id: Option<&str>, events: &[Event], filter: Option<&Filter>) -> Value {
    let events: Vec<&str> = events.iter().map(Event::as_str).collect();
    let mut told = json!({ member: arn, "Events": events });
    if let Some(id) = id {
        told["Id"] = json!(id);
    }
    if let Some(key) = filter.and_then(Filter::key) {
        let rules = key.filter_rules().iter();
        let rules: Vec<Value> = rules
            .map(|rule| json!({ "Name": rule.name().map(|name| name.as_str()), "Value": rule.value() }))
            .collect();
        told["Filter"] = json!({ "Key": { "FilterRules": rules } });
    }
    told
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{FilterRule, FilterRuleName, QueueConfiguration, S3KeyFilter};

    use super::*;

    #[test]
    fn notifications_that_are_there_are_said_again() {
        let rule = FilterRule::builder().name(FilterRuleName::Prefix).value("in/").build();
        let filter = Filter::builder().key(S3KeyFilter::builder().filter_rules(rule).build());
        let queue = QueueConfiguration::builder()
            .id("theirs")
            .queue_arn("arn:aws:sqs:us-east-1:111122223333:theirs")
            .events(Event::from("s3:ObjectCreated:*"))
            .filter(filter.build());
        let there = Notifications::builder().queue_configurations(queue.build().expect("all members"));
        assert_eq!(
            with_event_bridge(&there.build()),
            json!({
                "EventBridgeConfiguration": {},
                "QueueConfigurations": [{
                    "QueueArn": "arn:aws:sqs:us-east-1:111122223333:theirs",
                    "Events": ["s3:ObjectCreated:*"],
                    "Id": "theirs",
                    "Filter": { "Key": { "FilterRules": [{ "Name": "prefix", "Value": "in/" }] } },
                }],
            })
        );
    }
}
