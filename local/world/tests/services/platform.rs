//! The platform's own alarms, as template.yaml has them: on what AWS measures by itself, and told to operations.

use serde_json::{Value, json};
use windsock_world::{Enforcement, Record, Settings};

use crate::support::{Aws, HOUR, MINUTE, START, settings};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn platform() -> Aws {
    let mut aws = Aws::with(Settings {
        enforcement: Enforcement::On,
        ..settings()
    });
    let stack = json!({
        "StackName": "windsock",
        "TemplateBody": TEMPLATE,
        "Parameters": [{ "ParameterKey": "OperationsEmail", "ParameterValue": "ops@example.com" }],
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    });
    aws.call("cloudformation", "CreateStack", stack);
    aws.advance(5 * MINUTE);
    aws
}

/// The changes of one alarm: minutes since the start, and the state.
fn changes(aws: &Aws, alarm: &str) -> Vec<(i64, String)> {
    let changes = aws.records.iter().filter_map(|(at, record)| match record {
        Record::Alarm { name, state, .. } if name == alarm => Some(((at - START) / MINUTE, state.clone())),
        _ => None,
    });
    changes.collect()
}

/// The subjects of letters to operations, with their minutes.
fn told(aws: &Aws) -> Vec<(i64, String)> {
    let letters = aws.records.iter().filter_map(|(at, record)| match record {
        Record::Letter { endpoint, subject, .. } if endpoint == "ops@example.com" => {
            Some(((at - START) / MINUTE, subject.clone()))
        }
        _ => None,
    });
    letters.collect()
}

fn hints_url(aws: &mut Aws, queue: &str) -> Value {
    aws.call("sqs", "GetQueueUrl", json!({ "QueueName": queue }))["QueueUrl"].take()
}

#[test]
fn a_function_that_fails_three_times_within_a_quarter_hour_is_told_to_operations() {
    let mut aws = platform();
    let event = json!({ "FunctionName": "windsock-promote-model", "InvocationType": "Event", "Payload": {} });
    aws.call("lambda", "Invoke", event);
    for wait in [MINUTE, 2 * MINUTE, 10 * MINUTE] {
        let invocation = aws.invocation();
        assert_eq!(
            changes(&aws, "windsock-promote-model-errors")
                .last()
                .map(|change| change.1.as_str()),
            Some("OK")
        );
        aws.fail(&invocation, "no");
        if wait < 10 * MINUTE {
            aws.advance(wait);
        }
    }
    // The event itself is a dead letter by now, which AWS measures within a minute.
    aws.advance(2 * HOUR);
    assert_eq!(
        changes(&aws, "windsock-promote-model-errors"),
        [(1, "OK".into()), (8, "ALARM".into()), (60, "OK".into())]
    );
    assert_eq!(
        told(&aws),
        [
            (8, "ALARM: \"windsock-promote-model-errors\" in us-east-1".into()),
            (9, "ALARM: \"windsock-dead-letters\" in us-east-1".into()),
        ]
    );
    assert_eq!(
        changes(&aws, "windsock-dead-letters").last(),
        Some(&(9, "ALARM".into()))
    );
}

#[test]
fn a_hint_that_nobody_reads_for_an_hour_is_told_to_operations() {
    let mut aws = platform();
    let listed = aws.call(
        "lambda",
        "ListEventSourceMappings",
        json!({ "FunctionName": "windsock-start-training" }),
    );
    let uuid = listed["EventSourceMappings"][0]["UUID"].clone();
    aws.call(
        "lambda",
        "UpdateEventSourceMapping",
        json!({ "UUID": uuid, "Enabled": false }),
    );
    let url = hints_url(&mut aws, "windsock-training-hints");
    aws.call("sqs", "SendMessage", json!({ "QueueUrl": url, "MessageBody": "{}" }));
    aws.advance(3 * HOUR);
    aws.call(
        "lambda",
        "UpdateEventSourceMapping",
        json!({ "UUID": uuid, "Enabled": true }),
    );
    aws.advance(2000);
    let reader = aws.invocations().pop().expect("the message is read");
    assert_eq!(reader.function, "windsock-start-training");
    aws.succeed(&reader, json!({ "batchItemFailures": [] }));
    aws.advance(2 * HOUR);
    // An hour old after 65 minutes, in three periods of five minutes after 75; read after 185 minutes.
    assert_eq!(
        changes(&aws, "windsock-training-hints-waiting"),
        [(1, "OK".into()), (75, "ALARM".into()), (205, "OK".into())]
    );
    assert_eq!(changes(&aws, "windsock-inference-hints-waiting"), [(1, "OK".into())]);
    assert_eq!(
        told(&aws),
        [(75, "ALARM: \"windsock-training-hints-waiting\" in us-east-1".into())]
    );
}

#[test]
fn poison_is_told_as_a_dead_letter_and_not_as_a_hint_that_waits() {
    let mut aws = platform();
    let url = hints_url(&mut aws, "windsock-training-hints");
    aws.call(
        "sqs",
        "SendMessage",
        json!({ "QueueUrl": url, "MessageBody": "poison" }),
    );
    for _ in 0..120 {
        aws.advance(MINUTE);
        for invocation in aws.invocations() {
            match invocation.function.as_str() {
                "windsock-start-training" => aws.fail(&invocation, "cannot read it"),
                _ => aws.succeed(&invocation, json!({})),
            }
        }
    }
    let alarms: Vec<_> = told(&aws).into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(alarms, ["ALARM: \"windsock-training-hints-dead-letters\" in us-east-1"]);
}
