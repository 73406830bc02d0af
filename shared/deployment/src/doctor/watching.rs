//! What tells people that something is wrong: dead letters, alarms, and logs that are kept, but not for ever.

use anyhow::Context;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use windsock_decisions::layout;

use super::{Check, well, wrong};
use crate::{Deployed, ask::Question, replay};

/// As LogRetentionDays of template.yaml, unless somebody says otherwise.
const RETENTION_DAYS: u32 = 90;

pub(super) async fn queues(deployed: &Deployed) -> anyhow::Result<Vec<Check>> {
    let client = aws_sdk_sqs::Client::new(&deployed.config);
    let counted = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let mut checks = Vec::new();
    for (name, output) in replay::QUEUES {
        let get = client.get_queue_attributes().queue_url(deployed.output(output)?);
        let answer = get.set_attribute_names(Some(counted.to_vec())).send().await;
        let answer = answer.with_context(|| format!("count the letters in {name}"))?;
        let count = |attribute| answer.attributes()?.get(attribute)?.parse::<u64>().ok();
        let letters: u64 = counted.iter().filter_map(count).sum();
        let what = format!("queue {name} is empty");
        checks.push(match letters {
            0 => well(what),
            _ => wrong(
                what,
                format!("{letters} in it"),
                "windsock replay --dry-run, then windsock replay",
            ),
        });
    }
    Ok(checks)
}

/// A project's drift alarm tells of its data, not of the platform.
pub(super) async fn alarms(deployed: &Deployed) -> anyhow::Result<Vec<Check>> {
    let client = aws_sdk_cloudwatch::Client::new(&deployed.config);
    let prefix = format!("{}-", deployed.name_prefix);
    let (mut checks, mut token) = (Vec::new(), None);
    loop {
        let list = client
            .describe_alarms()
            .alarm_name_prefix(&prefix)
            .set_next_token(token);
        let answer = list
            .send()
            .await
            .with_context(|| format!("describe the alarms {prefix}*"))?;
        for alarm in answer.metric_alarms() {
            let name = alarm.alarm_name().unwrap_or_default();
            if layout::parse_alarm(&deployed.name_prefix, name).is_some() {
                continue;
            }
            let what = format!("alarm {name}");
            let why = || alarm.state_reason().unwrap_or("it gives no reason").to_owned();
            checks.push(match alarm.state_value() {
                Some(StateValue::Alarm) => wrong(
                    what,
                    why(),
                    alarm.alarm_description().unwrap_or("it says nothing more of itself"),
                ),
                _ if alarm.actions_enabled() == Some(false) => wrong(
                    what,
                    "its actions are switched off",
                    format!("aws cloudwatch enable-alarm-actions --alarm-names {name}"),
                ),
                _ => well(what),
            });
        }
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(checks);
        }
    }
}

/// Log groups without an end are paid for without an end.
pub(super) async fn logs(deployed: &Deployed) -> anyhow::Result<Check> {
    let prefix = format!("/aws/lambda/{}-", deployed.name_prefix);
    let (mut endless, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut asked = json!({ "logGroupNamePrefix": prefix });
        if !token.is_null() {
            asked["nextToken"] = token;
        }
        let question = Question::named("logs", "Logs_20140328.DescribeLogGroups", &asked);
        let mut answer = question
            .ask(&deployed.config)
            .await
            .with_context(|| format!("list the log groups {prefix}*"))?;
        let groups = answer["logGroups"].as_array().into_iter().flatten();
        let groups = groups.filter(|group| group["retentionInDays"].is_null());
        endless.extend(groups.filter_map(|group| group["logGroupName"].as_str().map(str::to_owned)));
        token = answer["nextToken"].take();
        if token.is_null() {
            break;
        }
    }
    let what = format!("logs {prefix}* end some time");
    let mend: Vec<String> = endless
        .iter()
        .map(|group| {
            format!("aws logs put-retention-policy --log-group-name {group} --retention-in-days {RETENTION_DAYS}")
        })
        .collect();
    Ok(match endless.is_empty() {
        true => well(what),
        false => wrong(what, format!("kept for ever: {}", endless.join(", ")), mend.join("; ")),
    })
}
