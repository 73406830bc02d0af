//! CloudFormation: stacks from templates, for the resource types that our templates use.
//!
//! Creating is synchronous: when CreateStack answers, the stack is complete or rolled back. A stack's resources are
//! made with the same calls that anybody else would make, in the caller's name, so that there is one way for anything
//! to come into this world.

mod change_sets;
mod deploy;
mod describe;
mod permissions;
mod request;
mod resources;
mod stack;
mod templates;
#[cfg(test)]
mod tests;
mod update;

use indexmap::IndexMap;
use serde_json::{Value, json};

pub(crate) use self::permissions::PERMISSIONS;
use self::{
    request::Request,
    stack::{Stack, Status},
};
use crate::{
    ApiError, Caller, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    /// By name; a deleted stack is remembered by its id alone.
    stacks: IndexMap<String, Stack>,
    deleted: Vec<Stack>,
}

impl State {
    /// A stack by its name or id; the deleted ones by id only.
    fn find(&self, name_or_id: &str) -> Result<&Stack, ApiError> {
        let mut all = self.stacks.values().chain(&self.deleted);
        let live = self.stacks.get(name_or_id);
        live.or_else(|| all.find(|stack| stack.id == name_or_id))
            .ok_or_else(|| no_such_stack(name_or_id))
    }
}

/// CloudFormation's code for nearly every refusal.
fn validation_error(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ValidationError", message)
}

fn no_such_stack(name: &str) -> ApiError {
    validation_error(format!("Stack with id {name} does not exist"))
}

impl World {
    pub(crate) fn cloudformation_call(
        &mut self,
        caller: &Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        let input = self.with_template_body(input)?;
        let members = Members::of(&input);
        match operation {
            "CreateStack" => self.create_stack(caller, members),
            "UpdateStack" => self.update_stack(caller, members),
            "DeleteStack" => self.delete_stack(caller, members),
            "DescribeStacks" => self.describe_stacks(members),
            "ListStacks" => self.list_stacks(),
            "DescribeStackResources" => self.describe_stack_resources(members),
            "ListStackResources" => self.list_stack_resources(members),
            "DescribeStackEvents" => self.describe_stack_events(members),
            "GetTemplate" => {
                let stack = self.cloudformation.find(members.required("StackName")?)?;
                Ok(json!({ "TemplateBody": stack.template_body, "StagesAvailable": ["Original"] }))
            }
            "CreateChangeSet" => self.create_change_set(members),
            "DescribeChangeSet" => self.describe_change_set(members),
            "ExecuteChangeSet" => self.execute_change_set(caller, members),
            "ListChangeSets" => self.list_change_sets(members),
            "DeleteChangeSet" => self.delete_change_set(members),
            "GetTemplateSummary" => self.template_summary(members),
            "ValidateTemplate" => templates::validate(members),
            _ => Err(unknown_operation("cloudformation", operation)),
        }
    }

    fn create_stack(&mut self, caller: &Caller, members: Members) -> Result<Value, ApiError> {
        let request = Request::read(members, None)?;
        if self.cloudformation.stacks.contains_key(&request.name) {
            let message = format!("Stack [{}] already exists", request.name);
            return Err(ApiError::new(400, "AlreadyExistsException", message));
        }
        let uuid = self.new_uuid();
        let id = self.arn("cloudformation", &format!("stack/{}/{uuid}", request.name));
        let stack = Stack::new(id.clone(), &request, self.now);
        let stack = deploy::create(self, caller, stack, &request)?;
        self.cloudformation.stacks.insert(request.name, stack);
        Ok(json!({ "StackId": id }))
    }

    fn update_stack(&mut self, caller: &Caller, members: Members) -> Result<Value, ApiError> {
        let name = self.cloudformation.find(members.required("StackName")?)?.name.clone();
        let stack = self
            .cloudformation
            .stacks
            .get(&name)
            .ok_or_else(|| no_such_stack(&name))?;
        if !stack.status.can_be_updated() {
            let message = format!(
                "Stack:{} is in {} state and can not be updated.",
                stack.id,
                stack.status.name()
            );
            return Err(validation_error(message));
        }
        let request = Request::read(members, Some(stack))?;
        let (id, stack) = (stack.id.clone(), stack.clone());
        let stack = update::update(self, caller, stack, &request)?;
        self.cloudformation.stacks.insert(name, stack);
        Ok(json!({ "StackId": id }))
    }

    /// Deleting what is gone is no error.
    fn delete_stack(&mut self, caller: &Caller, members: Members) -> Result<Value, ApiError> {
        let wanted = members.required("StackName")?;
        let Some(name) = self.cloudformation.find(wanted).ok().map(|stack| stack.name.clone()) else {
            return Ok(json!({}));
        };
        let Some(stack) = self.cloudformation.stacks.shift_remove(&name) else {
            return Ok(json!({}));
        };
        let stack = deploy::delete(self, caller, stack);
        if stack.status == Status::DeleteComplete {
            self.cloudformation.deleted.push(stack);
        } else {
            self.cloudformation.stacks.insert(name, stack);
        }
        Ok(json!({}))
    }
}
