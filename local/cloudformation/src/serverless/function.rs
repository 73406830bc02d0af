//! AWS::Serverless::Function: the Lambda function, its role unless it has one, how it is invoked, and its events.

use indexmap::IndexMap;
use serde_json::json;

use super::{ServerlessFunction, added, arn, events, reference};
use crate::{Error, Function, Kind, Node, Piece, Resource, template::known};

pub(super) const TYPE: &str = "AWS::Serverless::Function";

/// Properties that are the Lambda function's own, under the same name.
const PASSED_ON: [&str; 13] = [
    "FunctionName",
    "Description",
    "Handler",
    "Runtime",
    "MemorySize",
    "Timeout",
    "Environment",
    "Architectures",
    "LoggingConfig",
    "ReservedConcurrentExecutions",
    "EphemeralStorage",
    "KmsKeyArn",
    "VpcConfig",
];

const OTHERS: [&str; 8] = [
    "CodeUri",
    "Role",
    "Policies",
    "Events",
    "DeadLetterQueue",
    "EventInvokeConfig",
    "Tags",
    "Tracing",
];

pub(super) fn expand(function: &ServerlessFunction, resource: &Resource) -> Result<Vec<(String, Resource)>, Error> {
    let allowed: Vec<&str> = PASSED_ON.iter().chain(&OTHERS).copied().collect();
    known(&function.properties, TYPE, &allowed)?;
    let id = &function.logical_id;
    let condition = resource.condition.as_ref();
    let mut resources = Vec::new();
    let lambda = Resource {
        kind: "AWS::Lambda::Function".to_owned(),
        properties: lambda(function)?,
        ..resource.clone()
    };
    resources.push((id.clone(), lambda));
    if !function.properties.contains_key("Role") {
        resources.push((format!("{id}Role"), added("AWS::IAM::Role", condition, role(function)?)));
    } else if let Some(policies) = function.properties.get("Policies") {
        return Err(Error::at(
            policies.line,
            "a function with a `Role` cannot have `Policies`: write them into the role",
        ));
    }
    if let Some(node) = function.properties.get("EventInvokeConfig") {
        let properties = invoke_config(id, node)?;
        resources.push((
            format!("{id}EventInvokeConfig"),
            added("AWS::Lambda::EventInvokeConfig", condition, properties),
        ));
    }
    if let Some(node) = function.properties.get("Events") {
        for (name, event) in node.expect_map("Events")? {
            resources.extend(events::expand(id, name, event, condition)?);
        }
    }
    Ok(resources)
}

/// The code after an upload (`sam package`, `aws cloudformation package`): where it lies in S3. Before, it is the local
/// folder, which is no CloudFormation any more, and which the local AWS understands.
fn code(uri: &str) -> Node {
    match uri.strip_prefix("s3://").and_then(|place| place.split_once('/')) {
        Some((bucket, key)) => Node::map(0, [("S3Bucket", Node::text(0, bucket)), ("S3Key", Node::text(0, key))]),
        None => Node::text(0, uri),
    }
}

/// The Lambda function's properties.
fn lambda(function: &ServerlessFunction) -> Result<IndexMap<String, Node>, Error> {
    let mut lambda: IndexMap<String, Node> = IndexMap::new();
    lambda.insert("Code".to_owned(), code(&function.code_uri));
    for name in PASSED_ON {
        if let Some(node) = function.properties.get(name) {
            lambda.insert(name.to_owned(), node.clone());
        }
    }
    let role = function.properties.get("Role").cloned();
    lambda.insert(
        "Role".to_owned(),
        role.unwrap_or_else(|| arn(&format!("{}Role", function.logical_id))),
    );
    if let Some(node) = function.properties.get("DeadLetterQueue") {
        let target = typed_target(node, "DeadLetterQueue", "TargetArn")?;
        lambda.insert("DeadLetterConfig".to_owned(), Node::map(0, [("TargetArn", target)]));
    }
    if let Some(node) = function.properties.get("Tracing") {
        lambda.insert("TracingConfig".to_owned(), Node::map(0, [("Mode", node.clone())]));
    }
    lambda.insert("Tags".to_owned(), tags(function.properties.get("Tags"))?);
    Ok(lambda)
}

