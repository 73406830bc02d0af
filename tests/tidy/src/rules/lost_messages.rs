//! Nothing is lost in silence: whatever cannot be delivered or handled ends in a dead-letter queue that keeps it.

use serde_json::{Value, json};

use super::{Broken, PLATFORM, PROJECT, Rule, View};
use crate::platform::many;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "every rule's target and every schedule has a dead-letter queue",
        check: targets_leave_dead_letters,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "          DeadLetterConfig: {Arn: !GetAtt DeadLettersQueue.Arn}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "            DeadLetterConfig: {Arn: !GetAtt DeadLettersQueue.Arn}\n",
                broken: "",
            },
            Broken {
                template: PROJECT,
                sound: "${NamePrefix}-dead-letters\"}\n        RetryPolicy",
                broken: "somewhere\"}\n        RetryPolicy",
            },
        ],
    },
    Rule {
        name: "every function is retried twice and then leaves a dead letter",
        check: functions_leave_dead_letters,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "      MaximumRetryAttempts: 2\n",
                broken: "      MaximumRetryAttempts: 0\n",
            },
            Broken {
                template: PLATFORM,
                sound: "        OnFailure:\n          Type: SQS\n          Destination: !GetAtt DeadLettersQueue.Arn",
                broken: "        OnSuccess:\n          Type: SQS\n          Destination: !GetAtt DeadLettersQueue.Arn",
            },
        ],
    },
    Rule {
        name: "a queue of work passes on what fails, and a dead-letter queue keeps it for 14 days",
        check: queues_keep_what_fails,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "        deadLetterTargetArn: !GetAtt TrainingHintsDeadLetters.Arn",
                broken: "        deadLetterTargetArn: !GetAtt InferenceHintsQueue.Arn",
            },
            Broken {
                template: PLATFORM,
                sound: "MessageRetentionPeriod: 1209600",
                broken: "MessageRetentionPeriod: 86400",
            },
        ],
    },
    Rule {
        name: "a queue hides a message six times as long as its function runs, and failed items alone come back",
        check: messages_are_hidden_long_enough,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "      VisibilityTimeout: 720\n",
                broken: "      VisibilityTimeout: 120\n",
            },
            Broken {
                template: PLATFORM,
                sound: "            FunctionResponseTypes: [ReportBatchItemFailures]\n",
                broken: "",
            },
        ],
    },
    Rule {
        name: "a queue cannot have more of its function run at once than SageMaker bears",
        check: queues_are_bounded,
        broken: &[Broken {
            template: PLATFORM,
            sound: "            ScalingConfig: {MaximumConcurrency: 2}\n",
            broken: "",
        }],
    },
];

/// By Ref in the platform, by name in a project, which is another stack.
fn is_dead_letters(arn: &Value) -> bool {
    arn.as_str()
        .is_some_and(|arn| arn == "DeadLettersQueue.Arn" || arn.ends_with(":windsock-dead-letters"))
}

fn targets_leave_dead_letters(view: &View) -> Vec<String> {
    let rules = view.of_kind("AWS::Events::Rule");
    let mut targets: Vec<(&String, Value)> = rules
        .flat_map(|(id, rule)| {
            many(&view.property(rule, "Targets"))
                .into_iter()
                .map(move |target| (id, target))
        })
        .collect();
    let schedules = view.of_kind("AWS::Scheduler::Schedule");
    targets.extend(schedules.map(|(id, schedule)| (id, view.property(schedule, "Target"))));
    let silent = targets
        .iter()
        .filter(|(_, target)| !is_dead_letters(&target["DeadLetterConfig"]["Arn"]));
    silent
        .map(|(id, target)| format!("{id}: what {} does not take is lost", target["Arn"]))
        .collect()
}

fn functions_leave_dead_letters(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, _) in view.of_kind("AWS::Lambda::Function") {
        let Some(config) = view.resource(&format!("{id}EventInvokeConfig")) else {
            wrong.push(format!("{id} says nothing of what becomes of events that it fails on"));
            continue;
        };
        let retries = view.property(config, "MaximumRetryAttempts");
        if retries != 2 {
            wrong.push(format!("{id} is retried {retries} times, not 2"));
        }
        if !is_dead_letters(&view.property(config, "DestinationConfig")["OnFailure"]["Destination"]) {
            wrong.push(format!("{id}: events that it fails on are lost"));
        }
    }
    wrong
}

/// SQS keeps nothing longer.
const LONGEST_S: u64 = 14 * 86_400;

fn queues_keep_what_fails(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, queue) in view.of_kind("AWS::SQS::Queue") {
        let redrive = view.property(queue, "RedrivePolicy");
        let passed_on = redrive["deadLetterTargetArn"].as_str().unwrap_or_default();
        let is_last = redrive.is_null();
        if is_last && view.property(queue, "MessageRetentionPeriod").as_u64() != Some(LONGEST_S) {
            wrong.push(format!("{id} does not keep dead letters as long as SQS can"));
        }
        let last = view.resource(passed_on.trim_end_matches(".Arn"));
        let ends = last.is_some_and(|last| view.property(last, "RedrivePolicy").is_null());
        if !is_last && !ends {
            wrong.push(format!(
                "{id} passes what fails on to {passed_on}, where it does not rest"
            ));
        }
    }
    wrong
}

fn messages_are_hidden_long_enough(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, mapping) in view.of_kind("AWS::Lambda::EventSourceMapping") {
        let of = |name: &str, property: &str| {
            let other = view.property(mapping, name);
            let other = view.resource(other.as_str().unwrap_or_default().trim_end_matches(".Arn"));
            other
                .and_then(|other| view.property(other, property).as_u64())
                .unwrap_or_default()
        };
        let (hidden, runs) = (of("EventSourceArn", "VisibilityTimeout"), of("FunctionName", "Timeout"));
        if runs == 0 || hidden < 6 * runs {
            wrong.push(format!(
                "{id}: hidden for {hidden} s while the function may run {runs} s"
            ));
        }
        if view.property(mapping, "FunctionResponseTypes") != json!(["ReportBatchItemFailures"]) {
            wrong.push(format!("{id}: one failed message brings the whole batch back"));
        }
    }
    wrong
}

/// AWS's smallest, and more than enough for calls that come a few a second.
const AT_ONCE: std::ops::RangeInclusive<u64> = 2..=4;

fn queues_are_bounded(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, mapping) in view.of_kind("AWS::Lambda::EventSourceMapping") {
        let at_once = view.property(mapping, "ScalingConfig")["MaximumConcurrency"].as_u64();
        if !at_once.is_some_and(|at_once| AT_ONCE.contains(&at_once)) {
            wrong.push(format!("{id} may run {at_once:?} at once"));
        }
    }
    wrong
}
