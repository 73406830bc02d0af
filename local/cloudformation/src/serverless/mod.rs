//! The AWS::Serverless-2016-10-31 transform, for what our templates use: functions with their events, roles and
//! destinations, and Globals. Logical ids of what it adds are those that AWS's transform gives.

mod events;
mod function;
mod globals;

use indexmap::IndexMap;

use crate::{Error, Function, Kind, Node, Resource, Template, template::DeletionPolicy};

pub(crate) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// An AWS::Serverless::Function with Globals merged in.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerlessFunction {
    pub logical_id: String,
    pub line: usize,
    /// As written, e.g. `target/lambda/sweep/`.
    pub code_uri: String,
    /// Its last component: the program's name.
    pub program: String,
    /// Logical id of its role, where it names one of this template.
    pub role: Option<String>,
    pub timeout_s: Option<u64>,
    pub environment: IndexMap<String, Node>,
    /// Everything it says, and what Globals add.
    pub properties: IndexMap<String, Node>,
}

pub(crate) fn functions(template: &Template) -> Result<Vec<ServerlessFunction>, Error> {
    let globals = globals::functions(template)?;
    let serverless = template
        .resources
        .iter()
        .filter(|(_, resource)| resource.kind == function::TYPE);
    serverless
        .map(|(id, resource)| read(id, resource, globals).map_err(|error| error.of(id)))
        .collect()
}

fn read(id: &str, resource: &Resource, globals: Option<&Node>) -> Result<ServerlessFunction, Error> {
    let properties = globals::merge(globals, &resource.properties)?;
    let code_uri = match properties.get("CodeUri") {
        Some(node) => node.expect_text("CodeUri")?,
        None => {
            return Err(Error::at(
                resource.line,
                "a function needs a `CodeUri`: the folder that holds bootstrap",
            ));
        }
    };
    let program = code_uri
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let role = properties.get("Role").and_then(|node| match &node.kind {
        Kind::Function(function) => match &**function {
            Function::GetAtt { resource, .. } => Some(resource.clone()),
            _ => None,
        },
        _ => None,
    });
    let timeout_s = match properties.get("Timeout") {
        Some(node) => node.expect_text("Timeout")?.parse().ok(),
        None => None,
    };
    let environment = match properties.get("Environment").and_then(|node| node.get("Variables")) {
        Some(variables) => variables.expect_map("Environment.Variables")?.clone(),
        None => IndexMap::new(),
    };
    let logical_id = id.to_owned();
    Ok(ServerlessFunction {
        logical_id,
        line: resource.line,
        code_uri,
        program,
        role,
        timeout_s,
        environment,
        properties,
    })
}

/// The template without serverless resources: each replaced by what it stands for.
pub(crate) fn expand(template: &Template) -> Result<Template, Error> {
    let mut functions: IndexMap<String, ServerlessFunction> = functions(template)?
        .into_iter()
        .map(|function| (function.logical_id.clone(), function))
        .collect();
    let mut resources = IndexMap::new();
    for (id, resource) in &template.resources {
        let added = match functions.shift_remove(id) {
            Some(serverless) => function::expand(&serverless, resource).map_err(|error| error.of(id))?,
            None if resource.kind.starts_with("AWS::Serverless::") => {
                let message = format!(
                    "the resource type `{}` is not supported; {} is",
                    resource.kind,
                    function::TYPE
                );
                return Err(Error::at(resource.line, message).of(id));
            }
            None => vec![(id.clone(), resource.clone())],
        };
        for (id, resource) in added {
            if resources.contains_key(&id) || (resource.line == 0 && template.resources.contains_key(&id)) {
                return Err(Error::at(
                    template.resources[&id].line,
                    "the Serverless transform needs this logical id",
                )
                .of(&id));
            }
            resources.insert(id, resource);
        }
    }
    Ok(Template {
        transform: Vec::new(),
        globals: IndexMap::new(),
        resources,
        ..template.clone()
    })
}

/// A resource that the transform adds.
fn added<'a>(
    kind: &str,
    condition: Option<&String>,
    properties: impl IntoIterator<Item = (&'a str, Node)>,
) -> Resource {
    Resource {
        line: 0,
        kind: kind.to_owned(),
        properties: properties
            .into_iter()
            .map(|(key, node)| (key.to_owned(), node))
            .collect(),
        condition: condition.cloned(),
        depends_on: Vec::new(),
        deletion_policy: DeletionPolicy::Delete,
        metadata: None,
    }
}

fn reference(id: &str) -> Node {
    Node::function(0, Function::Ref(id.to_owned()))
}

fn arn(id: &str) -> Node {
    Node::function(
        0,
        Function::GetAtt {
            resource: id.to_owned(),
            attribute: "Arn".to_owned(),
        },
    )
}
