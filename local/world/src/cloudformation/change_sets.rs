//! Change sets: what `sam deploy` and `aws cloudformation deploy` do in place of CreateStack and UpdateStack.
//!
//! A change set keeps what it was asked for and says what that would change; executing it asks for the same.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    State,
    deploy::{self, creation_order, properties},
    describe::strip_nulls,
    no_such_stack,
    request::Request,
    resources,
    stack::{Stack, Status},
    validation_error,
};
use crate::{
    ApiError, Caller, Millis, World,
    input::{Members, seconds},
};

/// Members of CreateChangeSet that CreateStack and UpdateStack do not have.
const OWN_MEMBERS: [&str; 8] = [
    "ChangeSetName",
    "ChangeSetType",
    "Description",
    "ClientToken",
    "IncludeNestedStacks",
    "ResourceTypes",
    "OnStackFailure",
    "ImportExistingResources",
];
/// What AWS says, and what both tools look for.
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

#[derive(Debug, Clone)]
pub(super) struct ChangeSet {
    id: String,
    name: String,
    description: Option<String>,
    /// What CreateStack or UpdateStack would be asked.
    request: Value,
    /// As DescribeChangeSet shows them.
    changes: Vec<Value>,
    /// Without anything to change it is made all the same, as failed.
    reason: Option<String>,
    executed: bool,
    created_at: Millis,
}

impl ChangeSet {
    fn status(&self) -> &'static str {
        if self.reason.is_some() {
            "FAILED"
        } else {
            "CREATE_COMPLETE"
        }
    }

    fn execution_status(&self) -> &'static str {
        match (&self.reason, self.executed) {
            (Some(_), _) => "UNAVAILABLE",
            (None, true) => "EXECUTE_COMPLETE",
            (None, false) => "AVAILABLE",
        }
    }

    fn summary(&self, stack: &Stack) -> Value {
        json!({
            "ChangeSetName": self.name,
            "ChangeSetId": self.id,
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": self.description,
            "CreationTime": seconds(self.created_at),
            "ExecutionStatus": self.execution_status(),
            "Status": self.status(),
            "StatusReason": self.reason,
        })
    }
}

impl State {
    /// The id of the stack that has a change set of this id.
    pub(super) fn stack_of_change_set(&self, id: &str) -> Option<&str> {
        let mut stacks = self.stacks.values();
        let found = stacks.find(|stack| stack.change_sets.values().any(|it| it.id == id));
        found.map(|stack| stack.id.as_str())
    }
}

impl World {
    pub(super) fn create_change_set(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = change_set_name(members)?.to_owned();
        let stack_name = members.required("StackName")?;
        let known = self.cloudformation.find(stack_name).ok().cloned();
        let known = known.filter(|stack| stack.status != Status::DeleteComplete);
        let request = request_of(members)?;
        let stack = match members.text("ChangeSetType")?.unwrap_or("UPDATE") {
            "CREATE" => self.stack_under_review(stack_name, known, &request)?,
            "UPDATE" => known.ok_or_else(|| no_such_stack(stack_name))?,
            other => return Err(validation_error(format!("ChangeSetType {other} is not known here"))),
        };
        // One that was executed is gone on AWS, where no deployment ends within the second that the AWS CLI names it by.
        if stack.change_sets.get(&name).is_some_and(|it| !it.executed) {
            let message = format!("ChangeSet {name} cannot be created due to a mismatch with existing attribute Name");
            return Err(ApiError::new(400, "AlreadyExistsException", message));
        }
        let changes = self.changes_of(&stack, &request)?;
        let uuid = self.new_uuid();
        let change_set = ChangeSet {
            id: self.arn("cloudformation", &format!("changeSet/{name}/{uuid}")),
            name: name.clone(),
            description: members.text("Description")?.map(str::to_owned),
            request,
            reason: changes.is_empty().then(|| NO_CHANGES.to_owned()),
            changes,
            executed: false,
            created_at: self.now,
        };
        let answer = json!({ "Id": change_set.id, "StackId": stack.id });
        let stacks = &mut self.cloudformation.stacks;
        let stack = stacks.entry(stack.name.clone()).or_insert(stack);
        stack.change_sets.insert(name, change_set);
        Ok(answer)
    }

