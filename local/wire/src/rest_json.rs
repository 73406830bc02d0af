//! REST JSON: EventBridge Scheduler and Lambda, whose operations are a method and a path.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};
use windsock_world::{ApiError, Caller};

use crate::{
    Backend, aws_json,
    body::document,
    errors::status,
    inbound::{Inbound, call},
    invoke,
    wire::{add_header, respond},
};

/// One operation. `{Name}` in a path is the member of that name.
struct Operation {
    service: &'static str,
    method: Method,
    path: &'static [&'static str],
    name: &'static str,
    /// Query parameters and the members they are.
    query: &'static [(&'static str, &'static str)],
}

const fn operation(
    service: &'static str,
    method: Method,
    path: &'static [&'static str],
    name: &'static str,
    query: &'static [(&'static str, &'static str)],
) -> Operation {
    Operation {
        service,
        method,
        path,
        name,
        query,
    }
}

const SCHEDULE: &[&str] = &["schedules", "{Name}"];
const SCHEDULE_GROUP: &[&str] = &["schedule-groups", "{Name}"];
const FUNCTIONS: &[&str] = &["2015-03-31", "functions"];
const FUNCTION: &[&str] = &["2015-03-31", "functions", "{FunctionName}"];
const CONFIGURATION: &[&str] = &["2015-03-31", "functions", "{FunctionName}", "configuration"];
const INVOCATIONS: &[&str] = &["2015-03-31", "functions", "{FunctionName}", "invocations"];
const MAPPINGS: &[&str] = &["2015-03-31", "event-source-mappings"];
const MAPPING: &[&str] = &["2015-03-31", "event-source-mappings", "{UUID}"];

const GROUP: &[(&str, &str)] = &[("groupName", "GroupName")];
const GROUP_AND_TOKEN: &[(&str, &str)] = &[("groupName", "GroupName"), ("clientToken", "ClientToken")];
const TOKEN: &[(&str, &str)] = &[("clientToken", "ClientToken")];
const LISTED: &[(&str, &str)] = &[
    ("ScheduleGroup", "GroupName"),
    ("NamePrefix", "NamePrefix"),
    ("State", "State"),
    ("NextToken", "NextToken"),
    ("MaxResults", "MaxResults"),
];
const MARKED: &[(&str, &str)] = &[
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
    ("EventSourceArn", "EventSourceArn"),
    ("FunctionName", "FunctionName"),
    ("FunctionVersion", "FunctionVersion"),
];
const QUALIFIED: &[(&str, &str)] = &[("Qualifier", "Qualifier")];

static OPERATIONS: [Operation; 16] = [
    operation("scheduler", Method::POST, SCHEDULE, "CreateSchedule", &[]),
    operation("scheduler", Method::PUT, SCHEDULE, "UpdateSchedule", &[]),
    operation("scheduler", Method::GET, SCHEDULE, "GetSchedule", GROUP),
    operation("scheduler", Method::DELETE, SCHEDULE, "DeleteSchedule", GROUP_AND_TOKEN),
    operation("scheduler", Method::GET, &["schedules"], "ListSchedules", LISTED),
    operation("scheduler", Method::POST, SCHEDULE_GROUP, "CreateScheduleGroup", &[]),
    operation("scheduler", Method::GET, SCHEDULE_GROUP, "GetScheduleGroup", &[]),
    operation(
        "scheduler",
        Method::DELETE,
        SCHEDULE_GROUP,
        "DeleteScheduleGroup",
        TOKEN,
    ),
    operation(
        "scheduler",
        Method::GET,
        &["schedule-groups"],
        "ListScheduleGroups",
        LISTED,
    ),
    operation("lambda", Method::POST, INVOCATIONS, "Invoke", QUALIFIED),
    operation("lambda", Method::GET, FUNCTION, "GetFunction", QUALIFIED),
    operation(
        "lambda",
        Method::GET,
        CONFIGURATION,
        "GetFunctionConfiguration",
        QUALIFIED,
    ),
    operation("lambda", Method::GET, FUNCTIONS, "ListFunctions", MARKED),
    operation("lambda", Method::GET, MAPPINGS, "ListEventSourceMappings", MARKED),
    operation("lambda", Method::GET, MAPPING, "GetEventSourceMapping", &[]),
    operation("lambda", Method::PUT, MAPPING, "UpdateEventSourceMapping", &[]),
];

pub(crate) async fn answer(backend: &Arc<dyn Backend>, inbound: &Inbound, service: &'static str) -> Response<Bytes> {
    match perform(backend, inbound, service).await {
        Ok(response) => response,
        Err(error) => refusal(&error),
    }
}

async fn perform(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    service: &'static str,
) -> Result<Response<Bytes>, ApiError> {
    let caller = inbound.caller(backend, "UnrecognizedClientException")?;
    let components = inbound.components().ok_or_else(|| unknown(inbound))?;
    let matching = |candidate: &&Operation| {
        candidate.service == service && candidate.method == inbound.method && fits(candidate.path, &components)
    };
    let operation = OPERATIONS.iter().find(matching).ok_or_else(|| unknown(inbound))?;
    let addressed = addressed_members(operation, inbound, &components)?;
    if operation.name == "Invoke" {
        return invoke::answer(backend, inbound, caller, addressed).await;
    }
    document_call(backend, inbound, caller, operation, addressed)
}

fn document_call(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    caller: Caller,
    operation: &Operation,
    addressed: Map<String, Value>,
) -> Result<Response<Bytes>, ApiError> {
    let mut input = aws_json::parse(&document(inbound, "SerializationException")?)?;
    if let Value::Object(members) = &mut input {
        members.extend(addressed);
    }
    let output = call(backend, caller, operation.service, operation.name, input)?;
    Ok(respond(StatusCode::OK, "application/json", output.to_string()))
}

fn fits(path: &[&str], components: &[String]) -> bool {
    let same = |(expected, given): (&&str, &String)| expected.starts_with('{') || *expected == given;
    path.len() == components.len() && path.iter().zip(components).all(same)
}

/// The members that stand in the address.
fn addressed_members(
    operation: &Operation,
    inbound: &Inbound,
    components: &[String],
) -> Result<Map<String, Value>, ApiError> {
    let mut members = Map::new();
    for (expected, given) in operation.path.iter().zip(components) {
        if let Some(member) = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            members.insert(member.to_owned(), Value::String(given.clone()));
        }
    }
    for (parameter, member) in operation.query {
        let Some(text) = inbound.query_value(parameter) else {
            continue;
        };
        let value = match *member {
            "MaxResults" | "MaxItems" => text
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| ApiError::validation(format!("{parameter} must be a whole number, not {text:?}")))?,
            _ => Value::String(text.to_owned()),
        };
        members.insert((*member).to_owned(), value);
    }
    Ok(members)
}

fn unknown(inbound: &Inbound) -> ApiError {
    let message = format!("{} {} is no operation of this endpoint", inbound.method, inbound.path);
    ApiError::new(404, "UnknownOperationException", message)
}

fn refusal(error: &ApiError) -> Response<Bytes> {
    let body = json!({ "Message": error.message });
    let mut response = respond(status(error), "application/json", body.to_string());
    add_header(&mut response, "x-amzn-errortype", &error.code);
    response
}

#[cfg(test)]
mod tests;
