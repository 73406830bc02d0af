//! Who hears of it: whatever goes wrong in the platform reaches the operations topic.

use serde_json::Value;

use super::{Broken, PLATFORM, Rule, View};
use crate::platform::many;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "every dead-letter queue has an alarm",
        check: dead_letters_are_heard,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "Value: !GetAtt DeadLettersQueue.QueueName",
                broken: "Value: !GetAtt TrainingHintsQueue.QueueName",
            },
            Broken {
                template: PLATFORM,
                sound: "      MetricName: ApproximateNumberOfMessagesVisible\n",
                broken: "      MetricName: NumberOfMessagesSent\n",
            },
        ],
    },
    Rule {
        name: "every function has an alarm on its errors",
        check: errors_are_heard,
        broken: &[Broken {
            template: PLATFORM,
            sound: "Value: !Ref SweepFunction}",
            broken: "Value: !Ref RetireFunction}",
        }],
    },
    Rule {
        name: "every queue of work has an alarm on how long its messages wait",
        check: waiting_is_heard,
        broken: &[Broken {
            template: PLATFORM,
            sound: "      MetricName: ApproximateAgeOfOldestMessage\n",
            broken: "      MetricName: SentMessageSize\n",
        }],
    },
    Rule {
        name: "an alarm of the platform tells operations, and silence is no alarm",
        check: alarms_tell_operations,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "      AlarmActions: [!Ref OperationsTopic]\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "      TreatMissingData: notBreaching\n",
                broken: "",
            },
        ],
    },
];

/// What the alarms of a namespace and metric watch, as references.
fn watched(view: &View, namespace: &str, metric: &str, dimension: &str) -> Vec<String> {
    let alarms = view.of_kind("AWS::CloudWatch::Alarm").filter(|(_, alarm)| {
        view.property(alarm, "Namespace") == namespace && view.property(alarm, "MetricName") == metric
    });
    let dimensions = alarms.flat_map(|(_, alarm)| many(&view.property(alarm, "Dimensions")));
    let named = dimensions.filter(|watched| watched["Name"] == dimension);
    let value = |watched: Value| Some(watched["Value"].as_str()?.trim_end_matches(".QueueName").to_owned());
    named.filter_map(value).collect()
}

fn dead_letters_are_heard(view: &View) -> Vec<String> {
    let heard = watched(view, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName");
    let silent = view
        .of_kind("AWS::SQS::Queue")
        .filter(|(id, queue)| view.property(queue, "RedrivePolicy").is_null() && !heard.contains(id));
    silent
        .map(|(id, _)| format!("nobody hears of messages in {id}"))
        .collect()
}

fn errors_are_heard(view: &View) -> Vec<String> {
    let heard = watched(view, "AWS/Lambda", "Errors", "FunctionName");
    let silent = view
        .of_kind("AWS::Lambda::Function")
        .filter(|(id, _)| !heard.contains(id));
    silent.map(|(id, _)| format!("nobody hears of {id}'s errors")).collect()
}

fn waiting_is_heard(view: &View) -> Vec<String> {
    let heard = watched(view, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName");
    let silent = view
        .of_kind("AWS::SQS::Queue")
        .filter(|(id, queue)| !view.property(queue, "RedrivePolicy").is_null() && !heard.contains(id));
    silent
        .map(|(id, _)| format!("nobody hears when {id} is not read"))
        .collect()
}

/// A project's drift alarm is heard by respond-to-drift instead, and keeps its state while no batch comes.
fn alarms_tell_operations(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, alarm) in view.of_kind("AWS::CloudWatch::Alarm") {
        if view.property(alarm, "Namespace") == "Windsock" && view.property(alarm, "MetricName") == "DriftScore" {
            continue;
        }
        if !many(&view.property(alarm, "AlarmActions")).contains(&"OperationsTopic".into()) {
            wrong.push(format!("{id} tells nobody"));
        }
        if view.property(alarm, "TreatMissingData") != "notBreaching" {
            wrong.push(format!("{id} takes silence for something"));
        }
    }
    wrong
}
