//! What can be known to be wrong with a template before anybody gives it parameters.

use crate::{Error, Function, Node, Resource, Template, order::references, pseudo::PSEUDO};

/// Refuses references to nothing, unknown conditions and mappings, and cycles. `template` is expanded.
pub(crate) fn check(template: &Template) -> Result<(), Error> {
    if template.resources.is_empty() {
        return Err(Error::new(
            "at least one resource must be defined in the section `Resources`",
        ));
    }
    for (name, node) in &template.conditions {
        check_node(template, node, Place::Condition).map_err(|error| error.of(name))?;
    }
    for (id, resource) in &template.resources {
        check_resource(template, resource).map_err(|error| error.of(id))?;
    }
    for (name, output) in &template.outputs {
        let nodes = std::iter::once(&output.value).chain(&output.export_name);
        check_condition(template, output.line, output.condition.as_deref())
            .and_then(|()| {
                nodes
                    .into_iter()
                    .try_for_each(|node| check_node(template, node, Place::Value))
            })
            .map_err(|error| error.of(name))?;
    }
    template.creation_order(|_| true).map(|_| ())
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Condition,
    Value,
}

fn check_resource(template: &Template, resource: &Resource) -> Result<(), Error> {
    check_condition(template, resource.line, resource.condition.as_deref())?;
    if let Some(unknown) = resource
        .depends_on
        .iter()
        .find(|id| !template.resources.contains_key(*id))
    {
        return Err(Error::at(
            resource.line,
            format!("DependsOn names `{unknown}`, which is not a resource"),
        ));
    }
    resource
        .properties
        .values()
        .try_for_each(|node| check_node(template, node, Place::Value))
}

fn check_condition(template: &Template, line: usize, name: Option<&str>) -> Result<(), Error> {
    match name.filter(|name| !template.conditions.contains_key(*name)) {
        Some(name) => Err(Error::at(line, format!("there is no condition `{name}`"))),
        None => Ok(()),
    }
}

fn check_node(template: &Template, node: &Node, place: Place) -> Result<(), Error> {
    for (line, name, attribute) in references(node) {
        let is_resource = place == Place::Value && template.resources.contains_key(name);
        let is_other = attribute.is_none() && (template.parameters.contains_key(name) || PSEUDO.contains(&name));
        if !is_resource && !is_other {
            return Err(Error::at(line, unresolved(name, attribute, place)));
        }
    }
    for (line, function) in node.functions() {
        match function {
            Function::If { condition, .. } | Function::Condition(condition) => {
                check_condition(template, line, Some(condition))?;
            }
            Function::FindInMap { map, .. } => {
                if let Some(name) = map.as_text().filter(|name| !template.mappings.contains_key(*name)) {
                    return Err(Error::at(line, format!("there is no mapping `{name}`")));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn unresolved(name: &str, attribute: Option<&str>, place: Place) -> String {
    match (attribute, place) {
        (Some(attribute), _) => format!("`{name}.{attribute}`: there is no resource `{name}`"),
        (None, Place::Condition) => format!("`{name}` is not a parameter, and conditions can only refer to parameters"),
        (None, Place::Value) => format!("`{name}` is neither a parameter nor a resource of this template"),
    }
}
