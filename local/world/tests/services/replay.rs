//! The same inputs at the same times give the same world, and looks are not needed among them.

use serde_json::json;
use sha2::{Digest, Sha256};
use windsock_world::{Entry, Input, Record, Work, World};

use crate::support::{Aws, HOUR, MINUTE, arn, settings};

/// A digest of everything a world did and wants done.
fn trace(journal: &[Entry], work: &[Work]) -> String {
    let text = serde_json::to_string(&(journal, work)).expect("JSON");
    hex::encode(Sha256::digest(text))
}

/// A story over many services, with looks in between.
fn story() -> Aws {
    let mut aws = Aws::new();
    aws.bucket("data");
    aws.queue("dead", json!({}));
    let redrive = json!({ "deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 2 }).to_string();
    let url = aws.queue("hints", json!({ "VisibilityTimeout": "60", "RedrivePolicy": redrive }));
    aws.function("f");
    let mapping = json!({ "EventSourceArn": arn("sqs", "hints"), "FunctionName": "f", "BatchSize": 10 });
    aws.call("lambda", "CreateEventSourceMapping", mapping);
    aws.rule("arrived", &json!({ "source": ["aws.s3"] }), &arn("sqs", "hints"));
    aws.call(
        "events",
        "PutRule",
        json!({ "Name": "tick", "ScheduleExpression": "rate(15 minutes)" }),
    );
    let targets = json!([{ "Id": "t", "Arn": arn("lambda", "function:f") }]);
    aws.call("events", "PutTargets", json!({ "Rule": "tick", "Targets": targets }));
    aws.call("sns", "CreateTopic", json!({ "Name": "ops" }));
    let mail = json!({ "TopicArn": arn("sns", "ops"), "Protocol": "email", "Endpoint": "o@example.com" });
    aws.call("sns", "Subscribe", mail);
    for (namespace, metric, dimension, value) in [
        ("AWS/Lambda", "Errors", "FunctionName", "f"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "dead"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "hints"),
    ] {
        let alarm = json!({
            "AlarmName": metric, "Namespace": namespace, "MetricName": metric, "Statistic": "Maximum", "Period": 300,
            "Dimensions": [{ "Name": dimension, "Value": value }], "EvaluationPeriods": 1, "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            "AlarmActions": [arn("sns", "ops")],
        });
        aws.call("cloudwatch", "PutMetricAlarm", alarm);
    }
    for number in 0..5 {
        aws.put("data", &format!("k{number}"), b"x");
        aws.advance(7 * MINUTE);
        aws.call(
            "sqs",
            "GetQueueAttributes",
            json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
        );
        aws.call("events", "ListRules", json!({}));
        aws.call("cloudwatch", "ListMetrics", json!({}));
        for invocation in aws.invocations() {
            match number % 2 {
                0 => aws.succeed(&invocation, json!({})),
                _ => aws.fail(&invocation, "no"),
            }
        }
        aws.apply(Input::Log {
            function: "f".into(),
            line: json!({ "number": number }),
        })
        .expect("a line");
    }
    aws.advance(2 * HOUR);
    aws
}

/// Apply inputs to a new world, taking work as it comes.
fn replay(inputs: &[(i64, Input)], blobs: &Aws) -> (Vec<Entry>, Vec<Work>) {
    let mut world = World::new(settings(), blobs.blobs.clone());
    let (mut journal, mut work) = (Vec::new(), Vec::new());
    for (at, input) in inputs {
        // Refused inputs are part of the log as well.
        let _ = world.apply(*at, input.clone());
        journal.extend(world.take_journal());
        work.extend(world.take_work());
    }
    (journal, work)
}

#[test]
fn the_same_inputs_leave_the_same_trace() {
    let aws = story();
    let (journal, work) = replay(&aws.inputs, &aws);
    let again = replay(&aws.inputs, &aws);
    assert_eq!(trace(&journal, &work), trace(&again.0, &again.1));
    let told: Vec<_> = journal.into_iter().map(|entry| (entry.at, entry.record)).collect();
    assert_eq!(told, aws.records, "the replay tells what happened");
    let letters = told
        .iter()
        .filter(|(_, record)| matches!(record, Record::Letter { .. }));
    assert!(letters.count() >= 3, "every alarm was told");
}

#[test]
fn looks_need_not_be_replayed() {
    let aws = story();
    let changes: Vec<_> = aws
        .inputs
        .iter()
        .filter(|(_, input)| World::changes(input))
        .cloned()
        .collect();
    assert!(changes.len() < aws.inputs.len());
    let without_looks = |journal: Vec<Entry>| -> Vec<Entry> {
        let looks = |entry: &Entry| match &entry.record {
            Record::Call { operation, .. } => operation.starts_with("Get") || operation.starts_with("List"),
            Record::Log { .. } => true,
            _ => false,
        };
        journal.into_iter().filter(|entry| !looks(entry)).collect()
    };
    let (journal, work) = replay(&aws.inputs, &aws);
    let (changed, same_work) = replay(&changes, &aws);
    assert_eq!(
        trace(&without_looks(journal), &work),
        trace(&without_looks(changed), &same_work)
    );
}

#[test]
fn work_that_was_not_ended_is_outstanding_after_a_replay() {
    let mut aws = Aws::new();
    aws.function("f");
    aws.call(
        "lambda",
        "Invoke",
        json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": {} }),
    );
    let invocation = aws.invocation();
    let mut world = World::new(settings(), aws.blobs.clone());
    for (at, input) in &aws.inputs {
        world.apply(*at, input.clone()).expect("it was taken before");
    }
    assert_eq!(world.outstanding(), [Work::Invoke(invocation)]);
}
