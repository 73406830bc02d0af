//! The forms of dead letters, and each one's way back.

use serde_json::{Value, json};

use super::*;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:windsock-";

fn event(folder: &str) -> Value {
    let path = format!("{}/../../events/{folder}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("a sample event")
}

fn failed(function: &str, payload: &Value) -> Letter {
    let record = json!({
        "requestContext": { "functionArn": format!("{FUNCTION}{function}:$LATEST"), "condition": "RetriesExhausted" },
        "requestPayload": payload,
        "responsePayload": { "errorType": "WindsockError", "errorMessage": "put\nx" },
    });
    Letter::read("windsock", "dead-letters", &record.to_string(), |_| None)
}

#[test]
fn a_hint_that_failed_five_times_goes_back_into_its_queue_as_it_was() {
    let letter = Letter::read("windsock", "training-hints-dead-letters", "not JSON", |_| None);
    assert_eq!(
        (letter.project, letter.what.as_str()),
        (None, "a message that is no event")
    );
    let (queue, body) = ("windsock-training-hints".to_owned(), "not JSON".to_owned());
    assert_eq!(letter.way, Way::Queue { queue, body });
}

#[test]
fn an_event_that_could_not_reach_a_queue_goes_to_that_queue() {
    let target = |name: &str| {
        (name == "TARGET_ARN").then(|| "arn:aws:sqs:us-east-1:111122223333:windsock-inference-hints".to_owned())
    };
    let fact = json!({ "source": "windsock", "detail-type": "LettersDue", "detail": { "project": "demo" } });
    let letter = Letter::read("windsock", "dead-letters", &fact.to_string(), target);
    assert_eq!(letter.project.as_deref(), Some("demo"));
    let (queue, body) = ("windsock-inference-hints".to_owned(), fact.to_string());
    assert_eq!(letter.way, Way::Queue { queue, body });
}

#[test]
fn a_fact_that_a_function_failed_on_is_said_again() {
    let letter = failed("notify", &event("notify/approval-ageing"));
    assert_eq!((letter.failed.as_str(), letter.why.as_str()), ("notify", "put x"));
    let (project, version, waiting_h) = ("flight-delay".to_owned(), 2, 48);
    assert_eq!(
        letter.way,
        Way::Fact(Fact::ApprovalAgeing {
            project,
            version,
            waiting_h
        })
    );
}

#[test]
fn an_event_of_aws_becomes_a_hint_to_the_function() {
    let payload = json!({
        "source": "aws.s3", "detail-type": "Object Created", "time": "2013-03-03T08:00:00Z",
        "detail": { "bucket": { "name": "b" }, "object": { "key": "jobs/demo/s/monitor/drift.json", "size": 1, "etag": "e" } },
    });
    let letter = failed("publish-drift", &payload);
    assert_eq!(letter.project.as_deref(), Some("demo"));
    let hint = matches!(&letter.way, Way::Fact(Fact::HintDue { to: Addressee::PublishDrift, project, .. }) if project == "demo");
    assert!(hint, "{letter:?}");
}

#[test]
fn a_schedule_comes_again_by_itself() {
    let payload = json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} });
    assert!(matches!(failed("sweep", &payload).way, Way::Superseded(_)));
}

#[test]
fn what_only_aws_may_say_goes_straight_to_the_function() {
    for event in [
        event("notify/version-registered"),
        event("notify/step-failed"),
        json!({ "odd": "it's" }),
    ] {
        let letter = failed("notify", &event);
        let function = "windsock-notify".to_owned();
        assert_eq!(letter.way, Way::Invoke { function, event });
    }
}

#[test]
fn a_message_that_says_nothing_of_itself_is_kept() {
    let letter = Letter::read("windsock", "dead-letters", "hello", |_| None);
    assert_eq!(letter.way, Way::Kept("nothing says where it belongs"));
}
