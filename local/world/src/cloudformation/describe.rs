//! What stacks say of themselves.

use serde_json::{Value, json};

use super::{
    stack::{Event, Held, Stack},
    validation_error,
};
use crate::{
    ApiError, World,
    input::{Members, seconds},
};

impl World {
    pub(super) fn describe_stacks(&self, members: Members) -> Result<Value, ApiError> {
        let stacks: Vec<Value> = match members.text("StackName")? {
            Some(name) => vec![shown(self.cloudformation.find(name)?)],
            None => self.cloudformation.stacks.values().map(shown).collect(),
        };
        Ok(json!({ "Stacks": stacks }))
    }

    pub(super) fn list_stacks(&self) -> Result<Value, ApiError> {
        let stacks = self.cloudformation.stacks.values().chain(&self.cloudformation.deleted);
        let summaries: Vec<Value> = stacks
            .map(|stack| {
                json!({
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "TemplateDescription": stack.description,
                    "CreationTime": seconds(stack.created_at),
                    "LastUpdatedTime": stack.updated_at.map(seconds),
                    "DeletionTime": stack.deleted_at.map(seconds),
                    "StackStatus": stack.status.name(),
                    "StackStatusReason": stack.reason,
                })
            })
            .collect();
        Ok(json!({ "StackSummaries": summaries }))
    }

    /// The resources of a stack, or the one with a physical id, whosever it is.
    pub(super) fn describe_stack_resources(&self, members: Members) -> Result<Value, ApiError> {
        let (logical, physical) = (members.text("LogicalResourceId")?, members.text("PhysicalResourceId")?);
        let stack = match (members.text("StackName")?, physical) {
            (Some(name), _) => self.cloudformation.find(name)?,
            (None, Some(physical)) => {
                let holds = |stack: &&Stack| stack.resources.values().any(|held| held.made.physical_id == physical);
                let missing = || validation_error(format!("Stack for {physical} does not exist"));
                self.cloudformation.stacks.values().find(holds).ok_or_else(missing)?
            }
            (None, None) => {
                return Err(validation_error(
                    "Either StackName or PhysicalResourceId must be specified.",
                ));
            }
        };
        let resources: Vec<Value> = stack
            .resources
            .iter()
            .filter(|(id, _)| logical.is_none_or(|logical| logical == id.as_str()))
            .map(|(id, held)| {
                let mut resource = summary(id, held, "Timestamp");
                resource["StackName"] = json!(stack.name);
                resource["StackId"] = json!(stack.id);
                resource
            })
            .collect();
        if let Some(logical) = logical.filter(|_| resources.is_empty()) {
            return Err(validation_error(format!(
                "Resource {logical} does not exist for stack {}",
                stack.name
            )));
        }
        Ok(json!({ "StackResources": resources }))
    }

    pub(super) fn list_stack_resources(&self, members: Members) -> Result<Value, ApiError> {
        let stack = self.cloudformation.find(members.required("StackName")?)?;
        let resources = stack
            .resources
            .iter()
            .map(|(id, held)| summary(id, held, "LastUpdatedTimestamp"));
        Ok(json!({ "StackResourceSummaries": resources.collect::<Vec<_>>() }))
    }

    /// Newest first.
    pub(super) fn describe_stack_events(&self, members: Members) -> Result<Value, ApiError> {
        let stack = self.cloudformation.find(members.required("StackName")?)?;
        let events = stack.events.iter().rev().map(|event| shown_event(stack, event));
        Ok(json!({ "StackEvents": events.collect::<Vec<_>>() }))
    }
}

fn shown(stack: &Stack) -> Value {
    let parameters = stack.shown_parameters.iter();
    let parameters = parameters.map(|(name, value)| json!({ "ParameterKey": name, "ParameterValue": value }));
    let mut shown = json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.description,
        "Parameters": parameters.collect::<Vec<_>>(),
        "CreationTime": seconds(stack.created_at),
        "LastUpdatedTime": stack.updated_at.map(seconds),
        "DeletionTime": stack.deleted_at.map(seconds),
        "StackStatus": stack.status.name(),
        "StackStatusReason": stack.reason,
        "Capabilities": stack.capabilities,
        "Outputs": stack.outputs,
        "Tags": stack.tags,
        "DisableRollback": false,
        "EnableTerminationProtection": false,
    });
    strip_nulls(&mut shown);
    shown
}

fn summary(id: &str, held: &Held, time: &str) -> Value {
    json!({
        "LogicalResourceId": id,
        "PhysicalResourceId": held.made.physical_id,
        "ResourceType": held.kind,
        "ResourceStatus": held.status.name(),
        time: seconds(held.at),
    })
}

fn shown_event(stack: &Stack, event: &Event) -> Value {
    let mut shown = json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.kind,
        "Timestamp": seconds(event.at),
        "ResourceStatus": event.status.name(),
        "ResourceStatusReason": event.reason,
    });
    strip_nulls(&mut shown);
    shown
}

/// AWS leaves out members without a value, in outputs too.
pub(super) fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}
