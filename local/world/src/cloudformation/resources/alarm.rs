//! CloudWatch alarms.

use serde_json::json;

use super::{Kind, Maker, Properties, properties::with};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const ALARM: Kind = Kind {
    name: "AWS::CloudWatch::Alarm",
    known: &[
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "Unit",
        "Period",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
    ],
    fixed: &["AlarmName"],
    put,
    delete,
};

/// PutMetricAlarm makes and changes alike, with the same members.
fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("AlarmName")?),
    };
    let members = properties.input(&ALARM.known[1..]);
    maker.call(
        "cloudwatch",
        "PutMetricAlarm",
        &with(members, [("AlarmName", json!(name))]),
    )?;
    let arn = maker.world.arn("cloudwatch", &format!("alarm:{name}"));
    Ok(Made::named(name).with("Arn", arn))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call(
            "cloudwatch",
            "DeleteAlarms",
            &json!({ "AlarmNames": [held.made.physical_id] }),
        )
        .map(|_| ())
}
