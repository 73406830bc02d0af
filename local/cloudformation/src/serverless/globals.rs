//! SAM's Globals: defaults for every function. Mappings merge, lists join, anything else is overridden.

use indexmap::IndexMap;

use crate::{Error, Kind, Node, Template, error::listed};

/// What Globals say of functions.
pub(super) fn functions(template: &Template) -> Result<Option<&Node>, Error> {
    if let Some((kind, node)) = template.globals.iter().find(|(kind, _)| *kind != "Function") {
        return Err(Error::at(
            node.line,
            format!("Globals of `{kind}` are not supported; those of Function are"),
        ));
    }
    Ok(template.globals.get("Function"))
}

const GLOBAL: [&str; 16] = [
    "Handler",
    "Runtime",
    "CodeUri",
    "Description",
    "MemorySize",
    "Timeout",
    "Environment",
    "Tags",
    "Architectures",
    "DeadLetterQueue",
    "EventInvokeConfig",
    "LoggingConfig",
    "ReservedConcurrentExecutions",
    "Tracing",
    "KmsKeyArn",
    "VpcConfig",
];

pub(super) fn merge(globals: Option<&Node>, own: &IndexMap<String, Node>) -> Result<IndexMap<String, Node>, Error> {
    let Some(globals) = globals else { return Ok(own.clone()) };
    let globals = globals.expect_map("Globals.Function")?;
    if let Some((key, node)) = globals.iter().find(|(key, _)| !GLOBAL.contains(&key.as_str())) {
        let known = listed(GLOBAL);
        return Err(Error::at(
            node.line,
            format!("Globals.Function has no `{key}`; it may have {known}"),
        ));
    }
    Ok(merge_maps(globals, own))
}

fn merge_maps(globals: &IndexMap<String, Node>, own: &IndexMap<String, Node>) -> IndexMap<String, Node> {
    let mut merged = globals.clone();
    for (key, node) in own {
        let node = match globals.get(key) {
            Some(global) => merge_nodes(global, node),
            None => node.clone(),
        };
        merged.insert(key.clone(), node);
    }
    merged
}

fn merge_nodes(global: &Node, own: &Node) -> Node {
    let kind = match (&global.kind, &own.kind) {
        (Kind::Map(global), Kind::Map(own)) => Kind::Map(merge_maps(global, own)),
        (Kind::List(global), Kind::List(own)) => Kind::List(global.iter().chain(own).cloned().collect()),
        _ => own.kind.clone(),
    };
    Node::new(own.line, kind)
}
