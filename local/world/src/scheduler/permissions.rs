//! What EventBridge Scheduler's operations need. Who makes a schedule hands it a role.

use serde_json::Value;

use super::GROUP;
use crate::{
    World,
    access::{Need, Row, anything, pass_role, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateSchedule", schedule).also(&[target_role]),
    row("UpdateSchedule", schedule).also(&[target_role]),
    row("GetSchedule", schedule),
    row("DeleteSchedule", schedule),
    row("ListSchedules", anything),
];

fn schedule(world: &World, input: &Value) -> Vec<String> {
    let name = input["Name"].as_str().unwrap_or_default();
    vec![world.arn("scheduler", &format!("schedule/{GROUP}/{name}"))]
}

fn target_role(_: &World, input: &Value) -> Vec<Need> {
    pass_role(&input["Target"]["RoleArn"], "scheduler.amazonaws.com")
}
