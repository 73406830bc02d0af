//! What wakes the functions: rules, the queues' event source mappings, and the projects' schedules.

use anyhow::Context;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use windsock_decisions::{Project, layout};
use windsock_events::facts::PipelineKind;

use super::{Check, quoted, well, wrong};
use crate::{
    Deployed,
    ask::{Question, unless},
};

/// Functions that a queue wakes, and the queue's output in the platform's stack.
const MAPPED: [(&str, &str); 2] = [
    ("start-training", "TrainingHintsQueueUrl"),
    ("start-inference", "InferenceHintsQueueUrl"),
];
const NOT_THERE: &[&str] = &["ResourceNotFoundException"];

/// The platform's own, schedules of functions among them.
pub(super) async fn rules(deployed: &Deployed) -> anyhow::Result<Check> {
    let client = aws_sdk_eventbridge::Client::new(&deployed.config);
    let prefix = format!("{}-", deployed.name_prefix);
    let (mut all, mut disabled, mut token) = (0, Vec::new(), None);
    loop {
        let list = client.list_rules().name_prefix(&prefix).set_next_token(token);
        let answer = list.send().await.with_context(|| format!("list the rules {prefix}*"))?;
        all += answer.rules().len();
        let off = answer
            .rules()
            .iter()
            .filter(|rule| rule.state() == Some(&RuleState::Disabled));
        disabled.extend(off.filter_map(|rule| rule.name().map(str::to_owned)));
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let what = format!("rules and schedules {prefix}* are enabled");
    Ok(match (all, disabled.is_empty()) {
        (0, _) => wrong(what, "there are none", "sam deploy (docs/deploy.md, step 1)"),
        (_, true) => well(what),
        _ => {
            let mend: Vec<String> = disabled
                .iter()
                .map(|name| format!("aws events enable-rule --name {name}"))
                .collect();
            wrong(what, format!("disabled: {}", disabled.join(", ")), mend.join("; "))
        }
    })
}

pub(super) async fn mappings(deployed: &Deployed) -> anyhow::Result<Vec<Check>> {
    let queues = aws_sdk_sqs::Client::new(&deployed.config);
    let mut checks = Vec::new();
    for (function, output) in MAPPED {
        let name = format!("{}-{function}", deployed.name_prefix);
        let attributes = queues.get_queue_attributes().queue_url(deployed.output(output)?);
        let attributes = attributes.attribute_names(QueueAttributeName::QueueArn).send().await;
        let attributes = attributes.with_context(|| format!("look for the queue of {name}"))?;
        let queue = attributes
            .attributes()
            .and_then(|all| all.get(&QueueAttributeName::QueueArn))
            .with_context(|| format!("the queue of {name} has no ARN"))?;
        let path = format!("/2015-03-31/event-source-mappings?FunctionName={name}");
        let answer = Question::rest("lambda", "GET", path).ask(&deployed.config).await;
        let answer = unless(answer, NOT_THERE).with_context(|| format!("list the event source mappings of {name}"))?;
        checks.push(mapping(&name, queue, &answer.unwrap_or_default()));
    }
    Ok(checks)
}

fn mapping(function: &str, queue: &str, answer: &Value) -> Check {
    let all = answer["EventSourceMappings"].as_array();
    let ours = all.into_iter().flatten().find(|one| one["EventSourceArn"] == queue);
    let queue_name = queue.rsplit(':').next().unwrap_or(queue);
    let what = format!("{function} reads queue {queue_name}");
    let Some(ours) = ours else {
        let mend = format!(
            "aws lambda create-event-source-mapping --function-name {function} --event-source-arn {queue} \
             --batch-size 100 --maximum-batching-window-in-seconds 1 --function-response-types ReportBatchItemFailures \
             --scaling-config MaximumConcurrency=2"
        );
        return wrong(what, "it has no event source mapping for it", mend);
    };
    let state = ours["State"].as_str().unwrap_or("in no known state");
    match state {
        "Disabled" | "Disabling" => {
            let uuid = ours["UUID"].as_str().unwrap_or_default();
            let mend = format!("aws lambda update-event-source-mapping --uuid {uuid} --enabled");
            wrong(what, format!("its event source mapping is {state}"), mend)
        }
        _ => well(what),
    }
}

/// A project's schedules: those that project.yaml asks for, as the project's template makes them, and no others.
pub(super) async fn schedules(deployed: &Deployed, project: &Project) -> anyhow::Result<Vec<Check>> {
    let inference = project.inference.as_ref();
    let asked_for = [
        (PipelineKind::Training, project.training.schedule.as_deref()),
        (
            PipelineKind::Inference,
            inference.and_then(|inference| inference.schedule.as_deref()),
        ),
    ];
    let zone = inference.map_or("UTC", |inference| inference.timezone.as_str());
    let mut checks = Vec::new();
    for (kind, expression) in asked_for {
        let name = layout::pipeline_name(&deployed.name_prefix, &project.project, kind);
        let question = Question::rest("scheduler", "GET", format!("/schedules/{name}"));
        let there = unless(question.ask(&deployed.config).await, NOT_THERE);
        let there = there.with_context(|| format!("read schedule {name}"))?;
        match (expression, there) {
            (None, None) => {}
            (None, Some(_)) => checks.push(wrong(
                format!("schedule {name}"),
                "project.yaml asks for none",
                format!("windsock apply the project; if it stays, aws scheduler delete-schedule --name {name}"),
            )),
            (Some(expression), there) => {
                let wanted = wanted(deployed, project, kind, expression, zone);
                checks.push(schedule(&name, &wanted, there.as_ref()));
            }
        }
    }
    Ok(checks)
}

/// As templates/ml-project.yaml says it.
fn wanted(deployed: &Deployed, project: &Project, kind: PipelineKind, expression: &str, zone: &str) -> Value {
    let Deployed {
        partition,
        region,
        account,
        role_path,
        name_prefix,
        ..
    } = deployed;
    let project = &project.project;
    let name = layout::pipeline_name(name_prefix, project, kind);
    let pipeline = if kind == PipelineKind::Training {
        "training"
    } else {
        "inference"
    };
    let input = format!(
        r#"{{"project":"{project}","pipeline":"{pipeline}","scheduled_time":"<aws.scheduler.scheduled-time>"}}"#
    );
    json!({
        "Name": name,
        "Description": format!("Tells that {pipeline} of the Windsock project {project} is due."),
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "State": "ENABLED",
        "Target": {
            "Arn": format!("arn:{partition}:events:{region}:{account}:event-bus/default"),
            "RoleArn": format!("arn:{partition}:iam::{account}:role{role_path}{name_prefix}-{project}-schedule"),
            "EventBridgeParameters": { "DetailType": "ScheduleTick", "Source": "windsock" },
            "Input": input,
            "DeadLetterConfig": { "Arn": format!("arn:{partition}:sqs:{region}:{account}:{name_prefix}-dead-letters") },
            "RetryPolicy": { "MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 185 },
        },
    })
}

/// Members that decide whether the function hears of it, and when.
const COMPARED: [(&str, &str); 6] = [
    ("/State", "its state"),
    ("/ScheduleExpression", "its expression"),
    ("/ScheduleExpressionTimezone", "its time zone"),
    ("/Target/Arn", "its target"),
    ("/Target/RoleArn", "its role"),
    ("/Target/Input", "what it says"),
];

/// CloudFormation compares templates, so applying again would not see what a person did to a schedule.
fn schedule(name: &str, wanted: &Value, there: Option<&Value>) -> Check {
    let what = format!("schedule {name}");
    let mend = |verb: &str| {
        format!(
            "aws scheduler {verb}-schedule --cli-input-json {}",
            quoted(&wanted.to_string())
        )
    };
    let Some(there) = there else {
        return wrong(what, "it is not there", mend("create"));
    };
    let told = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("nothing").to_owned();
    let differs = |(pointer, called): &(&str, &str)| {
        let (is, should) = (told(there.pointer(pointer)), told(wanted.pointer(pointer)));
        (is != should).then(|| format!("{called} is {is}, not {should}"))
    };
    let differences: Vec<String> = COMPARED.iter().filter_map(differs).collect();
    match differences.is_empty() {
        true => well(what),
        false => wrong(what, differences.join("; "), mend("update")),
    }
}
