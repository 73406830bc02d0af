//! CloudWatch: what metrics are taken, and when alarms change.

use serde_json::{Value, json};
use windsock_world::Record;

use crate::support::{Aws, HOUR, MINUTE, arn};

fn alarm(missing: &str, members: Value) -> Value {
    let mut alarm = json!({
        "AlarmName": "drift", "AlarmDescription": "Data drift", "Namespace": "Windsock", "MetricName": "DriftScore",
        "Dimensions": [{ "Name": "Project", "Value": "p" }], "Statistic": "Maximum", "Period": 300,
        "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0,
        "TreatMissingData": missing,
    });
    alarm
        .as_object_mut()
        .expect("members")
        .extend(members.as_object().expect("members").clone());
    alarm
}

fn put(aws: &mut Aws, value: Value) -> Result<Value, String> {
    let datum =
        json!({ "MetricName": "DriftScore", "Dimensions": [{ "Name": "Project", "Value": "p" }], "Value": value });
    let call = json!({ "Namespace": "Windsock", "MetricData": [datum] });
    aws.try_call("cloudwatch", "PutMetricData", call)
        .map_err(|error| error.code)
}

fn states(aws: &Aws) -> Vec<(i64, String)> {
    let changes = aws.records.iter().filter_map(|(at, record)| match record {
        Record::Alarm { state, .. } => Some(((at - crate::support::START) / MINUTE, state.clone())),
        _ => None,
    });
    changes.collect()
}

#[test]
fn an_alarm_that_ignores_missing_data_changes_only_with_a_number() {
    let mut aws = Aws::new();
    aws.call("cloudwatch", "PutMetricAlarm", alarm("ignore", json!({})));
    aws.advance(HOUR);
    put(&mut aws, json!(2.5)).expect("taken");
    aws.advance(24 * HOUR);
    assert_eq!(aws.world.next_timer(), None, "nothing can change without a number");
    put(&mut aws, json!(3.0)).expect("taken");
    aws.advance(24 * HOUR);
    put(&mut aws, json!(0.2)).expect("taken");
    assert_eq!(states(&aws), [(60, "ALARM".into()), (49 * 60, "OK".into())]);
    let events = aws.events("CloudWatch Alarm State Change");
    assert_eq!(
        events[0]["previousState"]["reason"],
        "Unchecked: Initial alarm creation"
    );
    assert_eq!(
        events[0]["state"]["reason"],
        "Threshold Crossed: 1 out of the last 1 datapoints [2.5 (22/11/26 11:00:00)] was greater than the threshold \
         (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    );
    assert_eq!(events[0]["state"]["timestamp"], "2026-11-22T11:00:00.000+0000");
    let data: Value = serde_json::from_str(events[0]["state"]["reasonData"].as_str().expect("text")).expect("JSON");
    assert_eq!(data["recentDatapoints"], json!([2.5]));
    let stat = &events[0]["configuration"]["metrics"][0]["metricStat"];
    assert_eq!(stat["metric"]["dimensions"], json!({ "Project": "p" }));
    assert_eq!(
        events[1]["state"]["reason"],
        "Threshold Crossed: 1 out of the last 1 datapoints [0.2 (24/11/26 11:00:00)] was not greater than the \
         threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)."
    );
}

#[test]
fn each_treatment_of_missing_data_ends_as_documented() {
    let rows = [
        ("ignore", vec!["ALARM"]),
        ("notBreaching", vec!["OK", "ALARM", "OK"]),
        ("breaching", vec!["ALARM"]),
        ("missing", vec!["ALARM", "INSUFFICIENT_DATA"]),
    ];
    for (missing, wanted) in rows {
        let mut aws = Aws::new();
        aws.call("cloudwatch", "PutMetricAlarm", alarm(missing, json!({})));
        aws.advance(10 * MINUTE);
        put(&mut aws, json!(2.0)).expect("taken");
        aws.advance(2 * HOUR);
        let seen: Vec<_> = states(&aws).into_iter().map(|(_, state)| state).collect();
        assert_eq!(seen, wanted, "{missing}");
        assert_eq!(aws.world.next_timer(), None, "{missing}");
    }
}

#[test]
fn some_points_of_many_make_an_alarm() {
    let mut aws = Aws::new();
    let two_of_three = json!({ "EvaluationPeriods": 3, "DatapointsToAlarm": 2 });
    aws.call("cloudwatch", "PutMetricAlarm", alarm("ignore", two_of_three));
    for value in [2.0, 0.5, 0.5, 2.0, 2.0, 0.5, 0.5] {
        put(&mut aws, json!(value)).expect("taken");
        aws.advance(5 * MINUTE);
    }
    assert_eq!(
        states(&aws),
        [(5, "OK".into()), (20, "ALARM".into()), (30, "OK".into())]
    );
}

#[test]
fn actions_write_to_topics_and_set_states_do_not_last() {
    let mut aws = Aws::new();
    let topic = arn("sns", "ops");
    aws.call("sns", "CreateTopic", json!({ "Name": "ops" }));
    aws.call(
        "sns",
        "Subscribe",
        json!({ "TopicArn": topic, "Protocol": "email", "Endpoint": "o@example.com" }),
    );
    aws.call(
        "cloudwatch",
        "PutMetricAlarm",
        alarm("notBreaching", json!({ "AlarmActions": [topic] })),
    );
    aws.advance(HOUR);
    let set = json!({ "AlarmName": "drift", "StateValue": "ALARM", "StateReason": "a drill" });
    aws.call("cloudwatch", "SetAlarmState", set);
    aws.advance(HOUR);
    let seen: Vec<_> = states(&aws).into_iter().map(|(_, state)| state).collect();
    assert_eq!(seen, ["OK", "ALARM", "OK"]);
    let letters = aws.records.iter().filter_map(|(_, record)| match record {
        Record::Letter { subject, body, .. } => Some((subject.clone(), body.clone())),
        _ => None,
    });
    let letters: Vec<_> = letters.collect();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].0, "ALARM: \"drift\" in us-east-1");
    assert!(letters[0].1.contains("a drill"));
}

