//! EventBridge Scheduler: schedules.

use serde_json::json;

use super::{Kind, Maker, Properties, properties::with, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const SCHEDULE: Kind = Kind {
    name: "AWS::Scheduler::Schedule",
    known: &[
        "Name",
        "Description",
        "GroupName",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "FlexibleTimeWindow",
        "State",
        "Target",
        "StartDate",
        "EndDate",
    ],
    fixed: &["Name", "GroupName"],
    put: put_schedule,
    delete: delete_schedule,
};

fn put_schedule(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("Name")?),
    };
    let operation = if before.is_some() {
        "UpdateSchedule"
    } else {
        "CreateSchedule"
    };
    let members = properties.input(&SCHEDULE.known[1..]);
    let answer = maker.call("scheduler", operation, &with(members, [("Name", json!(name))]))?;
    Ok(Made::named(name).with("Arn", told(&answer, "ScheduleArn")?))
}

fn delete_schedule(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let group = Properties::of(SCHEDULE.name, &held.properties).input(&["GroupName"]);
    maker
        .call(
            "scheduler",
            "DeleteSchedule",
            &with(group, [("Name", json!(held.made.physical_id))]),
        )
        .map(|_| ())
}
