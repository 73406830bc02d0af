//! What AWS measures by itself: of functions when an invocation ends, of queues every minute, without a timer a minute.

use serde_json::{Value, json};
use windsock_world::{InvocationOutcome, Record};

use crate::support::{Aws, HOUR, MINUTE, START, arn};

const DAY: i64 = 24 * HOUR;
const VISIBLE: &str = "ApproximateNumberOfMessagesVisible";
const AGE: &str = "ApproximateAgeOfOldestMessage";

/// The numbers of one metric since the start: minutes, and one statistic of each period.
fn numbers(aws: &mut Aws, metric: [&str; 4], period_min: i64, statistic: &str) -> Vec<(i64, f64)> {
    let [namespace, name, dimension, value] = metric;
    let question = json!({
        "Namespace": namespace, "MetricName": name, "Dimensions": [{ "Name": dimension, "Value": value }],
        "StartTime": START / 1000, "EndTime": (START + 60 * DAY) / 1000, "Period": 60 * period_min,
        "Statistics": [statistic],
    });
    let answer = aws.call("cloudwatch", "GetMetricStatistics", question);
    let points = answer["Datapoints"].as_array().expect("points").iter().map(|point| {
        let at = point["Timestamp"].as_f64().expect("a time");
        let minutes = (at - START as f64 / 1000.0) / 60.0;
        (minutes as i64, point[statistic].as_f64().expect("a number"))
    });
    points.collect()
}

fn of_queue<'a>(name: &'a str, queue: &'a str) -> [&'a str; 4] {
    ["AWS/SQS", name, "QueueName", queue]
}

fn of_function(name: &str) -> [&str; 4] {
    ["AWS/Lambda", name, "FunctionName", "f"]
}

