//! Lambda: functions, how they are invoked, retried and given up, and the queues they read.
//!
//! An invocation is work for the host; how it ended comes back as an input. Time-outs are the host's to enforce.
//! Permissions (AddPermission) are the function's own policy.

mod code;
mod configuration;
mod destinations;
mod functions;
mod invoke;
mod mapping_calls;
mod mappings;
mod outcome;
mod permissions;
mod policy;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::Document;

use code::Code;
use configuration::InvokeConfig;
use invoke::{Event, Running};
use mappings::Mapping;
pub(crate) use permissions::{PERMISSIONS, function_arn};

use crate::{ApiError, Caller, World, input::Members};

/// How many invocations of one function run at once, unless it reserves another number.
const CONCURRENCY: usize = 10;

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    functions: BTreeMap<String, Function>,
    /// Event source mappings by UUID.
    mappings: BTreeMap<String, Mapping>,
    /// Invocations handed to the host and not ended.
    running: BTreeMap<String, Running>,
    /// Asynchronous events that wait for their next attempt.
    resting: BTreeMap<u64, (String, Event)>,
    /// Asynchronous events are numbered in order of arrival.
    arrived: u64,
}

#[derive(Debug, Clone)]
struct Function {
    name: String,
    arn: String,
    role_arn: String,
    environment: BTreeMap<String, String>,
    memory_mb: u32,
    timeout_s: i64,
    reserved_concurrency: Option<usize>,
    /// ARN of the dead-letter queue, which gets the payload alone.
    dead_letters: Option<String>,
    invoke_config: InvokeConfig,
    /// Asynchronous events that wait for room.
    waiting: BTreeMap<u64, Event>,
    permissions: BTreeMap<String, Value>,
    /// The permissions as one policy.
    policy: Option<Arc<Document>>,
    /// The configuration as the API shows it.
    shown: Value,
    code: Code,
    tags: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LambdaTimer {
    /// An asynchronous event's next attempt is due.
    Attempt { event: u64 },
    /// A mapping's batching window ends.
    Window { mapping: String },
}

impl State {
    pub(crate) fn policy(&self, function: &str) -> Option<Arc<Document>> {
        self.functions.get(function_name(function))?.policy.clone()
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = Arc<Document>> {
        self.functions.values().filter_map(|function| function.policy.clone())
    }

    /// A function's role and the group that its log goes to.
    pub(crate) fn role_and_log_group(&self, function: &str) -> Option<(&str, String)> {
        let function = self.functions.get(function)?;
        let group = function
            .shown
            .pointer("/LoggingConfig/LogGroup")
            .and_then(Value::as_str);
        let group = group.map_or_else(|| format!("/aws/lambda/{}", function.name), str::to_owned);
        Some((&function.role_arn, group))
    }
}

impl World {
    pub(crate) fn lambda_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "CreateFunction" => return self.create_function(members),
            "ListFunctions" => {
                let functions: Vec<_> = self.lambda.functions.values().map(|function| &function.shown).collect();
                return Ok(json!({ "Functions": functions }));
            }
            "CreateEventSourceMapping"
            | "UpdateEventSourceMapping"
            | "DeleteEventSourceMapping"
            | "GetEventSourceMapping"
            | "ListEventSourceMappings" => return self.mapping_call(operation, members),
            "TagResource" | "UntagResource" => return Ok(json!({})),
            "ListTags" => {
                let name = function_name(members.required("Resource")?);
                return Ok(json!({ "Tags": self.function(name)?.tags }));
            }
            _ => {}
        }
        let name = function_name(members.required("FunctionName")?).to_owned();
        match operation {
            "Invoke" => self.invoke(&name, members),
            "UpdateFunctionConfiguration" => self.update_function(&name, members),
            "UpdateFunctionCode" => {
                let code = self.code(&name, members.get("Code").unwrap_or(members.all))?;
                let function = self.function_mut(&name)?;
                function.code = code;
                Ok(function.shown.clone())
            }
            "DeleteFunction" => self.delete_function(&name),
            _ => {
                let answer = self.function_mut(&name)?.call(operation, members)?;
                if operation.ends_with("FunctionConcurrency") && !operation.starts_with("Get") {
                    self.dispatch(&name);
                }
                Ok(answer)
            }
        }
    }

    fn function(&self, name: &str) -> Result<&Function, ApiError> {
        self.lambda
            .functions
            .get(name)
            .ok_or_else(|| self.no_such_function(name))
    }

    fn function_mut(&mut self, name: &str) -> Result<&mut Function, ApiError> {
        if !self.lambda.functions.contains_key(name) {
            return Err(self.no_such_function(name));
        }
        self.lambda.functions.get_mut(name).ok_or_else(|| missing(name))
    }

    fn no_such_function(&self, name: &str) -> ApiError {
        missing(&self.arn("lambda", &format!("function:{name}")))
    }

    pub(crate) fn lambda_timer(&mut self, timer: LambdaTimer) {
        match timer {
            LambdaTimer::Attempt { event } => self.attempt(event),
            LambdaTimer::Window { mapping } => self.window_ended(&mapping),
        }
    }
}

fn missing(what: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {what}"))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValueException", message)
}

/// A function's name, from its name, partial or whole ARN, with or without `$LATEST`.
fn function_name(name_or_arn: &str) -> &str {
    let unqualified = name_or_arn.strip_suffix(":$LATEST").unwrap_or(name_or_arn);
    unqualified.rsplit(':').next().unwrap_or(unqualified)
}
