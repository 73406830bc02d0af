//! Is the platform well? Each check looks at one thing and says what it found, or what is wrong and what mends it.
//! Nothing here changes anything.

use anyhow::Context;
use aws_sdk_cloudformation::types::StackStatus;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_s3::types::BucketVersioningStatus;
use aws_sdk_sqs::types::QueueAttributeName;
use windsock_decisions::layout;

use crate::{Deployed, deployed::describe, projects, replay};

/// What SNS shows instead of the ARN of a subscription that nobody confirmed.
const UNCONFIRMED: &str = "PendingConfirmation";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: String,
    /// None: well.
    pub wrong: Option<Wrong>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub why: String,
    /// A command, or what a person does.
    pub mend: String,
}

fn well(what: impl Into<String>) -> Check {
    Check {
        what: what.into(),
        wrong: None,
    }
}

fn wrong(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Check {
    let wrong = Some(Wrong {
        why: why.into(),
        mend: mend.into(),
    });
    Check {
        what: what.into(),
        wrong,
    }
}

/// Every check, of the platform (whose stack has this name) and of each project.
pub async fn examine(deployed: &Deployed, platform: &str) -> anyhow::Result<Vec<Check>> {
    let mut checks = vec![stack(deployed, platform, "sam deploy (README: Deploy it), or windsock up").await?];
    for bucket in [&deployed.data_bucket, &deployed.work_bucket] {
        checks.extend(self::bucket(deployed, bucket).await?);
    }
    checks.extend(queues(deployed).await?);
    checks.push(rules(deployed).await?);
    checks.extend(alarms(deployed).await?);
    checks.push(subscriptions(deployed, &deployed.output("OperationsTopicArn")?).await?);
    for project in projects::names(deployed).await? {
        let name = layout::stack_name(&deployed.name_prefix, &project);
        checks.push(stack(deployed, &name, "windsock apply --all").await?);
        checks.extend(definitions(deployed, &project).await?);
        let topic = layout::topic_name(&deployed.name_prefix, &project);
        let (partition, region, account) = (&deployed.partition, &deployed.region, &deployed.account);
        checks.push(subscriptions(deployed, &format!("arn:{partition}:sns:{region}:{account}:{topic}")).await?);
    }
    Ok(checks)
}

async fn stack(deployed: &Deployed, name: &str, mend: &str) -> anyhow::Result<Check> {
    let what = format!("stack {name}");
    let Some(described) = describe(&deployed.cloudformation, name).await? else {
        return Ok(wrong(what, "it is not there", mend));
    };
    Ok(match described.stack_status() {
        Some(StackStatus::CreateComplete | StackStatus::UpdateComplete) => well(what),
        status => {
            let status = status.map_or("in no known state", StackStatus::as_str);
            let why = described
                .stack_status_reason()
                .unwrap_or("CloudFormation gives no reason");
            wrong(what, format!("it is {status}: {why}"), mend)
        }
    })
}

/// An existing bucket that was brought along may lack what the template gives its own.
async fn bucket(deployed: &Deployed, bucket: &str) -> anyhow::Result<[Check; 2]> {
    let client = aws_sdk_s3::Client::new(&deployed.config);
    let answer = client
        .get_bucket_notification_configuration()
        .bucket(bucket)
        .send()
        .await;
    let answer = answer.with_context(|| format!("read the notifications of bucket {bucket}"))?;
    let what = format!("bucket {bucket} tells EventBridge of new objects");
    let events = match answer.event_bridge_configuration() {
        Some(_) => well(what),
        None => wrong(
            what,
            "it does not, so no arrival wakes anything before the sweep looks",
            format!(
                "aws s3api put-bucket-notification-configuration --bucket {bucket} --notification-configuration \
                 '{{\"EventBridgeConfiguration\": {{}}}}' (it replaces the bucket's other notifications: add them)"
            ),
        ),
    };
    let answer = client.get_bucket_versioning().bucket(bucket).send().await;
    let answer = answer.with_context(|| format!("read the versioning of bucket {bucket}"))?;
    let what = format!("bucket {bucket} keeps versions");
    let versions = match answer.status() {
        Some(BucketVersioningStatus::Enabled) => well(what),
        _ => wrong(
            what,
            "it does not, so what is overwritten is lost",
            format!("aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"),
        ),
    };
    Ok([events, versions])
}

async fn queues(deployed: &Deployed) -> anyhow::Result<Vec<Check>> {
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

async fn rules(deployed: &Deployed) -> anyhow::Result<Check> {
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
        (0, _) => wrong(what, "there are none", "sam deploy (README: Deploy it)"),
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

/// A project's drift alarm tells of its data, not of the platform.
async fn alarms(deployed: &Deployed) -> anyhow::Result<Vec<Check>> {
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

/// Counts only: an address is nobody's business who reads a log.
async fn subscriptions(deployed: &Deployed, topic: &str) -> anyhow::Result<Check> {
    let client = aws_sdk_sns::Client::new(&deployed.config);
    let (mut all, mut unconfirmed, mut token) = (0_usize, 0_usize, None);
    loop {
        let list = client
            .list_subscriptions_by_topic()
            .topic_arn(topic)
            .set_next_token(token);
        let answer = list
            .send()
            .await
            .with_context(|| format!("list the subscriptions of {topic}"))?;
        let subscriptions = answer.subscriptions();
        all += subscriptions.len();
        unconfirmed += subscriptions
            .iter()
            .filter(|one| one.subscription_arn() == Some(UNCONFIRMED))
            .count();
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let what = format!("subscriptions of {}: {all}", topic.rsplit(':').next().unwrap_or(topic));
    Ok(match unconfirmed {
        0 => well(what),
        _ => wrong(
            what,
            format!("{unconfirmed} not confirmed, so these people get no letters"),
            "the link in the mail from AWS; when it is older than three days, subscribe the address again",
        ),
    })
}

async fn definitions(deployed: &Deployed, project: &str) -> anyhow::Result<Vec<Check>> {
    let what = format!("pipelines of {project} are of this program's format");
    let outdated = projects::outdated(deployed, project).await?;
    if outdated.is_empty() {
        return Ok(vec![well(what)]);
    }
    let each = outdated.iter();
    Ok(each
        .map(|one| wrong(&what, one.to_string(), "windsock apply --all"))
        .collect())
}
