//! EventBridge: the default bus, its rules and their targets.

mod bus;
mod permissions;
mod rules;
mod targets;
mod transform;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use permissions::{PERMISSIONS, put_event};
use rules::Rule;

use crate::{
    ApiError, Caller, Pattern, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    rules: BTreeMap<String, Rule>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RuleTimer {
    /// A scheduled rule is due.
    Due { rule: String },
}

impl World {
    pub(crate) fn events_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        if let Some(bus) = members.text("EventBusName")? {
            self.check_bus(bus)?;
        }
        match operation {
            "PutEvents" => self.put_events(members),
            "PutRule" => self.put_rule(members),
            "PutTargets" => self.put_targets(members),
            "ListRules" => self.list_rules(members),
            "ListRuleNamesByTarget" => {
                let target = members.required("TargetArn")?;
                let rules = self
                    .events
                    .rules
                    .iter()
                    .filter(|(_, rule)| rule.targets.values().any(|t| t.arn == target));
                Ok(json!({ "RuleNames": rules.map(|(name, _)| name).collect::<Vec<_>>() }))
            }
            "RemoveTargets" => {
                let ids = members.texts("Ids")?;
                let rule = self.rule_mut(members.required("Rule")?)?;
                rule.targets.retain(|id, _| !ids.contains(id));
                Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
            }
            "ListTargetsByRule" => {
                let rule = self.rule(members.required("Rule")?)?;
                Ok(json!({ "Targets": rule.targets.values().map(|target| &target.shown).collect::<Vec<_>>() }))
            }
            "DescribeRule" => self.rule(members.required("Name")?).map(Rule::show),
            "DeleteRule" => self.delete_rule(members.required("Name")?),
            "EnableRule" => self.enable_rule(members.required("Name")?, true),
            "DisableRule" => self.enable_rule(members.required("Name")?, false),
            "TestEventPattern" => {
                let pattern =
                    Pattern::parse_text(members.required("EventPattern")?).map_err(|e| invalid_pattern(&e))?;
                let event: Value = serde_json::from_str(members.required("Event")?)
                    .map_err(|error| ApiError::validation(format!("Parameter Event is not valid JSON: {error}")))?;
                Ok(json!({ "Result": pattern.matches(&event) }))
            }
            "DescribeEventBus" => Ok(self.show_bus()),
            "ListEventBuses" => Ok(json!({ "EventBuses": [self.show_bus()] })),
            "TagResource" => Ok(json!({})),
            _ => Err(unknown_operation("events", operation)),
        }
    }

    fn show_bus(&self) -> Value {
        json!({ "Name": "default", "Arn": self.bus_arn() })
    }

    pub(crate) fn bus_arn(&self) -> String {
        self.arn("events", "event-bus/default")
    }

    fn check_bus(&self, bus: &str) -> Result<(), ApiError> {
        if bus == "default" || bus == self.bus_arn() {
            return Ok(());
        }
        Err(no_such(&format!("Event bus {bus}")))
    }

    fn rule(&self, name: &str) -> Result<&Rule, ApiError> {
        self.events
            .rules
            .get(name)
            .ok_or_else(|| no_such(&format!("Rule {name}")))
    }

    fn rule_mut(&mut self, name: &str) -> Result<&mut Rule, ApiError> {
        self.events
            .rules
            .get_mut(name)
            .ok_or_else(|| no_such(&format!("Rule {name}")))
    }
}

fn no_such(what: &str) -> ApiError {
    ApiError::new(
        400,
        "ResourceNotFoundException",
        format!("{what} does not exist on EventBus default."),
    )
}

fn invalid_pattern(reason: &str) -> ApiError {
    let message = format!("Event pattern is not valid. Reason: {reason}");
    ApiError::new(400, "InvalidEventPatternException", message)
}
