//! What CloudWatch Logs' operations need.

use serde_json::Value;

use crate::{
    World,
    access::{Row, anything, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("DescribeLogGroups", anything),
    row("CreateLogGroup", group),
    row("DeleteLogGroup", group),
    row("PutRetentionPolicy", group),
    row("DeleteRetentionPolicy", group),
    row("AssociateKmsKey", group),
    row("DisassociateKmsKey", group),
];

fn group(world: &World, input: &Value) -> Vec<String> {
    let name = input["logGroupName"].as_str().unwrap_or_default();
    vec![world.arn("logs", &format!("log-group:{name}:*"))]
}
