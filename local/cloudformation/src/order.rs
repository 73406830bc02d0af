//! In which order resources are created: each after everything it refers to or depends on.

use std::collections::BTreeSet;

use crate::{Error, Function, Node, Piece, Resource, Template, error::listed};

/// The names a value refers to: resources, parameters and pseudo parameters, with the line and, for `Fn::GetAtt`,
/// the attribute.
pub(crate) fn references(node: &Node) -> Vec<(usize, &str, Option<&str>)> {
    let mut found = Vec::new();
    for (line, function) in node.functions() {
        match function {
            Function::Ref(name) => found.push((line, name.as_str(), None)),
            Function::GetAtt { resource, attribute } => found.push((line, resource.as_str(), Some(attribute.as_str()))),
            Function::Sub { pieces, variables } => {
                for piece in pieces {
                    match piece {
                        Piece::Name(name) if !variables.contains_key(name) => found.push((line, name, None)),
                        Piece::Attribute(resource, attribute) => found.push((line, resource, Some(attribute))),
                        Piece::Name(_) | Piece::Text(_) => {}
                    }
                }
            }
            _ => {}
        }
    }
    found
}

impl Resource {
    /// Other resources (and parameters) that this one needs first.
    fn needs(&self) -> impl Iterator<Item = &str> {
        let references = self.properties.values().flat_map(references).map(|(_, name, _)| name);
        references.chain(self.depends_on.iter().map(String::as_str))
    }
}

impl Template {
    /// Logical ids of the resources for which `wanted` holds, each after all it needs; otherwise as written.
    pub fn creation_order(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
        let mut waiting: Vec<(&str, BTreeSet<&str>)> = self
            .resources
            .iter()
            .filter(|(id, _)| wanted(id))
            .map(|(id, resource)| {
                let needs = resource
                    .needs()
                    .filter(|name| self.resources.contains_key(*name) && wanted(name));
                (id.as_str(), needs.collect())
            })
            .collect();
        let mut order = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let Some(ready) = waiting.iter().position(|(_, needs)| needs.is_empty()) else {
                let cycle = listed(waiting.iter().map(|(id, _)| *id));
                return Err(Error::new(format!("Circular dependency between resources: [{cycle}]")));
            };
            let (id, _) = waiting.remove(ready);
            waiting.iter_mut().for_each(|(_, needs)| {
                needs.remove(id);
            });
            order.push(id.to_owned());
        }
        Ok(order)
    }
}
