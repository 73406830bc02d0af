//! What services hand to each other: let in by the target's policy or by a role, and buried where they are not.

use serde_json::{Value, json};
use windsock_world::{Input, InvocationOutcome, Record, Work};

use crate::support::{ACCOUNT, Aws, allow, arn, policy};

const HOUR: i64 = 3_600_000;

/// A rule for facts with this target and a dead-letter queue that takes what the rule cannot deliver.
fn rule(aws: &mut Aws, target: &str) {
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "dead" }));
    let rule_arn = arn("events", "rule/facts");
    allow_queue(aws, "dead", "events.amazonaws.com", &rule_arn);
    aws.call(
        "events",
        "PutRule",
        json!({ "Name": "facts", "EventPattern": "{\"source\":[\"windsock\"]}" }),
    );
    let targets = json!([{ "Id": "only", "Arn": target, "DeadLetterConfig": { "Arn": arn("sqs", "dead") } }]);
    aws.call("events", "PutTargets", json!({ "Rule": "facts", "Targets": targets }));
}

/// Let a service send to a queue on behalf of this resource.
fn allow_queue(aws: &mut Aws, queue: &str, service: &str, source: &str) {
    let statement = json!({
        "Sid": "Sends",
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sqs:SendMessage",
        "Resource": arn("sqs", queue),
        "Condition": { "ArnEquals": { "aws:SourceArn": source }, "StringEquals": { "aws:SourceAccount": ACCOUNT } },
    });
    let attributes = json!({ "Policy": policy(json!([statement])).to_string() });
    aws.call(
        "sqs",
        "SetQueueAttributes",
        json!({ "QueueUrl": queue, "Attributes": attributes }),
    );
}

fn tell(aws: &mut Aws) {
    let entry = json!({ "Source": "windsock", "DetailType": "Fact", "Detail": "{}" });
    aws.call("events", "PutEvents", json!({ "Entries": [entry] }));
}

#[test]
fn a_rule_sends_to_a_queue_that_lets_it() {
    let mut aws = Aws::new();
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "hints" }));
    rule(&mut aws, &arn("sqs", "hints"));
    // Another rule is let in; this one is not.
    allow_queue(&mut aws, "hints", "events.amazonaws.com", &arn("events", "rule/other"));
    tell(&mut aws);
    assert!(aws.messages("hints").is_empty());
    let dead = aws.messages("dead");
    assert_eq!(
        dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"],
        "NO_PERMISSIONS"
    );
    let near = aws.records.iter().find_map(|record| match record {
        Record::Denied { near_misses, .. } => Some(near_misses[0].clone()),
        _ => None,
    });
    assert!(near.unwrap().contains("aws:SourceArn"));

    allow_queue(&mut aws, "hints", "events.amazonaws.com", &arn("events", "rule/facts"));
    tell(&mut aws);
    assert_eq!(aws.messages("hints").len(), 1);
}

#[test]
fn a_rule_invokes_a_function_that_lets_it() {
    let mut aws = Aws::new();
    let role = aws.role("f", json!([]));
    aws.function("f", &role);
    rule(&mut aws, &arn("lambda", "function:f"));
    tell(&mut aws);
    assert!(aws.invocations().is_empty());
    assert_eq!(aws.messages("dead").len(), 1);

    let permission = json!({
        "FunctionName": "f",
        "StatementId": "rule",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": arn("events", "rule/facts"),
        "SourceAccount": ACCOUNT,
    });
    aws.call("lambda", "AddPermission", permission);
    tell(&mut aws);
    assert_eq!(aws.invocations(), ["f"]);
}

#[test]
fn a_topic_sends_to_a_queue_that_lets_it() {
    let mut aws = Aws::new();
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "mail" }));
    let topic = aws.call("sns", "CreateTopic", json!({ "Name": "t" }))["TopicArn"].clone();
    let subscribe = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": arn("sqs", "mail") });
    aws.call("sns", "Subscribe", subscribe);
    let publish = json!({ "TopicArn": topic, "Message": "x" });
    aws.call("sns", "Publish", publish.clone());
    assert!(aws.messages("mail").is_empty());
    allow_queue(&mut aws, "mail", "sns.amazonaws.com", topic.as_str().unwrap());
    aws.call("sns", "Publish", publish);
    assert_eq!(aws.messages("mail").len(), 1);
}

