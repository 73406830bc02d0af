//! Updating a stack: only what differs is made, changed or removed, and a failure puts everything back.

use serde_json::{Map, Value};
use windsock_cloudformation::DeletionPolicy;

use super::{
    deploy::{Failure, creation_order, finish, held_again, make, outputs, properties, record, remove, told},
    request::Request,
    resources::{self, Maker},
    stack::{Held, Stack, Status},
    validation_error,
};
use crate::{ApiError, Caller, World};

/// What was done so far, to be undone in reverse.
enum Done {
    Made(String),
    Changed(String, Box<Held>),
    /// Made anew under another name; the old one still exists.
    Replaced(String, Box<Held>),
}

pub(super) fn update(
    world: &mut World,
    caller: &Caller,
    mut stack: Stack,
    request: &Request,
) -> Result<Stack, ApiError> {
    let order = creation_order(world, &stack, request)?;
    if !differs(world, &stack, request, &order) {
        return Err(validation_error("No updates are to be performed."));
    }
    let before = stack.clone();
    let mut done = Vec::new();
    let changed = order
        .iter()
        .try_for_each(|id| change(world, caller, &mut stack, request, id, &mut done));
    match changed.and_then(|()| outputs(world, &stack, request)) {
        Ok(outputs) => {
            stack.outputs = outputs;
            stack.take(request);
            clean_up(world, caller, &mut stack, &order, done);
            stack.updated_at = Some(world.now);
            finish(world, &mut stack, Status::UpdateComplete, None);
            Ok(stack)
        }
        Err(failure) => Ok(roll_back(world, caller, stack, &before, done, &failure)),
    }
}

/// Whether anything is to be done. What cannot be told before something else is made counts as different.
fn differs(world: &World, stack: &Stack, request: &Request, order: &[String]) -> bool {
    let same = |id: &String| {
        let held = stack.resources.get(id);
        let kind = request.template.resources.get(id).map(|resource| &resource.kind);
        let wanted = properties(world, stack, request, id).ok();
        held.is_some_and(|held| Some(&held.kind) == kind && Some(&held.properties) == wanted.as_ref())
    };
    let gone = stack.resources.keys().any(|id| !order.contains(id));
    let outputs = outputs(world, stack, request).ok();
    gone || !order.iter().all(same) || outputs.as_ref() != Some(&stack.outputs) || request.tags != stack.tags
}

fn change(
    world: &mut World,
    caller: &Caller,
    stack: &mut Stack,
    request: &Request,
    id: &str,
    done: &mut Vec<Done>,
) -> Result<(), Failure> {
    let Some(resource) = request.template.resources.get(id) else {
        return Ok(());
    };
    let Some(held) = stack.resources.get(id).cloned() else {
        make(world, caller, stack, request, id)?;
        done.push(Done::Made(id.to_owned()));
        return Ok(());
    };
    let wanted = properties(world, stack, request, id)?;
    if held.kind == resource.kind && held.properties == wanted {
        return Ok(());
    }
    if held.kind != resource.kind || resources::needs_replacement(&held.kind, &held.properties, &wanted) {
        stack.resources.shift_remove(id);
        if let Err(failure) = make(world, caller, stack, request, id) {
            stack.resources.insert(id.to_owned(), held);
            return Err(failure);
        }
        done.push(Done::Replaced(id.to_owned(), Box::new(held)));
        return Ok(());
    }
    let again = put_again(world, caller, stack, id, &held, wanted)?;
    done.push(Done::Changed(id.to_owned(), Box::new(held)));
    stack.resources.insert(id.to_owned(), again);
    Ok(())
}

fn put_again(
    world: &mut World,
    caller: &Caller,
    stack: &mut Stack,
    id: &str,
    held: &Held,
    wanted: Map<String, Value>,
) -> Result<Held, Failure> {
    let mut maker = Maker {
        world,
        caller,
        stack_name: &stack.name,
        logical_id: id,
    };
    let put = resources::put(&mut maker, &held.kind, &wanted, Some(held));
    let (status, reason) = match &put {
        Ok(_) => (Status::UpdateComplete, None),
        Err(error) => (Status::UpdateFailed, Some(told(error))),
    };
    record(world, stack, id, &held.kind, &held.made.physical_id, status, reason);
    match put {
        Ok(made) => Ok(held_again(held, wanted, made, world.now)),
        Err(error) => Err(Failure {
            logical_id: id.to_owned(),
            reason: told(&error),
        }),
    }
}

/// Removes what the new template no longer has and what was replaced, after everything else is in place.
fn clean_up(world: &mut World, caller: &Caller, stack: &mut Stack, order: &[String], done: Vec<Done>) {
    let gone: Vec<String> = stack
        .resources
        .keys()
        .rev()
        .filter(|id| !order.contains(id))
        .cloned()
        .collect();
    let gone = gone
        .into_iter()
        .filter_map(|id| Some((id.clone(), stack.resources.shift_remove(&id)?)));
    let replaced = done.into_iter().filter_map(|done| match done {
        Done::Replaced(id, held) => Some((id, *held)),
        Done::Made(_) | Done::Changed(..) => None,
    });
    for (id, held) in gone.collect::<Vec<_>>().into_iter().chain(replaced) {
        if held.deletion_policy == DeletionPolicy::Delete {
            // What does not go is left behind, as CloudFormation leaves it; the event says so.
            remove(world, caller, stack, &id, &held);
        } else {
            record(
                world,
                stack,
                &id,
                &held.kind,
                &held.made.physical_id,
                Status::DeleteSkipped,
                None,
            );
        }
    }
}

fn roll_back(
    world: &mut World,
    caller: &Caller,
    mut stack: Stack,
    before: &Stack,
    done: Vec<Done>,
    failure: &Failure,
) -> Stack {
    let mut restored = true;
    for done in done.into_iter().rev() {
        match done {
            Done::Made(id) | Done::Replaced(id, _) => {
                if let Some(held) = stack.resources.get(&id).cloned() {
                    restored &= remove(world, caller, &mut stack, &id, &held);
                }
            }
            Done::Changed(id, held) => {
                let Some(current) = stack.resources.get(&id).cloned() else {
                    continue;
                };
                restored &= put_again(world, caller, &mut stack, &id, &current, held.properties.clone()).is_ok();
            }
        }
    }
    let events = std::mem::take(&mut stack.events);
    let mut stack = Stack {
        events,
        updated_at: Some(world.now),
        ..before.clone()
    };
    let status = if restored {
        Status::UpdateRollbackComplete
    } else {
        Status::UpdateRollbackFailed
    };
    let reason = format!(
        "The following resource(s) failed to update: [{}]. {}: {}",
        failure.logical_id, failure.logical_id, failure.reason
    );
    finish(world, &mut stack, status, Some(reason));
    stack
}