/// Raised by one period of five minutes above 0, with nobody to tell.
fn alarm_above_zero(aws: &mut Aws, metric: [&str; 4], members: Value) {
    let [namespace, name, dimension, value] = metric;
    let mut alarm = json!({
        "AlarmName": "a", "Namespace": namespace, "MetricName": name, "Statistic": "Maximum", "Period": 300,
        "Dimensions": [{ "Name": dimension, "Value": value }], "EvaluationPeriods": 1, "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    });
    let members = members.as_object().expect("members").clone();
    alarm.as_object_mut().expect("members").extend(members);
    aws.call("cloudwatch", "PutMetricAlarm", alarm);
}

fn changes(aws: &Aws) -> Vec<(i64, String)> {
    let changes = aws.records.iter().filter_map(|(at, record)| match record {
        Record::Alarm { state, .. } => Some(((at - START) / MINUTE, state.clone())),
        _ => None,
    });
    changes.collect()
}

fn send(aws: &mut Aws, url: &str, delay_s: i64) {
    let message = json!({ "QueueUrl": url, "MessageBody": "m", "DelaySeconds": delay_s });
    aws.call("sqs", "SendMessage", message);
}

#[test]
fn an_invocation_is_measured_at_its_start_when_it_ends() {
    let mut aws = Aws::new();
    aws.function("f");
    let reserve = json!({ "FunctionName": "f", "ReservedConcurrentExecutions": 1 });
    aws.call("lambda", "PutFunctionConcurrency", reserve);
    let call = json!({ "FunctionName": "f", "Payload": {} });
    let ends = [
        (100, InvocationOutcome::Returned(Value::Null)),
        (10_000, InvocationOutcome::TimedOut),
        (
            250,
            InvocationOutcome::Crashed {
                message: "signal: killed".into(),
            },
        ),
    ];
    for (took, outcome) in ends {
        aws.advance(MINUTE - 5000);
        aws.call("lambda", "Invoke", call.clone());
        assert_eq!(
            aws.refusal("lambda", "Invoke", call.clone()),
            "TooManyRequestsException"
        );
        aws.advance(took);
        let invocation = aws.invocation();
        aws.end(&invocation, outcome);
        aws.advance(5000);
    }
    // The second one ended in the minute after its start.
    let wanted = [
        ("Invocations", "Sum", [(0, 1.0), (1, 1.0), (3, 1.0)]),
        ("Errors", "Sum", [(0, 0.0), (1, 1.0), (3, 1.0)]),
        ("Duration", "Maximum", [(0, 100.0), (1, 10_000.0), (3, 250.0)]),
        ("Throttles", "Sum", [(0, 1.0), (1, 1.0), (3, 1.0)]),
    ];
    for (name, statistic, points) in wanted {
        assert_eq!(numbers(&mut aws, of_function(name), 1, statistic), points, "{name}");
    }
    let query = json!({
        "StartTime": START / 1000, "EndTime": START / 1000 + 3600,
        "MetricDataQueries": [{ "Id": "e", "MetricStat": { "Period": 3600, "Stat": "Sum", "Metric": {
            "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{ "Name": "FunctionName", "Value": "f" }],
        } } }],
    });
    let answer = aws.call("cloudwatch", "GetMetricData", query);
    assert_eq!(answer["MetricDataResults"][0]["Values"], json!([2.0]));
}

#[test]
fn every_attempt_at_an_event_is_an_invocation_and_partial_failures_are_none() {
    let mut aws = Aws::new();
    aws.function("f");
    let metric = of_function("Errors");
    let more_than_two = json!({ "Statistic": "Sum", "Period": 900, "Threshold": 2 });
    alarm_above_zero(&mut aws, metric, more_than_two);
    let event = json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": {} });
    aws.call("lambda", "Invoke", event);
    for wait in [MINUTE, 2 * MINUTE, 0] {
        let invocation = aws.invocation();
        aws.fail(&invocation, "no");
        aws.advance(wait);
    }
    assert_eq!(changes(&aws), [(0, "OK".into()), (3, "ALARM".into())]);
    assert_eq!(numbers(&mut aws, metric, 15, "Sum"), [(0, 3.0)]);
    aws.advance(DAY);
    assert_eq!(changes(&aws).last(), Some(&(60, "OK".into())));
    assert_eq!(aws.world.next_timer(), None, "nothing is left to look at");

    aws.queue("q", json!({}));
    let mapping = json!({ "EventSourceArn": arn("sqs", "q"), "FunctionName": "f",
                          "FunctionResponseTypes": ["ReportBatchItemFailures"] });
    aws.call("lambda", "CreateEventSourceMapping", mapping);
    send(&mut aws, "http://localhost/111122223333/q", 0);
    let invocation = aws.invocation();
    let id = &invocation.payload["Records"][0]["messageId"];
    aws.succeed(&invocation, json!({ "batchItemFailures": [{ "itemIdentifier": id }] }));
    assert_eq!(
        numbers(&mut aws, metric, 24 * 60, "Sum").last(),
        Some(&(24 * 60 - 600, 0.0))
    );
}

#[test]
fn a_queue_is_measured_every_minute_and_nothing_runs_for_it() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({ "VisibilityTimeout": "120" }));
    aws.advance(MINUTE / 2);
    send(&mut aws, &url, 0);
    send(&mut aws, &url, 150);
    assert_eq!(aws.world.next_timer(), None);
    aws.advance(90_000);
    let received = aws.messages(&url);
    aws.advance(4 * MINUTE);
    let receipt = &received[0]["ReceiptHandle"];
    let delete = json!({ "QueueUrl": url, "ReceiptHandle": receipt });
    aws.call("sqs", "DeleteMessage", delete);
    aws.advance(DAY);
    let measured = |aws: &mut Aws, name: &str| {
        let mut points = numbers(aws, of_queue(name, "q"), 1, "Sum");
        points.truncate(8);
        points
    };
    // Received after two minutes, for two; the other one is there after three.
    let visible = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0].iter().copied();
    let visible: Vec<_> = (1..).zip(visible).collect();
    assert_eq!(measured(&mut aws, VISIBLE), visible);
    assert_eq!(measured(&mut aws, "ApproximateNumberOfMessagesNotVisible"), [(3, 1.0)]);
    assert_eq!(
        measured(&mut aws, "ApproximateNumberOfMessagesDelayed"),
        [(1, 1.0), (2, 1.0)]
    );
    let ages = (1..9).map(|minute| (minute, (60 * minute - 30) as f64));
    assert_eq!(measured(&mut aws, AGE), ages.collect::<Vec<_>>());
    for (name, points) in [
        ("Sent", vec![(0, 2.0)]),
        ("Received", vec![(2, 1.0)]),
        ("Deleted", vec![(6, 1.0)]),
    ] {
        assert_eq!(measured(&mut aws, &format!("NumberOfMessages{name}")), points, "{name}");
    }
    let listed = aws.call("cloudwatch", "ListMetrics", json!({ "Namespace": "AWS/SQS" }));
    assert_eq!(listed["Metrics"].as_array().map(Vec::len), Some(7), "{listed}");
}

