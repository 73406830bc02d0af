//! Lambda: retries, destinations, dead-letter queues, concurrency.

use serde_json::{Value, json};
use windsock_world::{Input, InvocationOutcome, Work};

use crate::support::{Aws, HOUR, MINUTE, arn};

fn invoke_later(aws: &mut Aws, payload: Value) {
    let answer = aws.call(
        "lambda",
        "Invoke",
        json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": payload }),
    );
    assert_eq!(answer["StatusCode"], 202);
}

#[test]
fn a_failing_event_is_tried_three_times_and_then_buried_with_its_context() {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({}));
    aws.function("f");
    let config =
        json!({ "FunctionName": "f", "DestinationConfig": { "OnFailure": { "Destination": arn("sqs", "dead") } } });
    aws.call("lambda", "PutFunctionEventInvokeConfig", config);
    invoke_later(&mut aws, json!({ "poison": true }));
    let mut waits = Vec::new();
    for outcome in [
        InvocationOutcome::Failed {
            error_type: "E".into(),
            message: "no".into(),
        },
        InvocationOutcome::TimedOut,
        InvocationOutcome::Crashed {
            message: "signal: killed".into(),
        },
    ] {
        let invocation = aws.invocation();
        assert_eq!((invocation.program.as_str(), invocation.timeout_ms), ("f", 10_000));
        aws.end(&invocation, outcome);
        if let Some(at) = aws.world.next_timer() {
            waits.push(at - aws.now);
            aws.advance(at - aws.now);
        }
    }
    assert_eq!(waits, [MINUTE, 2 * MINUTE]);
    let record: Value = serde_json::from_str(aws.messages(&dead)[0]["Body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(record["requestPayload"], json!({ "poison": true }));
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorType"], "Runtime.ExitError");
    let letters = aws.dead_letters();
    assert_eq!(
        (letters.len(), letters[0].0.as_str(), letters[0].1.as_str()),
        (1, "dead", "f")
    );
    assert!(aws.world.outstanding().is_empty());
}

#[test]
fn a_dead_letter_queue_gets_the_payload_alone() {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({}));
    aws.function("f");
    let config = json!({ "FunctionName": "f", "DeadLetterConfig": { "TargetArn": arn("sqs", "dead") } });
    aws.call("lambda", "UpdateFunctionConfiguration", config);
    aws.call(
        "lambda",
        "PutFunctionEventInvokeConfig",
        json!({ "FunctionName": "f", "MaximumRetryAttempts": 0 }),
    );
    invoke_later(&mut aws, json!({ "a": 1 }));
    let invocation = aws.invocation();
    aws.fail(&invocation, "no");
    let letter = &aws.messages(&dead)[0];
    assert_eq!(letter["Body"], "{\"a\":1}");
    assert_eq!(letter["MessageAttributes"]["ErrorMessage"]["StringValue"], "no");
}

#[test]
fn an_event_too_old_is_given_up_instead_of_retried() {
    let mut aws = Aws::new();
    aws.function("f");
    let config = json!({ "FunctionName": "f", "MaximumEventAgeInSeconds": 100 });
    aws.call("lambda", "PutFunctionEventInvokeConfig", config);
    invoke_later(&mut aws, json!({}));
    let first = aws.invocation();
    aws.fail(&first, "no");
    aws.advance(MINUTE);
    let second = aws.invocation();
    aws.fail(&second, "no");
    assert_eq!(aws.dead_letters().len(), 1);
    assert_eq!(aws.world.next_timer(), None);
}

#[test]
fn events_beyond_the_concurrency_wait_their_turn() {
    let mut aws = Aws::new();
    aws.function("f");
    aws.call(
        "lambda",
        "PutFunctionConcurrency",
        json!({ "FunctionName": "f", "ReservedConcurrentExecutions": 1 }),
    );
    for number in 0..3 {
        invoke_later(&mut aws, json!(number));
    }
    for number in 0..3 {
        let invocation = aws.invocation();
        assert_eq!(invocation.payload, json!(number));
        let busy = json!({ "FunctionName": "f", "Payload": {} });
        assert_eq!(aws.refusal("lambda", "Invoke", busy), "TooManyRequestsException");
        aws.succeed(&invocation, Value::Null);
    }
}

#[test]
fn a_caller_who_waits_hears_of_the_failure_and_nothing_is_retried() {
    let mut aws = Aws::new();
    aws.function("f");
    let answer = aws.call(
        "lambda",
        "Invoke",
        json!({ "FunctionName": arn("lambda", "function:f"), "Payload": {} }),
    );
    let invocation = aws.invocation();
    assert_eq!(answer["invocation"], invocation.id);
    assert_eq!(aws.world.outstanding(), [Work::Invoke(invocation.clone())]);
    aws.fail(&invocation, "no");
    // A second report of the same end is of no consequence.
    let outcome = InvocationOutcome::Crashed { message: String::new() };
    aws.apply(Input::InvocationEnded {
        id: invocation.id,
        outcome,
    })
    .expect("it is taken");
    aws.advance(HOUR);
    assert!(aws.invocations().is_empty() && aws.dead_letters().is_empty());
}

#[test]
fn callers_are_known_by_their_keys() {
    let mut aws = Aws::new();
    let role = aws.call(
        "iam",
        "CreateRole",
        json!({ "RoleName": "r", "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" },
        } }),
    );
    let arn = role["Role"]["Arn"].as_str().expect("an ARN");
    let (key, secret) = aws.world.credentials(arn);
    let (caller, known) = aws.world.identity(&key).expect("a caller");
    assert_eq!((caller.arn.as_str(), known), (arn, secret));
    let (operator, secret) = aws.world.identity("test").expect("the operator");
    assert_eq!(
        (operator.arn.as_str(), secret.as_str()),
        ("arn:aws:iam::111122223333:user/operator", "test")
    );
    for person in ["data-scientist", "approver"] {
        let (key, _) = aws
            .world
            .credentials(&format!("arn:aws:iam::111122223333:user/{person}"));
        assert!(aws.world.identity(&key).is_some(), "{person}");
    }
    assert!(aws.world.identity("AKIASOMEBODYELSE").is_none());
}