fn tags(own: Option<&Node>) -> Result<Node, Error> {
    let tag = |key: &str, value: Node| Node::map(0, [("Key", Node::text(0, key)), ("Value", value)]);
    let mut tags = vec![tag("lambda:createdBy", Node::text(0, "SAM"))];
    if let Some(own) = own {
        tags.extend(
            own.expect_map("Tags")?
                .iter()
                .map(|(key, value)| tag(key, value.clone())),
        );
    }
    Ok(Node::new(0, Kind::List(tags)))
}

/// `{Type, <key>}`: SAM wants the type to make policies from; the resource wants the ARN alone.
fn typed_target(node: &Node, what: &str, key: &str) -> Result<Node, Error> {
    let members = node.expect_map(what)?;
    known(members, what, &["Type", key])?;
    match members.get("Type").and_then(Node::as_text) {
        Some("SQS" | "SNS") => {}
        _ => return Err(Error::at(node.line, format!("{what} needs a `Type`: SQS or SNS"))),
    }
    members
        .get(key)
        .cloned()
        .ok_or_else(|| Error::at(node.line, format!("{what} needs `{key}`")))
}

fn invoke_config(id: &str, node: &Node) -> Result<Vec<(&'static str, Node)>, Error> {
    let members = node.expect_map("EventInvokeConfig")?;
    known(
        members,
        "EventInvokeConfig",
        &["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"],
    )?;
    let mut properties = vec![("FunctionName", reference(id)), ("Qualifier", Node::text(0, "$LATEST"))];
    for key in ["MaximumRetryAttempts", "MaximumEventAgeInSeconds"] {
        properties.extend(members.get(key).map(|node| (key, node.clone())));
    }
    if let Some(config) = members.get("DestinationConfig") {
        let config = config.expect_map("DestinationConfig")?;
        known(config, "DestinationConfig", &["OnFailure", "OnSuccess"])?;
        let mut destinations = Vec::new();
        for key in ["OnFailure", "OnSuccess"] {
            if let Some(node) = config.get(key) {
                destinations.push((
                    key,
                    Node::map(0, [("Destination", typed_target(node, key, "Destination")?)]),
                ));
            }
        }
        properties.push(("DestinationConfig", Node::map(0, destinations)));
    }
    Ok(properties)
}

/// The role that SAM makes for a function without one: CloudWatch Logs, and the policies written at the function.
fn role(function: &ServerlessFunction) -> Result<Vec<(&'static str, Node)>, Error> {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] },
        }],
    });
    let basic = Function::Sub {
        pieces: vec![
            Piece::Text("arn:".to_owned()),
            Piece::Name("AWS::Partition".to_owned()),
            Piece::Text(":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole".to_owned()),
        ],
        variables: IndexMap::new(),
    };
    let managed = Node::new(0, Kind::List(vec![Node::function(0, basic)]));
    let mut properties = vec![
        ("AssumeRolePolicyDocument", Node::literal(0, &trust)),
        ("ManagedPolicyArns", managed),
    ];
    let mut policies = Vec::new();
    if let Some(node) = function.properties.get("Policies") {
        for (number, policy) in node.expect_list("Policies")?.iter().enumerate() {
            policies.push(role_policy(&function.logical_id, number, policy)?);
        }
        properties.push(("Policies", Node::new(0, Kind::List(policies))));
    }
    properties.push(("Tags", tags(None)?));
    Ok(properties)
}

fn role_policy(id: &str, number: usize, policy: &Node) -> Result<Node, Error> {
    let members = policy.expect_map("a policy")?;
    known(members, "a policy", &["Version", "Statement"]).map_err(|error| Error {
        message: format!("{}; SAM policy templates are not supported", error.message),
        ..error
    })?;
    let statement = members
        .get("Statement")
        .ok_or_else(|| Error::at(policy.line, "a policy needs a `Statement`"))?;
    let version = members
        .get("Version")
        .cloned()
        .unwrap_or_else(|| Node::text(0, "2012-10-17"));
    let document = Node::map(policy.line, [("Version", version), ("Statement", statement.clone())]);
    let name = Node::text(0, format!("{id}RolePolicy{number}"));
    Ok(Node::map(
        policy.line,
        [("PolicyName", name), ("PolicyDocument", document)],
    ))
}