#[test]
fn a_queue_without_messages_is_measured_for_six_hours() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({ "MessageRetentionPeriod": "3600" }));
    send(&mut aws, &url, 0);
    aws.advance(DAY);
    let hours = numbers(&mut aws, of_queue(VISIBLE, "q"), 60, "SampleCount");
    assert_eq!(hours.len(), 7);
    assert_eq!((hours[0], hours[6]), ((0, 59.0), (360, 60.0)));
    let greatest = numbers(&mut aws, of_queue(VISIBLE, "q"), 60, "Maximum");
    assert_eq!((greatest[0].1, greatest[1].1), (1.0, 0.0), "the message is forgotten");
    assert_eq!(numbers(&mut aws, of_queue(AGE, "q"), 60, "Maximum"), [(0, 3540.0)]);
}

#[test]
fn a_message_that_comes_back_raises_the_alarm_again_and_one_that_expires_clears_it() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({ "MessageRetentionPeriod": "86400" }));
    alarm_above_zero(&mut aws, of_queue(VISIBLE, "q"), json!({}));
    send(&mut aws, &url, 0);
    aws.advance(HOUR);
    let hide = json!({ "QueueUrl": url, "VisibilityTimeout": 7200 });
    aws.call("sqs", "ReceiveMessage", hide);
    let mut stops = Vec::new();
    while let Some(at) = aws.world.next_timer() {
        stops.push((at - START) / MINUTE);
        aws.advance(at - aws.now);
    }
    // It was measured at the hour, just before it was received.
    let day = 24 * 60;
    assert_eq!(stops, [65, 180, day], "and at no other time");
    assert_eq!(
        changes(&aws),
        [
            (1, "ALARM".into()),
            (65, "OK".into()),
            (180, "ALARM".into()),
            (day, "OK".into()),
        ]
    );
}

#[test]
fn poison_has_no_age_and_a_dead_letter_is_as_old_as_its_move() {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({}));
    let redrive = json!({ "deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 5 }).to_string();
    let url = aws.queue("q", json!({ "VisibilityTimeout": "60", "RedrivePolicy": redrive }));
    let hour = json!({ "EvaluationPeriods": 3, "Threshold": 3600 });
    alarm_above_zero(&mut aws, of_queue(AGE, "q"), hour);
    send(&mut aws, &url, 0);
    for _ in 0..6 {
        aws.advance(10 * MINUTE);
        aws.messages(&url);
    }
    aws.advance(DAY);
    // The fourth time came after 40 minutes; the move, with the sixth look, after an hour.
    assert_eq!(numbers(&mut aws, of_queue(AGE, "q"), 60, "Maximum"), [(0, 2400.0)]);
    assert_eq!(
        numbers(&mut aws, of_queue(AGE, "dead"), 60, "Maximum")[..2],
        [(60, 3540.0), (120, 7140.0)]
    );
    assert_eq!(changes(&aws), [(1, "OK".into())]);
    assert_eq!(aws.messages(&dead).len(), 1);
}

#[test]
fn a_stuck_queue_of_many_messages_is_one_alarm() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({}));
    let hour = json!({ "EvaluationPeriods": 3, "Threshold": 3600 });
    alarm_above_zero(&mut aws, of_queue(AGE, "q"), hour);
    for _ in 0..500 {
        send(&mut aws, &url, 0);
        aws.advance(10_000);
    }
    aws.advance(3 * HOUR);
    assert_eq!(changes(&aws), [(1, "OK".into()), (70, "ALARM".into())]);
    assert_eq!(
        numbers(&mut aws, of_queue(VISIBLE, "q"), 60, "Maximum")[1..3],
        [(60, 500.0), (120, 500.0)]
    );
    aws.call("sqs", "PurgeQueue", json!({ "QueueUrl": url }));
    aws.advance(DAY);
    assert_eq!(changes(&aws).len(), 3);
    assert_eq!(aws.world.next_timer(), None);
}
