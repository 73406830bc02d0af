//! What CloudFormation's operations need. What a stack's resources need is asked as each of them is made.

use serde_json::Value;

use crate::{
    World,
    access::{Row, anything, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateStack", stack),
    row("UpdateStack", stack),
    row("DeleteStack", stack),
    row("DescribeStacks", stack),
    row("ListStacks", anything),
    row("DescribeStackResources", stack),
    row("ListStackResources", stack),
    row("DescribeStackEvents", stack),
    row("GetTemplate", stack),
    row("ValidateTemplate", anything),
    row("GetTemplateSummary", stack),
    row("CreateChangeSet", stack),
    row("DescribeChangeSet", change_set),
    row("ExecuteChangeSet", change_set),
    row("DeleteChangeSet", change_set),
    row("ListChangeSets", stack),
];

/// What is needed is needed on the stack, also where the change set is called by its id alone.
fn change_set(world: &World, input: &Value) -> Vec<String> {
    let id = input["ChangeSetName"].as_str().unwrap_or_default();
    match (
        input["StackName"].as_str(),
        world.cloudformation.stack_of_change_set(id),
    ) {
        (None, Some(stack)) => vec![stack.to_owned()],
        _ => stack(world, input),
    }
}

/// A stack by its id; by its name alone, any of that name. Without either, all stacks are meant.
fn stack(world: &World, input: &Value) -> Vec<String> {
    vec![match input["StackName"].as_str() {
        Some(id) if id.starts_with("arn:") => id.to_owned(),
        Some(name) => world.arn("cloudformation", &format!("stack/{name}/*")),
        None => "*".to_owned(),
    }]
}