#[test]
fn numbers_and_names_that_cloudwatch_refuses_are_refused() {
    let mut aws = Aws::new();
    for value in [json!("NaN"), json!("Infinity"), json!(null), json!(1e300)] {
        assert!(put(&mut aws, value.clone()).is_err(), "{value}");
    }
    put(&mut aws, json!(0.0)).expect("taken");
    let datum = |name: &str| json!([{ "MetricName": name, "Value": 1.0 }]);
    let dimensions: Vec<_> = (0..31)
        .map(|n| json!({ "Name": format!("d{n}"), "Value": "v" }))
        .collect();
    let rows = [
        json!({ "Namespace": "AWS/Mine", "MetricData": datum("m") }),
        json!({ "Namespace": ":mine", "MetricData": datum("m") }),
        json!({ "Namespace": "Mine", "MetricData": datum("température") }),
        json!({ "Namespace": "Mine", "MetricData": datum(&"m".repeat(256)) }),
        json!({ "Namespace": "Mine", "MetricData": [{ "MetricName": "m", "Value": 1.0, "Timestamp": 0.0 }] }),
        json!({ "Namespace": "Mine", "MetricData": [{ "MetricName": "m", "Value": 1.0, "Dimensions": dimensions }] }),
    ];
    for row in rows {
        assert_eq!(
            aws.refusal("cloudwatch", "PutMetricData", row.clone()),
            "InvalidParameterValue",
            "{row}"
        );
    }
    let both = json!([{ "MetricName": "m", "Value": 1.0, "Values": [1.0] }]);
    let both = json!({ "Namespace": "Mine", "MetricData": both });
    assert_eq!(
        aws.refusal("cloudwatch", "PutMetricData", both),
        "InvalidParameterCombination"
    );
}

#[test]
fn statistics_and_pages_of_alarms_can_be_read() {
    let mut aws = Aws::new();
    for value in [1.0, 2.0, 6.0] {
        put(&mut aws, json!(value)).expect("taken");
    }
    let (from, until) = ("2026-11-22T09:00:00Z", "2026-11-22T11:00:00Z");
    let question = json!({ "Namespace": "Windsock", "MetricName": "DriftScore", "StartTime": from, "EndTime": until,
                           "Dimensions": [{ "Name": "Project", "Value": "p" }], "Period": 300,
                           "Statistics": ["Average", "Maximum", "SampleCount"] });
    let point = aws.call("cloudwatch", "GetMetricStatistics", question)["Datapoints"][0].clone();
    assert_eq!(
        (&point["Average"], &point["Maximum"], &point["SampleCount"]),
        (&json!(3.0), &json!(6.0), &json!(3.0))
    );
    for name in ["a", "b", "c"] {
        aws.call(
            "cloudwatch",
            "PutMetricAlarm",
            alarm("ignore", json!({ "AlarmName": name })),
        );
    }
    let page = aws.call("cloudwatch", "DescribeAlarms", json!({ "MaxRecords": 2 }));
    assert_eq!(page["MetricAlarms"].as_array().map(Vec::len), Some(2));
    let token = &page["NextToken"];
    let rest = aws.call(
        "cloudwatch",
        "DescribeAlarms",
        json!({ "MaxRecords": 2, "NextToken": token }),
    );
    assert_eq!(rest["MetricAlarms"][0]["AlarmName"], "c");
    assert!(rest.get("NextToken").is_none());
}
