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
    Rule {
        name: "the dashboard shows every alarm, and nothing that is not there",
        check: dashboard_shows_what_is_there,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "            \"${SweepErrorsAlarm.Arn}\",\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "SOURCE '${PromoteModelLogs}'",
                broken: "SOURCE '/aws/lambda/promote-model'",
            },
            Broken {
                template: PLATFORM,
                sound: "{Windsock,Project} MetricName=\\\"DriftScore\\\"",
                broken: "{Windsock,Project} MetricName=\\\"DriftScores\\\"",
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

/// Metrics that functions publish with the dimension Project (shared/decisions/src/publish_drift.rs).
const PUBLISHED: [&str; 3] = ["Reports", "RowsScored", "DriftScore"];

fn dashboard_shows_what_is_there(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, dashboard) in view.of_kind("AWS::CloudWatch::Dashboard") {
        let body = view.property(dashboard, "DashboardBody");
        let Ok(body) = serde_json::from_str::<Value>(body.as_str().unwrap_or_default()) else {
            wrong.push(format!("{id} is not JSON"));
            continue;
        };
        let widgets = many(&body["widgets"]);
        let shown: Vec<Value> = widgets
            .iter()
            .flat_map(|widget| many(&widget["properties"]["alarms"]))
            .collect();
        let alarms = view
            .of_kind("AWS::CloudWatch::Alarm")
            .map(|(alarm, _)| format!("{alarm}.Arn"));
        let missing = alarms.filter(|alarm| !shown.contains(&alarm.as_str().into()));
        wrong.extend(missing.map(|alarm| format!("{id} does not show {alarm}")));
        for widget in &widgets {
            let logs = widget["properties"]["query"]
                .as_str()
                .and_then(|query| query.split('\'').nth(1));
            let is_there = |group: &str| {
                view.resource(group)
                    .is_some_and(|group| group.kind == "AWS::Logs::LogGroup")
            };
            wrong.extend(
                logs.filter(|group| !is_there(group))
                    .map(|group| format!("{id} reads {group}, which is not there")),
            );
        }
        let ours = body.to_string();
        let searched = ours.split("{Windsock,Project} MetricName=\\\"").skip(1);
        let names = searched.filter_map(|rest| rest.split('\\').next());
        wrong.extend(
            names
                .filter(|name| !PUBLISHED.contains(name))
                .map(|name| format!("{id} shows {name}, which nobody publishes")),
        );
    }
    wrong
}