#[test]
fn an_alarm_publishes_to_a_topic_of_its_account_unless_the_topics_policy_names_others() {
    let mut aws = Aws::new();
    let topic = aws.call("sns", "CreateTopic", json!({ "Name": "t" }))["TopicArn"].clone();
    let subscribe = json!({ "TopicArn": topic, "Protocol": "email", "Endpoint": "ada@example.com" });
    aws.call("sns", "Subscribe", subscribe);
    let alarm = json!({
        "AlarmName": "a", "Namespace": "N", "MetricName": "m", "Statistic": "Maximum", "Period": 60,
        "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
        "AlarmActions": [topic],
    });
    aws.call("cloudwatch", "PutMetricAlarm", alarm);
    let letters = |aws: &Aws| {
        aws.records
            .iter()
            .filter(|record| matches!(record, Record::Letter { .. }))
            .count()
    };
    let ring = |aws: &mut Aws| {
        for state in ["OK", "ALARM"] {
            let input = json!({ "AlarmName": "a", "StateValue": state, "StateReason": "test" });
            aws.call("cloudwatch", "SetAlarmState", input);
        }
    };
    ring(&mut aws);
    assert_eq!(letters(&aws), 1, "a topic without a policy");
    for (source, expected) in [("alarm:other", 1), ("alarm:a", 2)] {
        let statement = json!({
            "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" }, "Action": "sns:Publish",
            "Resource": topic, "Condition": { "ArnLike": { "aws:SourceArn": arn("cloudwatch", source) } },
        });
        let set = json!({ "TopicArn": topic, "AttributeName": "Policy",
                          "AttributeValue": policy(json!([statement])).to_string() });
        aws.call("sns", "SetTopicAttributes", set);
        ring(&mut aws);
        assert_eq!(letters(&aws), expected, "{source}");
    }
}

#[test]
fn a_schedule_sends_as_its_role() {
    let mut aws = Aws::new();
    let role = aws.role("ticks", json!([]));
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "dead" }));
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "heard" }));
    rule(&mut aws, &arn("sqs", "heard"));
    allow_queue(&mut aws, "heard", "events.amazonaws.com", &arn("events", "rule/facts"));
    let schedule = json!({
        "Name": "tick", "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": arn("events", "event-bus/default"), "RoleArn": role.arn, "Input": "{\"project\":\"p\"}",
            "EventBridgeParameters": { "DetailType": "ScheduleTick", "Source": "windsock" },
            "DeadLetterConfig": { "Arn": arn("sqs", "dead") },
        },
    });
    aws.call("scheduler", "CreateSchedule", schedule);
    let leave = allow("sqs:SendMessage", &arn("sqs", "dead"));
    let mut tell = allow("events:PutEvents", &arn("events", "event-bus/default"));
    tell["Condition"] = json!({ "StringEquals": { "events:detail-type": "ScheduleTick" } });

    aws.advance(HOUR);
    assert_eq!((aws.messages("heard").len(), aws.messages("dead").len()), (0, 0));
    aws.allow("ticks", json!([leave]));
    aws.advance(HOUR);
    assert_eq!((aws.messages("heard").len(), aws.messages("dead").len()), (0, 1));
    aws.allow("ticks", json!([leave, tell]));
    aws.advance(HOUR);
    assert_eq!(aws.messages("heard").len(), 1);
}

