//! CloudWatch: metrics, their statistics, and alarms on one metric each.
//!
//! No metric math, no composite alarms, no percentiles: each is refused by name.

mod alarm_calls;
mod alarms;
mod change;
mod dashboards;
mod evaluate;
mod own;
mod permissions;
mod put;
mod queries;
mod reasons;
mod series;
mod track;

use std::collections::BTreeMap;

use serde_json::Value;

use alarms::Alarm;
use dashboards::Dashboard;
pub(crate) use own::Ended;
pub(crate) use permissions::PERMISSIONS;
use series::{Metric, Series};
pub(crate) use track::{MINUTE, Shown, Track, minute_after};

use crate::{
    ApiError, Caller, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    metrics: BTreeMap<Metric, Series>,
    alarms: BTreeMap<String, Alarm>,
    dashboards: BTreeMap<String, Dashboard>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AlarmTimer {
    /// The alarm's state changes at this time, if no metric arrives before.
    Evaluate { alarm: String },
}

impl World {
    pub(crate) fn cloudwatch_call(
        &mut self,
        _caller: &Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "PutMetricData" => self.put_metric_data(members),
            "ListMetrics" => self.list_metrics(members),
            "GetMetricStatistics" => self.get_metric_statistics(members),
            "GetMetricData" => self.get_metric_data(members),
            "PutMetricAlarm" => self.put_metric_alarm(members),
            "DescribeAlarms" => self.describe_alarms(members),
            "DescribeAlarmHistory" => self.describe_alarm_history(members),
            "DeleteAlarms" => self.delete_alarms(members),
            "SetAlarmState" => self.set_alarm_state(members),
            "EnableAlarmActions" => self.enable_alarm_actions(members, true),
            "DisableAlarmActions" => self.enable_alarm_actions(members, false),
            "PutDashboard" => self.put_dashboard(members),
            "GetDashboard" => self.get_dashboard(members),
            "ListDashboards" => self.list_dashboards(members),
            "DeleteDashboards" => self.delete_dashboards(members),
            "TagResource" | "UntagResource" => Ok(serde_json::json!({})),
            _ => Err(unknown_operation("cloudwatch", operation)),
        }
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValue", message)
}

fn missing(member: &str) -> ApiError {
    let message = format!("The parameter {member} is required.");
    ApiError::new(400, "MissingParameter", message)
}
