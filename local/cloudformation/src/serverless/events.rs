//! What wakes a serverless function: EventBridge rules, schedules and queues.

use super::{added, arn, reference};
use crate::{Error, Kind, Node, Resource, template::known};

type Properties = Vec<(&'static str, Node)>;

pub(super) fn expand(
    function: &str,
    name: &str,
    event: &Node,
    condition: Option<&String>,
) -> Result<Vec<(String, Resource)>, Error> {
    let members = event.expect_map("an event")?;
    known(members, "an event", &["Type", "Properties"])?;
    let kind = members.get("Type").and_then(Node::as_text).unwrap_or_default();
    let empty = Node::map(event.line, []);
    let properties = members.get("Properties").unwrap_or(&empty);
    let id = format!("{function}{name}");
    match kind {
        "SQS" => {
            let mapping = added(
                "AWS::Lambda::EventSourceMapping",
                condition,
                queue(function, properties)?,
            );
            Ok(vec![(id, mapping)])
        }
        "EventBridgeRule" | "CloudWatchEvent" | "Schedule" => {
            let rule = added("AWS::Events::Rule", condition, rule(function, name, kind, properties)?);
            let permission = added(
                "AWS::Lambda::Permission",
                condition,
                [
                    ("Action", Node::text(0, "lambda:InvokeFunction")),
                    ("FunctionName", reference(function)),
                    ("Principal", Node::text(0, "events.amazonaws.com")),
                    ("SourceArn", arn(&id)),
                ],
            );
            Ok(vec![(id.clone(), rule), (format!("{id}Permission"), permission)])
        }
        other => {
            let message = format!("the event type `{other}` is not supported; SQS, EventBridgeRule, Schedule are");
            Err(Error::at(event.line, message).of(&id))
        }
    }
}

/// Properties with the same name and meaning in the mapping.
const QUEUE: [&str; 6] = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "FilterCriteria",
    "Enabled",
];

fn queue(function: &str, node: &Node) -> Result<Properties, Error> {
    let members = node.expect_map("an SQS event's Properties")?;
    let allowed: Vec<&str> = QUEUE.iter().copied().chain(["Queue"]).collect();
    known(members, "an SQS event", &allowed)?;
    let queue = members
        .get("Queue")
        .ok_or_else(|| Error::at(node.line, "an SQS event needs a `Queue`"))?;
    let mut properties = vec![("EventSourceArn", queue.clone()), ("FunctionName", reference(function))];
    for key in QUEUE {
        properties.extend(members.get(key).map(|node| (key, node.clone())));
    }
    Ok(properties)
}

fn rule(function: &str, name: &str, kind: &str, node: &Node) -> Result<Properties, Error> {
    let members = node.expect_map("an event's Properties")?;
    let (own, what) = if kind == "Schedule" {
        (&["Schedule", "Name", "Enabled"][..], "a Schedule event")
    } else {
        (
            &["Pattern", "RuleName", "EventBusName", "Target", "InputPath"][..],
            "an EventBridgeRule event",
        )
    };
    let common = ["State", "Description", "DeadLetterConfig", "RetryPolicy", "Input"];
    let allowed: Vec<&str> = own.iter().chain(&common).copied().collect();
    known(members, what, &allowed)?;
    let needed = if kind == "Schedule" { "Schedule" } else { "Pattern" };
    if !members.contains_key(needed) {
        return Err(Error::at(node.line, format!("{what} needs a `{needed}`")));
    }
    let mut properties = Vec::new();
    for (key, to) in [
        ("Name", "Name"),
        ("RuleName", "Name"),
        ("Description", "Description"),
        ("EventBusName", "EventBusName"),
        ("Pattern", "EventPattern"),
        ("Schedule", "ScheduleExpression"),
    ] {
        properties.extend(members.get(key).map(|node| (to, node.clone())));
    }
    properties.extend(state(members.get("State"), members.get("Enabled")));
    let target_id = members.get("Target").and_then(|target| target.get("Id")).cloned();
    let default_id = Node::text(0, target_name(function, name));
    let mut target = vec![("Arn", arn(function)), ("Id", target_id.unwrap_or(default_id))];
    for key in ["Input", "InputPath", "DeadLetterConfig", "RetryPolicy"] {
        target.extend(members.get(key).map(|node| (key, node.clone())));
    }
    properties.push(("Targets", Node::new(0, Kind::List(vec![Node::map(0, target)]))));
    Ok(properties)
}

/// SAM's name for a rule's target, which may be 64 characters long at most.
fn target_name(function: &str, event: &str) -> String {
    let full = format!("{function}{event}LambdaTarget");
    full.chars().take(64).collect()
}

/// `Enabled: false` is an older way to write `State: DISABLED`.
fn state(state: Option<&Node>, enabled: Option<&Node>) -> Option<(&'static str, Node)> {
    if let Some(state) = state {
        return Some(("State", state.clone()));
    }
    match enabled.map(|node| &node.kind) {
        Some(Kind::Bool(true)) => Some(("State", Node::text(0, "ENABLED"))),
        Some(Kind::Bool(false)) => Some(("State", Node::text(0, "DISABLED"))),
        _ => None,
    }
}