    /// A stack that waits for its first change set to be executed.
    fn stack_under_review(&mut self, name: &str, known: Option<Stack>, request: &Value) -> Result<Stack, ApiError> {
        if let Some(stack) = known {
            if stack.status == Status::ReviewInProgress {
                return Ok(stack);
            }
            let message = format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [CREATE].",
                stack.name
            );
            return Err(validation_error(message));
        }
        let request = Request::read(Members::of(request), None)?;
        let uuid = self.new_uuid();
        let id = self.arn("cloudformation", &format!("stack/{name}/{uuid}"));
        let mut stack = Stack::new(id, &request, self.now);
        // `sam deploy` asks for the time of a stack's newest event before it executes the first change set.
        deploy::finish(
            self,
            &mut stack,
            Status::ReviewInProgress,
            Some("User Initiated".to_owned()),
        );
        Ok(stack)
    }

    /// What executing it would do, as far as can be told before anything is made.
    fn changes_of(&self, stack: &Stack, request: &Value) -> Result<Vec<Value>, ApiError> {
        let previous = (stack.status != Status::ReviewInProgress).then_some(stack);
        let request = Request::read(Members::of(request), previous)?;
        let order = creation_order(self, stack, &request)?;
        let wanted = order.iter().filter_map(|id| self.change(stack, &request, id));
        let gone = stack.resources.iter().filter(|(id, _)| !order.contains(id));
        let gone = gone.map(|(id, held)| shown_change("Remove", id, &held.kind, Some(&held.made.physical_id), None));
        let mut changes: Vec<Value> = wanted.chain(gone).collect();
        let outputs = deploy::outputs(self, stack, &request).ok();
        if changes.is_empty() && (outputs.as_ref() != Some(&stack.outputs) || request.tags != stack.tags) {
            // Outputs and tags are no resources: AWS lists nothing, and executes it all the same.
            changes.push(Value::Null);
        }
        Ok(changes)
    }

    fn change(&self, stack: &Stack, request: &Request, id: &str) -> Option<Value> {
        let kind = &request.template.resources.get(id)?.kind;
        let Some(held) = stack.resources.get(id) else {
            return Some(shown_change("Add", id, kind, None, None));
        };
        let replacement = match properties(self, stack, request, id) {
            Ok(wanted) if *kind == held.kind && wanted == held.properties => return None,
            Ok(wanted) if *kind == held.kind => match resources::needs_replacement(kind, &held.properties, &wanted) {
                true => "True",
                false => "False",
            },
            Ok(_) => "True",
            // It refers to what is yet to be made.
            Err(_) => "Conditional",
        };
        let physical_id = Some(held.made.physical_id.as_str());
        Some(shown_change("Modify", id, kind, physical_id, Some(replacement)))
    }

    pub(super) fn execute_change_set(&mut self, caller: &Caller, members: Members) -> Result<Value, ApiError> {
        let (stack, change_set) = self.find_change_set(members)?;
        if change_set.execution_status() != "AVAILABLE" {
            let message = format!(
                "ChangeSet [{}] cannot be executed in its current execution status of [{}]",
                change_set.id,
                change_set.execution_status()
            );
            return Err(ApiError::new(400, "InvalidChangeSetStatus", message));
        }
        let (name, mut executed) = (stack.name.clone(), change_set.clone());
        if stack.status == Status::ReviewInProgress {
            let request = Request::read(Members::of(&executed.request), None)?;
            let stack = deploy::create(self, caller, stack.clone(), &request)?;
            self.cloudformation.stacks.insert(name.clone(), stack);
        } else {
            self.update_stack(caller, Members::of(&executed.request))?;
        }
        // What was made of an older state of the stack can no longer be executed: AWS deletes it.
        executed.executed = true;
        if let Some(stack) = self.cloudformation.stacks.get_mut(&name) {
            stack.change_sets = IndexMap::from([(executed.name.clone(), executed)]);
        }
        Ok(json!({}))
    }

    pub(super) fn describe_change_set(&self, members: Members) -> Result<Value, ApiError> {
        let (stack, change_set) = self.find_change_set(members)?;
        let mut shown = change_set.summary(stack);
        shown["Parameters"] = change_set.request["Parameters"].clone();
        shown["Capabilities"] = change_set.request["Capabilities"].clone();
        shown["Tags"] = change_set.request["Tags"].clone();
        let changes = change_set.changes.iter().filter(|change| !change.is_null());
        shown["Changes"] = changes.cloned().collect();
        strip_nulls(&mut shown);
        Ok(shown)
    }

    pub(super) fn list_change_sets(&self, members: Members) -> Result<Value, ApiError> {
        let stack = self.cloudformation.find(members.required("StackName")?)?;
        let mut summaries: Value = stack.change_sets.values().map(|it| it.summary(stack)).collect();
        strip_nulls(&mut summaries);
        Ok(json!({ "Summaries": summaries }))
    }

    /// Deleting what is gone is no error.
    pub(super) fn delete_change_set(&mut self, members: Members) -> Result<Value, ApiError> {
        let found = self.find_change_set(members);
        if let Ok((stack, change_set)) = found.map(|(stack, it)| (stack.name.clone(), it.name.clone()))
            && let Some(stack) = self.cloudformation.stacks.get_mut(&stack)
        {
            stack.change_sets.shift_remove(&change_set);
        }
        Ok(json!({}))
    }

    /// By its id alone, or by its name and its stack's.
    fn find_change_set(&self, members: Members) -> Result<(&Stack, &ChangeSet), ApiError> {
        let wanted = members.required("ChangeSetName")?;
        let missing = || {
            let message = format!("ChangeSet [{wanted}] does not exist");
            ApiError::new(404, "ChangeSetNotFound", message)
        };
        if let Some(stack) = members.text("StackName")? {
            let stack = self.cloudformation.find(stack)?;
            let mut all = stack.change_sets.values();
            let found = all.find(|it| it.name == wanted || it.id == wanted);
            return Ok((stack, found.ok_or_else(missing)?));
        }
        let mut all = self.cloudformation.stacks.values();
        all.find_map(|stack| {
            let found = stack.change_sets.values().find(|it| it.id == wanted);
            found.map(|it| (stack, it))
        })
        .ok_or_else(missing)
    }
}

fn change_set_name<'a>(members: Members<'a>) -> Result<&'a str, ApiError> {
    let name = members.required("ChangeSetName")?;
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins_well && name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(name);
    }
    Err(validation_error(format!(
        "1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

/// A change set shows what transforms make of a template before anything is done, so nobody has to acknowledge them.
fn request_of(members: Members) -> Result<Value, ApiError> {
    let mut request = members.all.clone();
    let mut capabilities = members.texts("Capabilities")?;
    capabilities.push("CAPABILITY_AUTO_EXPAND".to_owned());
    if let Some(request) = request.as_object_mut() {
        request.retain(|member, _| !OWN_MEMBERS.contains(&member.as_str()));
        request.insert("Capabilities".to_owned(), json!(capabilities));
    }
    Ok(request)
}

fn shown_change(
    action: &str,
    logical_id: &str,
    kind: &str,
    physical_id: Option<&str>,
    replacement: Option<&str>,
) -> Value {
    json!({
        "Type": "Resource",
        "ResourceChange": {
            "Action": action,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Replacement": replacement,
        },
    })
}
