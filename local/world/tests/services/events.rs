//! EventBridge: who may say what, which rule hears it, and what becomes of events that cannot be delivered.

use serde_json::{Value, json};

use crate::support::{Aws, HOUR, MINUTE, arn};

fn put(aws: &mut Aws, source: &str, detail: &str) -> Value {
    let entry = json!({ "Source": source, "DetailType": "Fact", "Detail": detail });
    aws.call("events", "PutEvents", json!({ "Entries": [entry] }))
}

#[test]
fn an_upload_reaches_a_function_through_its_rule() {
    let mut aws = Aws::new();
    aws.bucket("data");
    aws.function("f");
    let key = json!([{ "prefix": "training/" }]);
    let pattern = json!({ "source": ["aws.s3"], "detail-type": ["Object Created"],
                          "detail": { "bucket": { "name": ["data"] }, "object": { "key": key } } });
    aws.rule("arrived", &pattern, &arn("lambda", "function:f"));
    aws.put("data", "other/x", b"x");
    assert!(aws.invocations().is_empty());
    aws.put("data", "training/p/x.csv", b"x");
    let event = aws.invocation().payload;
    assert_eq!(event["time"], "2026-11-22T10:00:00Z");
    assert_eq!(event["resources"], json!(["arn:aws:s3:::data"]));
    assert_eq!(event["detail"]["object"]["key"], "training/p/x.csv");
}

#[test]
fn callers_cannot_speak_for_aws_and_one_bad_entry_does_not_harm_the_others() {
    let mut aws = Aws::new();
    let entries = json!([
        { "Source": "windsock", "DetailType": "Fact", "Detail": "{}" },
        { "Source": "aws.s3", "DetailType": "Object Created", "Detail": "{}" },
        { "Source": "windsock", "DetailType": "Fact", "Detail": "[]" },
        { "Source": "windsock", "Detail": "{}" },
    ]);
    let answer = aws.call("events", "PutEvents", json!({ "Entries": entries }));
    assert_eq!(answer["FailedEntryCount"], 3);
    let codes: Vec<_> = answer["Entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|e| e["ErrorCode"].as_str())
        .collect();
    assert_eq!(
        codes,
        [
            None,
            Some("NotAuthorizedForSourceException"),
            Some("MalformedDetail"),
            Some("InvalidArgument")
        ]
    );
    assert_eq!(aws.events("Fact").len(), 1);
    let eleven = vec![entries[0].clone(); 11];
    assert_eq!(
        aws.refusal("events", "PutEvents", json!({ "Entries": eleven })),
        "ValidationException"
    );
}

#[test]
fn what_cannot_be_delivered_goes_to_the_targets_dead_letter_queue() {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({}));
    aws.call(
        "events",
        "PutRule",
        json!({ "Name": "r", "EventPattern": "{\"source\":[\"windsock\"]}" }),
    );
    let target =
        json!({ "Id": "t", "Arn": arn("lambda", "function:gone"), "DeadLetterConfig": { "Arn": arn("sqs", "dead") } });
    aws.call("events", "PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    put(&mut aws, "windsock", "{\"a\":1}");
    let letter = &aws.messages(&dead)[0];
    let event: Value = serde_json::from_str(letter["Body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(event["detail"], json!({ "a": 1 }));
    assert_eq!(
        letter["MessageAttributes"]["RULE_ARN"]["StringValue"],
        arn("events", "rule/r")
    );
    assert_eq!(
        letter["MessageAttributes"]["ERROR_CODE"]["StringValue"],
        "ResourceNotFoundException"
    );
    assert_eq!(aws.dead_letters()[0].0, "dead");
}

#[test]
fn a_disabled_rule_hears_nothing_and_a_rule_with_targets_stays() {
    let mut aws = Aws::new();
    aws.function("f");
    aws.rule("r", &json!({ "source": ["windsock"] }), &arn("lambda", "function:f"));
    aws.call("events", "DisableRule", json!({ "Name": "r" }));
    put(&mut aws, "windsock", "{}");
    assert!(aws.invocations().is_empty());
    aws.call("events", "EnableRule", json!({ "Name": "r" }));
    put(&mut aws, "windsock", "{}");
    aws.invocation();
    assert_eq!(
        aws.refusal("events", "DeleteRule", json!({ "Name": "r" })),
        "ValidationException"
    );
    aws.call("events", "RemoveTargets", json!({ "Rule": "r", "Ids": ["only"] }));
    aws.call("events", "DeleteRule", json!({ "Name": "r" }));
    let unknown = json!({ "Name": "r", "EventPattern": "{\"source\":[{\"begins\":\"a\"}]}" });
    assert_eq!(
        aws.refusal("events", "PutRule", unknown),
        "InvalidEventPatternException"
    );
}

#[test]
fn a_scheduled_rule_comes_at_its_rate() {
    let mut aws = Aws::new();
    aws.function("sweep");
    aws.call(
        "events",
        "PutRule",
        json!({ "Name": "tick", "ScheduleExpression": "rate(15 minutes)" }),
    );
    let targets = json!([{ "Id": "t", "Arn": arn("lambda", "function:sweep") }]);
    aws.call("events", "PutTargets", json!({ "Rule": "tick", "Targets": targets }));
    aws.advance(HOUR);
    let invocations = aws.invocations();
    let starts: Vec<_> = invocations
        .iter()
        .map(|invocation| invocation.started_at - crate::support::START)
        .collect();
    assert_eq!(starts, [15 * MINUTE, 30 * MINUTE, 45 * MINUTE, 60 * MINUTE]);
    assert_eq!(invocations[0].payload["detail-type"], "Scheduled Event");
}

#[test]
fn patterns_can_be_tried() {
    let mut aws = Aws::new();
    let question =
        json!({ "EventPattern": "{\"source\":[{\"prefix\":\"wind\"}]}", "Event": "{\"source\":\"windsock\"}" });
    assert_eq!(
        aws.call("events", "TestEventPattern", question),
        json!({ "Result": true })
    );
}
