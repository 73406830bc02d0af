//! What EventBridge's operations need. PutEvents is decided entry by entry, by source and detail type.

use serde_json::Value;

use crate::{
    World,
    access::{Keys, Need, Row, anything, nothing, pass_role, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("PutEvents", nothing).also(&[entries]),
    row("PutRule", rule).keys(pattern).also(&[rule_role]),
    row("PutTargets", rule).keys(targets).also(&[target_roles]),
    row("ListRules", anything),
    row("ListRuleNamesByTarget", anything),
    row("RemoveTargets", rule),
    row("ListTargetsByRule", rule),
    row("DescribeRule", rule),
    row("DeleteRule", rule),
    row("EnableRule", rule),
    row("DisableRule", rule),
    row("TestEventPattern", anything),
    row("DescribeEventBus", |world, _| vec![world.bus_arn()]),
    row("ListEventBuses", anything),
    row("TagResource", |_, input| {
        vec![input["ResourceARN"].as_str().unwrap_or("*").to_owned()]
    }),
];

/// Putting one event on the default bus.
pub(crate) fn put_event(world: &World, source: &str, detail_type: &str) -> Need {
    Need::new("events:PutEvents", world.bus_arn())
        .with("events:source", source)
        .with("events:detail-type", detail_type)
}

fn entries(world: &World, input: &Value) -> Vec<Need> {
    let entries = input["Entries"].as_array().into_iter().flatten();
    let text = |entry: &Value, member: &str| entry[member].as_str().unwrap_or_default().to_owned();
    entries
        .map(|entry| put_event(world, &text(entry, "Source"), &text(entry, "DetailType")))
        .collect()
}

fn rule(world: &World, input: &Value) -> Vec<String> {
    let name = input["Rule"].as_str().or(input["Name"].as_str()).unwrap_or_default();
    vec![world.arn("events", &format!("rule/{name}"))]
}

/// A rule's pattern tells its sources and detail types as keys.
fn pattern(_: &World, input: &Value) -> Keys {
    let pattern = input["EventPattern"].as_str().unwrap_or_default();
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_default();
    let listed = |member: &str| -> Vec<String> {
        let items = pattern[member].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    vec![
        ("events:source".into(), listed("source")),
        ("events:detail-type".into(), listed("detail-type")),
    ]
}

fn targets(_: &World, input: &Value) -> Keys {
    let targets = input["Targets"].as_array().into_iter().flatten();
    let arns = targets.filter_map(|target| target["Arn"].as_str());
    vec![("events:TargetArn".into(), arns.map(str::to_owned).collect())]
}

fn rule_role(_: &World, input: &Value) -> Vec<Need> {
    pass_role(&input["RoleArn"], "events.amazonaws.com")
}

fn target_roles(_: &World, input: &Value) -> Vec<Need> {
    let targets = input["Targets"].as_array().into_iter().flatten();
    targets
        .flat_map(|target| pass_role(&target["RoleArn"], "events.amazonaws.com"))
        .collect()
}
