//! Rules: a pattern or a schedule, and whether they are enabled.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{invalid_pattern, targets::Target};
use crate::{ApiError, Millis, Pattern, World, input::Members, schedules::Schedule};

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) enabled: bool,
    pattern: Option<(String, Pattern)>,
    pub(super) schedule: Option<(String, Schedule)>,
    pub(super) targets: BTreeMap<String, Target>,
    description: Option<String>,
    role_arn: Option<String>,
    pub(super) created_at: Millis,
}

const MEMBERS: [&str; 8] = [
    "Name",
    "ScheduleExpression",
    "EventPattern",
    "State",
    "Description",
    "RoleArn",
    "Tags",
    "EventBusName",
];

impl Rule {
    pub(super) fn wants(&self, event: &Value) -> bool {
        self.enabled && self.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(event))
    }

    pub(super) fn show(&self) -> Value {
        let mut shown = json!({
            "Name": self.name,
            "Arn": self.arn,
            "State": if self.enabled { "ENABLED" } else { "DISABLED" },
            "EventBusName": "default",
        });
        let optional = [
            ("EventPattern", self.pattern.as_ref().map(|(text, _)| text)),
            ("ScheduleExpression", self.schedule.as_ref().map(|(text, _)| text)),
            ("Description", self.description.as_ref()),
            ("RoleArn", self.role_arn.as_ref()),
        ];
        for (member, text) in optional {
            if let Some(text) = text {
                shown[member] = json!(text);
            }
        }
        shown
    }
}

impl World {
    pub(super) fn put_rule(&mut self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&MEMBERS)?;
        let name = members.required("Name")?;
        if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) {
            return Err(ApiError::validation(format!(
                "Value '{name}' at 'name' must match [\\.\\-_A-Za-z0-9]{{1,64}}"
            )));
        }
        let pattern = match members.text("EventPattern")?.filter(|text| !text.is_empty()) {
            Some(text) => Some((
                text.to_owned(),
                Pattern::parse_text(text).map_err(|error| invalid_pattern(&error))?,
            )),
            None => None,
        };
        let schedule = match members.text("ScheduleExpression")?.filter(|text| !text.is_empty()) {
            Some(text) => Some((text.to_owned(), rule_schedule(text)?)),
            None => None,
        };
        if pattern.is_none() && schedule.is_none() {
            let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(ApiError::validation(message));
        }
        let enabled = match members.text("State")?.unwrap_or("ENABLED") {
            "ENABLED" => true,
            "DISABLED" => false,
            other => {
                return Err(ApiError::validation(format!(
                    "State is ENABLED or DISABLED, not {other}"
                )));
            }
        };
        let arn = self.arn("events", &format!("rule/{name}"));
        let old = self.events.rules.remove(name);
        let rule = Rule {
            name: name.into(),
            arn: arn.clone(),
            enabled,
            pattern,
            schedule,
            description: members.text("Description")?.map(str::to_owned),
            role_arn: members.text("RoleArn")?.map(str::to_owned),
            created_at: old.as_ref().map_or(self.now, |old| old.created_at),
            targets: old.map(|old| old.targets).unwrap_or_default(),
        };
        self.events.rules.insert(name.into(), rule);
        self.schedule_rule(name);
        Ok(json!({ "RuleArn": arn }))
    }

    pub(super) fn list_rules(&self, members: Members) -> Result<Value, ApiError> {
        let prefix = members.text("NamePrefix")?.unwrap_or_default();
        let rules = self.events.rules.values().filter(|rule| rule.name.starts_with(prefix));
        Ok(json!({ "Rules": rules.map(Rule::show).collect::<Vec<_>>() }))
    }

    pub(super) fn delete_rule(&mut self, name: &str) -> Result<Value, ApiError> {
        if self.events.rules.get(name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(ApiError::validation("Rule can't be deleted since it has targets."));
        }
        // Deleting what is gone is no error.
        self.events.rules.remove(name);
        self.schedule_rule(name);
        Ok(json!({}))
    }

    pub(super) fn enable_rule(&mut self, name: &str, enabled: bool) -> Result<Value, ApiError> {
        self.rule_mut(name)?.enabled = enabled;
        self.schedule_rule(name);
        Ok(json!({}))
    }
}

/// Rules know rates and UTC crons; `at()` is EventBridge Scheduler's.
fn rule_schedule(text: &str) -> Result<Schedule, ApiError> {
    let refused =
        |reason: String| ApiError::validation(format!("Parameter ScheduleExpression is not valid. Reason: {reason}"));
    let schedule = Schedule::parse(text, "UTC").map_err(refused)?;
    if schedule.is_once() {
        return Err(refused(format!(
            "a rule's schedule is rate(...) or cron(...), not {text}"
        )));
    }
    Ok(schedule)
}