#[test]
fn a_schedule_and_a_function_need_a_role_that_trusts_their_service() {
    let mut aws = Aws::new();
    let trust = policy(
        json!([{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" },
                                "Action": "sts:AssumeRole" }]),
    );
    aws.call(
        "iam",
        "CreateRole",
        json!({ "RoleName": "r", "AssumeRolePolicyDocument": trust }),
    );
    let role = crate::support::role("r");
    let function = json!({ "FunctionName": "f", "Role": role.arn, "Code": "f/" });
    let operator = crate::support::user("operator");
    let refusal = aws
        .call_as(&operator, "lambda", "CreateFunction", function)
        .unwrap_err();
    assert_eq!(
        refusal.message,
        "The role defined for the function cannot be assumed by Lambda."
    );
    let schedule = json!({
        "Name": "s", "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": arn("sqs", "q"), "RoleArn": role.arn, "Input": "{}" },
    });
    let refusal = aws
        .call_as(&operator, "scheduler", "CreateSchedule", schedule)
        .unwrap_err();
    assert!(
        refusal
            .message
            .contains("must allow AWS EventBridge Scheduler to assume the role")
    );
}

fn fail_for_good(aws: &mut Aws) {
    for _ in 0..3 {
        for work in aws.world.take_work() {
            let Work::Invoke(invocation) = work else { continue };
            let outcome = InvocationOutcome::Failed {
                error_type: "Error".into(),
                message: "no".into(),
            };
            aws.apply(Input::InvocationEnded {
                id: invocation.id,
                outcome,
            })
            .unwrap();
        }
        aws.advance(HOUR);
    }
}

#[test]
fn a_functions_dead_letters_leave_in_its_roles_name() {
    for (statements, arrived) in [
        (json!([]), 0),
        (json!([allow("sqs:SendMessage", &arn("sqs", "dead"))]), 1),
    ] {
        let mut aws = Aws::new();
        let role = aws.role("f", statements);
        aws.call("sqs", "CreateQueue", json!({ "QueueName": "dead" }));
        aws.function("f", &role);
        let config = json!({ "FunctionName": "f", "MaximumRetryAttempts": 0,
                             "DestinationConfig": { "OnFailure": { "Destination": arn("sqs", "dead") } } });
        aws.call("lambda", "PutFunctionEventInvokeConfig", config);
        aws.call(
            "lambda",
            "Invoke",
            json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": {} }),
        );
        fail_for_good(&mut aws);
        assert_eq!(aws.messages("dead").len(), arrived);
    }
}

/// Statements for a function that reads the queue `q`.
fn reading(actions: &[&str]) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": arn("sqs", "q") }])
}

#[test]
fn a_function_reads_a_queue_as_its_role() {
    let mut aws = Aws::new();
    let role = aws.role("f", reading(&["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]));
    aws.function("f", &role);
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "q" }));
    let mapping = json!({ "FunctionName": "f", "EventSourceArn": arn("sqs", "q") });
    let operator = crate::support::user("operator");
    let refusal = aws
        .call_as(&operator, "lambda", "CreateEventSourceMapping", mapping.clone())
        .unwrap_err();
    assert_eq!(
        refusal.message,
        "The provided execution role does not have permissions to call DeleteMessage on SQS"
    );
    aws.allow(
        "f",
        reading(&["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:DeleteMessage"]),
    );
    aws.call("lambda", "CreateEventSourceMapping", mapping);
    // What was allowed then and is not any more is not done.
    aws.allow("f", reading(&["sqs:DeleteMessage"]));
    aws.call("sqs", "SendMessage", json!({ "QueueUrl": "q", "MessageBody": "x" }));
    assert!(aws.invocations().is_empty());
    aws.allow("f", reading(&["sqs:*"]));
    aws.call("sqs", "SendMessage", json!({ "QueueUrl": "q", "MessageBody": "y" }));
    assert_eq!(aws.invocations(), ["f"]);
}

#[test]
fn what_a_function_prints_arrives_if_its_role_may_log() {
    let mut aws = Aws::new();
    let role = aws.role("f", json!([]));
    aws.function("f", &role);
    let print = |aws: &mut Aws| {
        aws.records.clear();
        let line = json!({ "event": "plan" });
        aws.apply(Input::Log {
            function: "f".into(),
            line,
        })
        .unwrap();
        aws.records.iter().any(|record| matches!(record, Record::Log { .. }))
    };
    assert!(!print(&mut aws));
    let logs = json!([{ "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": arn("logs", "log-group:/aws/lambda/f:*") }]);
    aws.allow("f", logs);
    assert!(print(&mut aws));
}
