//! SQS: delays, visibility, redrive; functions that read queues.

use serde_json::{Value, json};

use crate::support::{Aws, MINUTE, arn};

/// `work` with a dead-letter queue after two receives, read by a function in batches of up to 100.
fn with_reader() -> (Aws, String, String) {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({}));
    let redrive = json!({ "deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 2 }).to_string();
    let work = aws.queue("work", json!({ "VisibilityTimeout": "60", "RedrivePolicy": redrive }));
    aws.function("reader");
    let mapping = json!({
        "EventSourceArn": arn("sqs", "work"),
        "FunctionName": "reader",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": { "MaximumConcurrency": 2 },
    });
    aws.call("lambda", "CreateEventSourceMapping", mapping);
    (aws, work, dead)
}

fn send(aws: &mut Aws, url: &str, body: &str) {
    aws.call("sqs", "SendMessage", json!({ "QueueUrl": url, "MessageBody": body }));
}

fn ids(payload: &Value) -> Vec<String> {
    let records = payload["Records"].as_array().expect("records");
    records
        .iter()
        .map(|record| record["messageId"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn messages_hide_until_their_visibility_ends_and_count_their_receives() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({ "VisibilityTimeout": "30" }));
    let later = json!({ "QueueUrl": url, "MessageBody": "later", "DelaySeconds": 900 });
    aws.call("sqs", "SendMessage", later);
    // Whatever its host, a queue's URL is known by its path.
    send(&mut aws, "http://localhost:4566/111122223333/q", "now");
    let first = aws.messages(&url);
    assert_eq!((first.len(), &first[0]["Body"]), (1, &json!("now")));
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert!(aws.messages(&url).is_empty());
    aws.advance(30_000);
    let again = aws.messages(&url);
    assert_eq!(again[0]["Attributes"]["ApproximateReceiveCount"], "2");
    // The first receipt is stale and deletes nothing; the second does.
    for message in [&first[0], &again[0]] {
        let receipt = &message["ReceiptHandle"];
        aws.call(
            "sqs",
            "DeleteMessage",
            json!({ "QueueUrl": url, "ReceiptHandle": receipt }),
        );
    }
    aws.advance(900_000);
    let bodies: Vec<_> = aws
        .messages(&url)
        .iter()
        .map(|message| message["Body"].clone())
        .collect();
    assert_eq!(bodies, ["later"]);
    let counts = aws.call(
        "sqs",
        "GetQueueAttributes",
        json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
    );
    assert_eq!(counts["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "1");
}

#[test]
fn creating_again_is_harmless_but_not_with_other_attributes() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({ "VisibilityTimeout": "30" }));
    assert_eq!(aws.queue("q", json!({})), url);
    let other = json!({ "QueueName": "q", "Attributes": { "VisibilityTimeout": "31" } });
    assert_eq!(aws.refusal("sqs", "CreateQueue", other), "QueueNameExists");
    let unknown = json!({ "QueueName": "r", "Attributes": { "Colour": "blue" } });
    assert_eq!(aws.refusal("sqs", "CreateQueue", unknown), "InvalidAttributeName");
    assert_eq!(
        aws.refusal("sqs", "GetQueueUrl", json!({ "QueueName": "none" })),
        "QueueDoesNotExist"
    );
}

#[test]
fn a_batch_collects_for_its_window_and_reports_what_failed() {
    let (mut aws, work, dead) = with_reader();
    for body in ["a", "b", "c"] {
        send(&mut aws, &work, body);
        aws.advance(1000);
    }
    assert!(aws.invocations().is_empty(), "the window is open");
    aws.advance(2000);
    let invocation = aws.invocation();
    let ids = ids(&invocation.payload);
    assert_eq!(ids.len(), 3);
    aws.succeed(
        &invocation,
        json!({ "batchItemFailures": [{ "itemIdentifier": ids[1] }] }),
    );
    // The failed one comes back when its visibility ends, alone; a second failure makes it a dead letter.
    aws.advance(65_000);
    let again = aws.invocation();
    assert_eq!(again.payload["Records"][0]["body"], "b");
    assert_eq!(
        again.payload["Records"][0]["attributes"]["ApproximateReceiveCount"],
        "2"
    );
    aws.fail(&again, "cannot read b");
    aws.advance(60_000);
    assert!(aws.invocations().is_empty());
    assert_eq!(
        aws.dead_letters(),
        [("dead".into(), "reader".into(), "cannot read b".into())]
    );
    let letters = aws.messages(&dead);
    assert_eq!(letters[0]["Body"], "b");
    assert_eq!(letters[0]["Attributes"]["DeadLetterQueueSourceArn"], arn("sqs", "work"));
    assert_eq!(aws.world.next_timer(), None, "nothing is left to wait for");
}

#[test]
fn an_answer_that_names_unknown_messages_fails_the_whole_batch() {
    let (mut aws, work, _) = with_reader();
    send(&mut aws, &work, "a");
    aws.advance(5000);
    let invocation = aws.invocation();
    aws.succeed(
        &invocation,
        json!({ "batchItemFailures": [{ "itemIdentifier": "who?" }] }),
    );
    aws.advance(65_000);
    assert_eq!(aws.invocation().payload["Records"][0]["body"], "a");
}

#[test]
fn a_full_batch_goes_at_once_and_concurrency_is_limited() {
    let (mut aws, work, _) = with_reader();
    for number in 0..300 {
        send(&mut aws, &work, &number.to_string());
    }
    let running = aws.invocations();
    assert_eq!(
        running.iter().map(|run| ids(&run.payload).len()).collect::<Vec<_>>(),
        [100, 100]
    );
    aws.succeed(&running[0], Value::Null);
    assert_eq!(ids(&aws.invocation().payload).len(), 100);
}

#[test]
fn a_mapping_is_checked_as_aws_checks_it() {
    let mut aws = Aws::new();
    aws.queue("q", json!({ "VisibilityTimeout": "5" }));
    aws.function("f");
    let mapping = |members: Value| {
        let mut mapping = json!({ "EventSourceArn": arn("sqs", "q"), "FunctionName": "f" });
        mapping
            .as_object_mut()
            .expect("members")
            .extend(members.as_object().expect("members").clone());
        mapping
    };
    let wrong = [
        json!({}), // The queue hides messages for less time than the function may take.
        json!({ "BatchSize": 100 }),
        json!({ "ScalingConfig": { "MaximumConcurrency": 1 } }),
    ];
    for members in wrong {
        let refusal = aws.refusal("lambda", "CreateEventSourceMapping", mapping(members));
        assert_eq!(refusal, "InvalidParameterValueException");
    }
}

#[test]
fn an_alarm_on_a_dead_letter_queue_lasts_as_long_as_the_letter() {
    let mut aws = Aws::new();
    let url = aws.queue("dead", json!({}));
    let alarm = json!({
        "AlarmName": "dead-letters", "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{ "Name": "QueueName", "Value": "dead" }], "Statistic": "Maximum", "Period": 300,
        "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0,
        "TreatMissingData": "notBreaching",
    });
    aws.call("cloudwatch", "PutMetricAlarm", alarm);
    aws.advance(MINUTE);
    send(&mut aws, &url, "poison");
    let state = |aws: &mut Aws| {
        let alarms = aws.call("cloudwatch", "DescribeAlarms", json!({}));
        alarms["MetricAlarms"][0]["StateValue"]
            .as_str()
            .expect("a state")
            .to_owned()
    };
    assert_eq!(state(&mut aws), "OK", "AWS measures every minute");
    aws.advance(MINUTE);
    assert_eq!(state(&mut aws), "ALARM");
    aws.advance(60 * MINUTE);
    assert_eq!(state(&mut aws), "ALARM", "the letter still lies there");
    let forgotten = aws.world.next_timer().expect("a letter is not kept for ever");
    assert!(
        forgotten > aws.now + 3 * 24 * 60 * MINUTE,
        "and nothing needs to look at it before"
    );
    aws.call("sqs", "PurgeQueue", json!({ "QueueUrl": url }));
    aws.advance(10 * MINUTE);
    assert_eq!(state(&mut aws), "OK");
}
