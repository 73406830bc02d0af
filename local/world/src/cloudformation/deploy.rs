//! Making a stack's resources in order, and taking them back.

use serde_json::{Map, Value, json};
use windsock_cloudformation::{DeletionPolicy, Error, Pseudo, Scope};

use super::{
    request::Request,
    resources::{self, Maker},
    stack::{Event, Held, Made, Stack, Status},
    validation_error,
};
use crate::{ApiError, Caller, World};

/// A resource that could not be made, and why.
pub(super) struct Failure {
    pub(super) logical_id: String,
    pub(super) reason: String,
}

/// Makes everything the request asks for. A resource that cannot be made takes the others back with it, and the stack
/// says which and why; only a template that could never be made is an error.
pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    mut stack: Stack,
    request: &Request,
) -> Result<Stack, ApiError> {
    let order = creation_order(world, &stack, request)?;
    let made = order
        .iter()
        .try_for_each(|id| make(world, caller, &mut stack, request, id));
    match made.and_then(|()| outputs(world, &stack, request)) {
        Ok(outputs) => {
            stack.outputs = outputs;
            finish(world, &mut stack, Status::CreateComplete, None);
        }
        Err(failure) => {
            remove_all(world, caller, &mut stack, |held| {
                held.deletion_policy == DeletionPolicy::Retain
            });
            let reason = format!(
                "The following resource(s) failed to create: [{}]. {}: {}",
                failure.logical_id, failure.logical_id, failure.reason
            );
            finish(world, &mut stack, Status::RollbackComplete, Some(reason));
        }
    }
    Ok(stack)
}

pub(super) fn delete(world: &mut World, caller: &Caller, mut stack: Stack) -> Stack {
    let failed = remove_all(world, caller, &mut stack, |held| {
        held.deletion_policy != DeletionPolicy::Delete
    });
    if failed.is_empty() {
        stack.deleted_at = Some(world.now);
        finish(world, &mut stack, Status::DeleteComplete, None);
    } else {
        let reason = format!("The following resource(s) failed to delete: [{}].", failed.join(", "));
        finish(world, &mut stack, Status::DeleteFailed, Some(reason));
    }
    stack
}

/// Logical ids of what this request creates: each after what it needs, those with a false condition left out.
pub(super) fn creation_order(world: &World, stack: &Stack, request: &Request) -> Result<Vec<String>, ApiError> {
    let pseudo = pseudo(world, stack);
    let scope = Scope::new(&request.template, &pseudo, &request.bound, stack);
    let mut wanted = Vec::new();
    for (id, resource) in &request.template.resources {
        let holds = scope.holds(resource.condition.as_deref());
        if holds.map_err(|error| validation_error(error.of(id).to_string()))? {
            resources::check_kind(&resource.kind, &resource.properties)
                .map_err(|message| validation_error(Error::at(resource.line, message).of(id).to_string()))?;
            wanted.push(id.as_str());
        }
    }
    let order = request.template.creation_order(|id| wanted.contains(&id));
    order.map_err(|error| validation_error(format!("Template format error: {error}")))
}

fn pseudo(world: &World, stack: &Stack) -> Pseudo {
    Pseudo {
        account: world.account().to_owned(),
        region: world.region().to_owned(),
        stack_name: stack.name.clone(),
        stack_id: stack.id.clone(),
    }
}

/// A resource's properties, with everything they refer to in place.
pub(super) fn properties(
    world: &World,
    stack: &Stack,
    request: &Request,
    id: &str,
) -> Result<Map<String, Value>, Failure> {
    let pseudo = pseudo(world, stack);
    let scope = Scope::new(&request.template, &pseudo, &request.bound, stack);
    let resolved = request
        .template
        .resources
        .get(id)
        .map(|resource| scope.properties(&resource.properties));
    let failure = |reason: String| Failure {
        logical_id: id.to_owned(),
        reason,
    };
    resolved
        .unwrap_or_else(|| Ok(Map::new()))
        .map_err(|error| failure(error.to_string()))
}

