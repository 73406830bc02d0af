//! What CloudWatch's operations need. Metrics are no resources: publishing is told apart by namespace.

use serde_json::Value;

use crate::{
    World,
    access::{Keys, Row, anything, key_of, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("PutMetricData", anything).keys(namespace),
    row("ListMetrics", anything),
    row("GetMetricStatistics", anything),
    row("GetMetricData", anything),
    row("PutMetricAlarm", alarms).keys(actions),
    row("DescribeAlarms", described),
    row("DescribeAlarmHistory", described),
    row("DeleteAlarms", alarms),
    row("SetAlarmState", alarms),
    row("EnableAlarmActions", alarms),
    row("DisableAlarmActions", alarms),
    row("PutDashboard", dashboards),
    row("GetDashboard", dashboards),
    row("DeleteDashboards", dashboards),
    row("ListDashboards", anything),
    row("TagResource", tagged),
    row("UntagResource", tagged),
];

fn namespace(_: &World, input: &Value) -> Keys {
    key_of(input, "cloudwatch:namespace", "Namespace")
}

fn actions(_: &World, input: &Value) -> Keys {
    let actions = input["AlarmActions"].as_array().into_iter().flatten();
    let actions = actions.filter_map(Value::as_str).map(str::to_owned).collect();
    vec![("cloudwatch:AlarmActions".into(), actions)]
}

fn alarms(world: &World, input: &Value) -> Vec<String> {
    let one = input["AlarmName"].as_str();
    let several = input["AlarmNames"].as_array().into_iter().flatten();
    let names = one.into_iter().chain(several.filter_map(Value::as_str));
    names
        .map(|name| world.arn("cloudwatch", &format!("alarm:{name}")))
        .collect()
}

/// Dashboards are of no region.
fn dashboards(world: &World, input: &Value) -> Vec<String> {
    let one = input["DashboardName"].as_str();
    let several = input["DashboardNames"].as_array().into_iter().flatten();
    let names = one.into_iter().chain(several.filter_map(Value::as_str));
    let arn = |name| format!("arn:aws:cloudwatch::{}:dashboard/{name}", world.account());
    names.map(arn).collect()
}

/// Describing asks for all alarms, whatever is filtered out afterwards.
fn described(world: &World, _: &Value) -> Vec<String> {
    vec![world.arn("cloudwatch", "alarm:*")]
}

fn tagged(_: &World, input: &Value) -> Vec<String> {
    vec![input["ResourceARN"].as_str().unwrap_or("*").to_owned()]
}
