//! What is worked out of a queue without looking at it is what somebody sees who looks every minute.

use serde_json::{Value, json};
use windsock_world::{Record, Stream};

use crate::support::{Aws, HOUR, MINUTE, START, arn};

const COUNTS: [(&str, &str); 3] = [
    ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessages"),
    (
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesNotVisible",
    ),
    (
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesDelayed",
    ),
];

/// An alarm's name, metric, statistic, periods, threshold, and what it makes of missing data.
type AlarmRow = (&'static str, &'static str, &'static str, i64, i64, &'static str);

const ALARMS: [AlarmRow; 5] = [
    ("any", COUNTS[0].0, "Maximum", 1, 0, "notBreaching"),
    ("always-some", COUNTS[0].0, "Minimum", 2, 1, "missing"),
    ("in-work", COUNTS[1].0, "Maximum", 1, 0, "ignore"),
    (
        "waiting",
        "ApproximateAgeOfOldestMessage",
        "Maximum",
        3,
        1200,
        "notBreaching",
    ),
    ("fresh", "ApproximateAgeOfOldestMessage", "Minimum", 1, 300, "breaching"),
];

struct Told {
    aws: Aws,
    /// What somebody saw at each minute, in the order of `COUNTS`.
    seen: Vec<[u64; 3]>,
}

/// Four hours of sending, receiving, deleting and hiding, and five hours of nothing. With `poked`, somebody touches both queues
/// every minute, so that nothing needs to be foretold for longer.
fn story(seed: u64, poked: bool) -> Told {
    let mut aws = Aws::new();
    let dead = aws.queue("dead", json!({ "MessageRetentionPeriod": "18000" }));
    let redrive = json!({ "deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 5 }).to_string();
    let url = aws.queue(
        "q",
        json!({ "VisibilityTimeout": "90", "MessageRetentionPeriod": "7200", "RedrivePolicy": redrive }),
    );
    for (name, metric, statistic, periods, threshold, missing) in ALARMS {
        for queue in ["q", "dead"] {
            let alarm = json!({
                "AlarmName": format!("{queue} {name}"), "Namespace": "AWS/SQS", "MetricName": metric, "Period": 300,
                "Dimensions": [{ "Name": "QueueName", "Value": queue }], "Statistic": statistic,
                "EvaluationPeriods": periods, "Threshold": threshold, "TreatMissingData": missing,
                "ComparisonOperator": "GreaterThanThreshold",
            });
            aws.call("cloudwatch", "PutMetricAlarm", alarm);
        }
    }
    let (chance, mut receipts, mut seen) = (Stream::new(seed), Vec::new(), Vec::new());
    for minute in 1..9 * 60 {
        aws.advance(MINUTE - (aws.now - START) % MINUTE);
        if poked {
            for queue in [&url, &dead] {
                let tag = json!({ "QueueUrl": queue, "Tags": { "minute": minute.to_string() } });
                aws.call("sqs", "TagQueue", tag);
            }
        }
        let look = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let attributes = aws.call("sqs", "GetQueueAttributes", look)["Attributes"].take();
        seen.push(COUNTS.map(|(_, name)| attributes[name].as_str().expect("a count").parse().expect("a number")));
        // At the full minute itself, or within it.
        aws.advance(i64::try_from(chance.below(3) * 17_500).expect("seconds"));
        if minute < 4 * 60 && chance.below(4) == 0 {
            deed(&mut aws, &url, &chance, &mut receipts);
        }
    }
    Told { aws, seen }
}

fn deed(aws: &mut Aws, url: &str, chance: &Stream, receipts: &mut Vec<Value>) {
    let with_receipt =
        |receipt: Option<Value>| receipt.map(|receipt| json!({ "QueueUrl": url, "ReceiptHandle": receipt }));
    match chance.below(6) {
        0 | 1 => {
            let delay = chance.below(2) * chance.below(900);
            let message = json!({ "QueueUrl": url, "MessageBody": "m", "DelaySeconds": delay });
            aws.call("sqs", "SendMessage", message);
        }
        2 | 3 => receipts.extend(aws.messages(url).iter().map(|message| message["ReceiptHandle"].clone())),
        4 => {
            if let Some(delete) = with_receipt(receipts.pop()) {
                aws.call("sqs", "DeleteMessage", delete);
            }
        }
        _ => {
            if let Some(mut hide) = with_receipt(receipts.last().cloned()) {
                hide["VisibilityTimeout"] = json!(chance.below(3) * 1500);
                // The message may be gone, or have come back.
                let _ = aws.try_call("sqs", "ChangeMessageVisibility", hide);
            }
        }
    }
}

fn changes(aws: &Aws) -> Vec<(i64, String, String)> {
    let changes = aws.records.iter().filter_map(|(at, record)| match record {
        Record::Alarm { name, state, .. } => Some(((at - START) / MINUTE, name.clone(), state.clone())),
        _ => None,
    });
    let mut changes: Vec<_> = changes.collect();
    changes.sort();
    changes
}

#[test]
fn the_numbers_are_those_that_somebody_sees_every_minute() {
    for seed in 0..5 {
        let Told { mut aws, seen } = story(seed, false);
        for (place, (metric, _)) in COUNTS.into_iter().enumerate() {
            let question = json!({
                "Namespace": "AWS/SQS", "MetricName": metric, "Statistics": ["Sum"], "Period": 60,
                "Dimensions": [{ "Name": "QueueName", "Value": "q" }],
                "StartTime": START / 1000, "EndTime": (START + 48 * HOUR) / 1000,
            });
            let answer = aws.call("cloudwatch", "GetMetricStatistics", question);
            let mut measured = vec![0; seen.len()];
            for point in answer["Datapoints"].as_array().expect("points") {
                let minute = (point["Timestamp"].as_f64().expect("a time") * 1000.0) as i64 - START;
                let minute = usize::try_from(minute / MINUTE).expect("after the start");
                measured[minute - 1] = point["Sum"].as_f64().expect("a number") as u64;
            }
            let seen: Vec<u64> = seen.iter().map(|counts| counts[place]).collect();
            assert_eq!(measured, seen, "seed {seed}: {metric}");
        }
    }
}

#[test]
fn alarms_change_when_somebody_who_looks_every_minute_would_see_it() {
    let mut states = std::collections::BTreeSet::new();
    for seed in 0..10 {
        let (foretold, looked) = (story(seed, false), story(seed, true));
        assert_eq!(changes(&foretold.aws), changes(&looked.aws), "seed {seed}");
        states.extend(changes(&foretold.aws).into_iter().map(|(_, name, state)| (name, state)));
    }
    assert!(states.len() > 15, "the stories are rich: {states:?}");
}
