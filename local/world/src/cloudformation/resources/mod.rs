//! The resource types that stacks may hold: one file per family, and one table that names them all.

mod alarm;
mod bucket;
mod dashboard;
mod function;
mod invocation;
mod log_group;
mod managed_policy;
mod model_package_group;
mod properties;
mod queue;
mod role;
mod rule;
mod schedule;
mod topic;
mod trail;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use windsock_cloudformation::Node;

pub(super) use self::properties::Properties;
use super::stack::{Held, Made};
use crate::{ApiError, Caller, World, input::Members};

/// In whose name, and for which resource of which stack, something is made.
pub(super) struct Maker<'a> {
    pub(super) world: &'a mut World,
    pub(super) caller: &'a Caller,
    pub(super) stack_name: &'a str,
    pub(super) logical_id: &'a str,
}

impl Maker<'_> {
    fn call(&mut self, service: &str, operation: &str, input: &Value) -> Result<Value, ApiError> {
        self.world.call_as(self.caller, service, operation, input)
    }

    /// The name given, else one from the stack and the logical id, as CloudFormation makes them.
    fn name(&mut self, given: Option<&str>) -> String {
        given.map_or_else(|| self.generated_name(), str::to_owned)
    }

    fn generated_name(&mut self) -> String {
        let id = self.world.new_id("physical id");
        format!("{}-{}-{}", self.stack_name, self.logical_id, id[..12].to_uppercase())
    }
}

/// A resource type.
struct Kind {
    name: &'static str,
    /// The properties it knows here.
    known: &'static [&'static str],
    /// Those that cannot be changed: another value means another resource.
    fixed: &'static [&'static str],
    /// Makes it or, given what it was before, changes it.
    put: fn(&mut Maker<'_>, &Properties<'_>, Option<&Held>) -> Result<Made, ApiError>,
    delete: fn(&mut Maker<'_>, &Held) -> Result<(), ApiError>,
}

const KINDS: [&Kind; 20] = [
    &alarm::ALARM,
    &dashboard::DASHBOARD,
    &trail::TRAIL,
    &bucket::BUCKET,
    &bucket::POLICY,
    &function::FUNCTION,
    &invocation::EVENT_INVOKE_CONFIG,
    &invocation::EVENT_SOURCE_MAPPING,
    &invocation::PERMISSION,
    &log_group::LOG_GROUP,
    &managed_policy::MANAGED_POLICY,
    &model_package_group::GROUP,
    &queue::POLICY,
    &queue::QUEUE,
    &role::ROLE,
    &rule::RULE,
    &schedule::SCHEDULE,
    &topic::POLICY,
    &topic::SUBSCRIPTION,
    &topic::TOPIC,
];

fn kind(name: &str) -> Result<&'static Kind, String> {
    KINDS.into_iter().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        format!(
            "Unrecognized resource types: [{name}]; this world makes {}",
            known.join(", ")
        )
    })
}

/// Refuses types and properties that would be left out, before anything is made.
pub(super) fn check_kind(name: &str, properties: &IndexMap<String, Node>) -> Result<(), String> {
    let kind = kind(name)?;
    match properties
        .keys()
        .find(|property| !kind.known.contains(&property.as_str()))
    {
        Some(unknown) => {
            let known = kind.known.join(", ");
            Err(format!(
                "{name} has no property `{unknown}` in this world; it knows {known}"
            ))
        }
        None => Ok(()),
    }
}

pub(super) fn put(
    maker: &mut Maker<'_>,
    name: &str,
    properties: &Map<String, Value>,
    before: Option<&Held>,
) -> Result<Made, ApiError> {
    let kind = kind(name).map_err(ApiError::validation)?;
    (kind.put)(maker, &Properties::of(kind.name, properties), before)
}

pub(super) fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let kind = kind(&held.kind).map_err(ApiError::validation)?;
    match (kind.delete)(maker, held) {
        // What somebody else deleted is deleted.
        Err(error) if is_gone(&error) => Ok(()),
        other => other,
    }
}

fn is_gone(error: &ApiError) -> bool {
    let code = error.code.as_str();
    error.status == 404
        || matches!(
            code,
            "NoSuchBucket"
                | "NoSuchEntity"
                | "NotFound"
                | "QueueDoesNotExist"
                | "ResourceNotFound"
                | "NotFoundException"
                | "TrailNotFoundException"
        )
        || code.starts_with("ResourceNotFound")
}

pub(super) fn needs_replacement(name: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let fixed = kind(name).map_or(&[][..], |kind| kind.fixed);
    fixed.iter().any(|property| old.get(*property) != new.get(*property))
}

/// A member of an answer that must be there, such as the ARN of what was just made.
fn told(answer: &Value, member: &str) -> Result<String, ApiError> {
    Members::of(answer).required(member).map(str::to_owned)
}
