//! What CloudTrail's operations need.

use serde_json::Value;

use crate::{
    World,
    access::{Row, anything, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateTrail", trail),
    row("DescribeTrails", anything),
    row("DeleteTrail", trail),
    row("GetTrail", trail),
    row("GetTrailStatus", trail),
    row("UpdateTrail", trail),
    row("StartLogging", trail),
    row("StopLogging", trail),
    row("PutEventSelectors", trail),
    row("GetEventSelectors", trail),
];

/// Event selectors call it by another name. A trail is also known by its ARN.
fn trail(world: &World, input: &Value) -> Vec<String> {
    let named = input["TrailName"].as_str().or(input["Name"].as_str());
    let named = named.unwrap_or_default();
    vec![match named.starts_with("arn:") {
        true => named.to_owned(),
        false => world.arn("cloudtrail", &format!("trail/{named}")),
    }]
}
