//! Reading a schedule, with the checks that AWS makes.

use serde_json::{Value, json};

use super::{Entry, GROUP, Target};
use crate::{
    ApiError, Millis, World,
    input::{Members, time_of},
    schedules::Schedule,
};

const MEMBERS: [&str; 13] = [
    "Name",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "EndDate",
    "State",
    "Description",
    "FlexibleTimeWindow",
    "Target",
    "ActionAfterCompletion",
    "ClientToken",
    "KmsKeyArn",
];
const TARGET_MEMBERS: [&str; 6] = [
    "Arn",
    "RoleArn",
    "Input",
    "EventBridgeParameters",
    "DeadLetterConfig",
    "RetryPolicy",
];

pub(super) fn entry(members: Members, now: Millis) -> Result<Entry, ApiError> {
    let members = members.only(&MEMBERS)?;
    let name = members.required("Name")?;
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) {
        return Err(ApiError::validation(format!(
            "Value '{name}' at 'name' must match [0-9a-zA-Z-_.]{{1,64}}"
        )));
    }
    let expression = members.required("ScheduleExpression")?;
    let zone = members.text("ScheduleExpressionTimezone")?.unwrap_or("UTC");
    let schedule = Schedule::parse(expression, zone)
        .map_err(|error| ApiError::validation(format!("Invalid Schedule Expression {expression}: {error}")))?;
    check_window(members)?;
    let enabled = match members.text("State")?.unwrap_or("ENABLED") {
        "ENABLED" => true,
        "DISABLED" => false,
        other => {
            return Err(ApiError::validation(format!(
                "State is ENABLED or DISABLED, not {other}"
            )));
        }
    };
    let delete_when_done = match members.text("ActionAfterCompletion")?.unwrap_or("NONE") {
        "NONE" => false,
        "DELETE" => true,
        other => {
            return Err(ApiError::validation(format!(
                "ActionAfterCompletion is NONE or DELETE, not {other}"
            )));
        }
    };
    let target = members.get("Target").map(Members::of);
    let target = target.ok_or_else(|| ApiError::validation("Missing required parameter in input: \"Target\""))?;
    let mut shown = members.all.clone();
    shown["ScheduleExpressionTimezone"] = json!(zone);
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("ClientToken");
    }
    Ok(Entry {
        arn: String::new(),
        schedule,
        enabled,
        starts_at: date(members, "StartDate")?,
        ends_at: date(members, "EndDate")?,
        target: read_target(target)?,
        delete_when_done,
        created_at: now,
        modified_at: now,
        latest: None,
        members: shown,
    })
}

fn check_window(members: Members) -> Result<(), ApiError> {
    let Some(window) = members.get("FlexibleTimeWindow").map(Members::of) else {
        return Err(ApiError::validation(
            "Missing required parameter in input: \"FlexibleTimeWindow\"",
        ));
    };
    let window = window.only(&["Mode", "MaximumWindowInMinutes"])?;
    let minutes = window.number("MaximumWindowInMinutes")?;
    match (window.required("Mode")?, minutes) {
        ("OFF", None) => Ok(()),
        ("FLEXIBLE", Some(1..=1440)) => Ok(()),
        (mode, _) => Err(ApiError::validation(format!(
            "FlexibleTimeWindow: mode {mode} must be OFF without, or FLEXIBLE with, MaximumWindowInMinutes (1 to 1440)"
        ))),
    }
}

fn date(members: Members, member: &str) -> Result<Option<Millis>, ApiError> {
    let Some(value) = members.get(member) else {
        return Ok(None);
    };
    let at = time_of(value).ok_or_else(|| ApiError::validation(format!("{member} is no time: {value}")))?;
    Ok(Some(at))
}

fn read_target(target: Members) -> Result<Target, ApiError> {
    let target = target.only(&TARGET_MEMBERS)?;
    let role_arn = target.required("RoleArn")?.to_owned();
    let arn = target.required("Arn")?;
    let input = target.text("Input")?;
    let event = match target.get("EventBridgeParameters").map(Members::of) {
        None => None,
        Some(parameters) => {
            let parameters = parameters.only(&["DetailType", "Source"])?;
            let source = parameters.required("Source")?;
            if source.starts_with("aws.") {
                let message = format!("Source must not begin with aws., and is {source}");
                return Err(ApiError::validation(message));
            }
            Some((parameters.required("DetailType")?.to_owned(), source.to_owned()))
        }
    };
    if arn.contains(":event-bus/") {
        let is_object = input
            .and_then(|input| serde_json::from_str::<Value>(input).ok())
            .is_some_and(|v| v.is_object());
        if event.is_none() || !is_object {
            let message = "An event bus as target needs EventBridgeParameters, and Input with a JSON object";
            return Err(ApiError::validation(message));
        }
    }
    let dead_letters = target.get("DeadLetterConfig").and_then(|config| config["Arn"].as_str());
    Ok(Target {
        arn: arn.into(),
        role_arn,
        input: input.map(str::to_owned),
        event,
        dead_letters: dead_letters.map(str::to_owned),
    })
}

impl World {
    pub(super) fn check_schedule_role(&self, role: &str) -> Result<(), ApiError> {
        let group = self.arn("scheduler", &format!("schedule-group/{GROUP}"));
        let message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.";
        self.may_take_on("scheduler.amazonaws.com", &group, role)
            .map_err(|_| ApiError::validation(message))
    }

    pub(super) fn check_schedule_target(&self, target: &Target) -> Result<(), ApiError> {
        let service = target.arn.split(':').nth(2);
        if target.arn == self.bus_arn() || matches!(service, Some("lambda" | "sqs" | "sns")) {
            return Ok(());
        }
        let message = format!(
            "Provided Arn is not in correct format: {} is no target in this world",
            target.arn
        );
        Err(ApiError::validation(message))
    }
}
