//! What Lambda's operations need. Who makes a function hands it a role.

use serde_json::Value;

use super::function_name;
use crate::{
    World,
    access::{Keys, Need, Row, anything, key_of, pass_role, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateFunction", function).also(&[role]),
    row("ListFunctions", anything),
    row("GetFunction", function),
    row("GetFunctionConfiguration", function),
    row("UpdateFunctionCode", function),
    row("UpdateFunctionConfiguration", function).also(&[role]),
    row("DeleteFunction", function),
    row("Invoke", function).by("lambda:InvokeFunction"),
    row("PutFunctionConcurrency", function),
    row("GetFunctionConcurrency", function),
    row("DeleteFunctionConcurrency", function),
    row("PutFunctionEventInvokeConfig", function),
    row("UpdateFunctionEventInvokeConfig", function),
    row("GetFunctionEventInvokeConfig", function),
    row("DeleteFunctionEventInvokeConfig", function),
    row("AddPermission", function).keys(principal),
    row("RemovePermission", function),
    row("GetPolicy", function),
    row("CreateEventSourceMapping", anything).keys(mapped_function),
    row("ListEventSourceMappings", anything),
    row("GetEventSourceMapping", mapping),
    row("UpdateEventSourceMapping", mapping),
    row("DeleteEventSourceMapping", mapping),
    row("TagResource", tagged),
    row("UntagResource", tagged),
    row("ListTags", tagged),
];

pub(crate) fn function_arn(world: &World, name_or_arn: &str) -> String {
    world.arn("lambda", &format!("function:{}", function_name(name_or_arn)))
}

fn function(world: &World, input: &Value) -> Vec<String> {
    vec![function_arn(world, input["FunctionName"].as_str().unwrap_or_default())]
}

fn mapping(world: &World, input: &Value) -> Vec<String> {
    let uuid = input["UUID"].as_str().unwrap_or_default();
    vec![world.arn("lambda", &format!("event-source-mapping:{uuid}"))]
}

fn tagged(_: &World, input: &Value) -> Vec<String> {
    vec![input["Resource"].as_str().unwrap_or("*").to_owned()]
}

fn principal(_: &World, input: &Value) -> Keys {
    key_of(input, "lambda:Principal", "Principal")
}

fn mapped_function(world: &World, input: &Value) -> Keys {
    let arn = function(world, input);
    vec![("lambda:FunctionArn".into(), arn)]
}

fn role(_: &World, input: &Value) -> Vec<Need> {
    pass_role(&input["Role"], "lambda.amazonaws.com")
}