/// Makes one resource that the stack does not hold yet.
pub(super) fn make(
    world: &mut World,
    caller: &Caller,
    stack: &mut Stack,
    request: &Request,
    id: &str,
) -> Result<(), Failure> {
    let Some(resource) = request.template.resources.get(id) else {
        return Ok(());
    };
    let made = properties(world, stack, request, id).and_then(|properties| {
        let mut maker = Maker {
            world,
            caller,
            stack_name: &stack.name,
            logical_id: id,
        };
        let made = resources::put(&mut maker, &resource.kind, &properties, None);
        made.map(|made| (properties, made)).map_err(|error| Failure {
            logical_id: id.to_owned(),
            reason: told(&error),
        })
    });
    let (properties, made) = match made {
        Ok(made) => made,
        Err(failure) => {
            record(
                world,
                stack,
                id,
                &resource.kind,
                "",
                Status::CreateFailed,
                Some(failure.reason.clone()),
            );
            return Err(failure);
        }
    };
    record(
        world,
        stack,
        id,
        &resource.kind,
        &made.physical_id,
        Status::CreateComplete,
        None,
    );
    let held = Held {
        kind: resource.kind.clone(),
        properties,
        made,
        deletion_policy: resource.deletion_policy,
        status: Status::CreateComplete,
        at: world.now,
    };
    stack.resources.insert(id.to_owned(), held);
    Ok(())
}

pub(super) fn outputs(world: &World, stack: &Stack, request: &Request) -> Result<Vec<Value>, Failure> {
    let pseudo = pseudo(world, stack);
    let scope = Scope::new(&request.template, &pseudo, &request.bound, stack);
    let mut outputs = Vec::new();
    for (name, output) in &request.template.outputs {
        let failure = |error: Error| Failure {
            logical_id: name.clone(),
            reason: error.to_string(),
        };
        if !scope.holds(output.condition.as_deref()).map_err(failure)? {
            continue;
        }
        let value = scope.resolve(&output.value).map_err(failure)?;
        let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let export = match &output.export_name {
            Some(node) => scope.resolve(node).map_err(failure)?,
            None => None,
        };
        outputs.push(json!({
            "OutputKey": name,
            "OutputValue": value,
            "Description": output.description,
            "ExportName": export,
        }));
    }
    Ok(outputs)
}

/// Takes back every resource, newest first, but those to keep. Answers the logical ids of what would not go.
fn remove_all(world: &mut World, caller: &Caller, stack: &mut Stack, keep: impl Fn(&Held) -> bool) -> Vec<String> {
    let ids: Vec<String> = stack.resources.keys().rev().cloned().collect();
    let mut failed = Vec::new();
    for id in ids {
        let Some(held) = stack.resources.get(&id).cloned() else {
            continue;
        };
        if keep(&held) {
            record(
                world,
                stack,
                &id,
                &held.kind,
                &held.made.physical_id,
                Status::DeleteSkipped,
                None,
            );
            stack.resources.shift_remove(&id);
        } else if remove(world, caller, stack, &id, &held) {
            stack.resources.shift_remove(&id);
        } else {
            failed.push(id);
        }
    }
    failed
}

/// Deletes one resource from the world, and says in the stack's events how that went.
pub(super) fn remove(world: &mut World, caller: &Caller, stack: &mut Stack, id: &str, held: &Held) -> bool {
    let mut maker = Maker {
        world,
        caller,
        stack_name: &stack.name,
        logical_id: id,
    };
    let removed = resources::delete(&mut maker, held);
    let (status, reason) = match &removed {
        Ok(()) => (Status::DeleteComplete, None),
        Err(error) => (Status::DeleteFailed, Some(told(error))),
    };
    record(world, stack, id, &held.kind, &held.made.physical_id, status, reason);
    removed.is_ok()
}

pub(super) fn told(error: &ApiError) -> String {
    format!("{} ({})", error.message, error.code)
}

pub(super) fn record(
    world: &mut World,
    stack: &mut Stack,
    logical_id: &str,
    kind: &str,
    physical_id: &str,
    status: Status,
    reason: Option<String>,
) {
    let id = world.new_uuid();
    let (logical_id, kind, physical_id) = (logical_id.to_owned(), kind.to_owned(), physical_id.to_owned());
    stack.events.push(Event {
        id,
        at: world.now,
        logical_id,
        physical_id,
        kind,
        status,
        reason,
    });
}

/// The stack itself is done.
pub(super) fn finish(world: &mut World, stack: &mut Stack, status: Status, reason: Option<String>) {
    stack.status = status;
    stack.reason = reason.clone();
    let (name, id) = (stack.name.clone(), stack.id.clone());
    record(world, stack, &name, "AWS::CloudFormation::Stack", &id, status, reason);
}

/// For a resource that is made again under the same logical id.
pub(super) fn held_again(held: &Held, properties: Map<String, Value>, made: Made, now: crate::Millis) -> Held {
    Held {
        properties,
        made,
        status: Status::UpdateComplete,
        at: now,
        ..held.clone()
    }
}
