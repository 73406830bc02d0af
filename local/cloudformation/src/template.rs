//! A template's sections, typed.

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    Error, Node, Parameter, ServerlessFunction, check,
    error::listed,
    serverless,
    yaml::{self, condition},
};

/// A template as it was written. [`Template::expanded`] is what CloudFormation creates from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub description: Option<String>,
    pub transform: Vec<String>,
    pub parameters: IndexMap<String, Parameter>,
    /// Map name, top level key, second level key.
    pub mappings: IndexMap<String, IndexMap<String, IndexMap<String, Value>>>,
    pub conditions: IndexMap<String, Node>,
    pub resources: IndexMap<String, Resource>,
    pub outputs: IndexMap<String, Output>,
    pub metadata: Option<Node>,
    /// SAM's defaults, by kind (`Function`).
    pub globals: IndexMap<String, Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Where its logical id is, or 0 for what a transform added.
    pub line: usize,
    pub kind: String,
    pub properties: IndexMap<String, Node>,
    pub condition: Option<String>,
    pub depends_on: Vec<String>,
    pub deletion_policy: DeletionPolicy,
    pub metadata: Option<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletionPolicy {
    #[default]
    Delete,
    Retain,
    /// Kept when the stack is deleted, but not when creating the stack fails.
    RetainExceptOnCreate,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub line: usize,
    pub description: Option<String>,
    pub value: Node,
    pub export_name: Option<Node>,
    pub condition: Option<String>,
}

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Transform",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
    "Rules",
];

impl Template {
    /// Reads YAML or JSON and refuses what could not be created: unknown sections and functions, references to
    /// nothing, cycles.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let template = Self::sections(&yaml::parse(text)?)?;
        check::check(&template.expanded()?)?;
        Ok(template)
    }

    /// The same template with the Serverless transform applied, if it asks for it.
    pub fn expanded(&self) -> Result<Self, Error> {
        if self.transform.is_empty() {
            Ok(self.clone())
        } else {
            serverless::expand(self)
        }
    }

    /// The AWS::Serverless::Function resources, with Globals merged in.
    pub fn functions(&self) -> Result<Vec<ServerlessFunction>, Error> {
        serverless::functions(self)
    }

    fn sections(document: &Node) -> Result<Self, Error> {
        let sections = document.expect_map("a template")?;
        known(sections, "a template", &SECTIONS)?;
        if let Some(rules) = sections.get("Rules") {
            return Err(Error::at(rules.line, "the section `Rules` is not supported"));
        }
        let section = |name: &str| -> Result<IndexMap<String, Node>, Error> {
            sections
                .get(name)
                .map_or(Ok(IndexMap::new()), |node| node.expect_map(name).cloned())
        };
        let each = |name: &str| section(name).map(IndexMap::into_iter);
        Ok(Self {
            description: sections
                .get("Description")
                .map(|node| node.expect_text("Description"))
                .transpose()?,
            transform: transform(sections.get("Transform"))?,
            parameters: each("Parameters")?
                .map(|(name, node)| Ok((name.clone(), Parameter::parse(&node).map_err(|e| e.of(&name))?)))
                .collect::<Result<_, Error>>()?,
            mappings: each("Mappings")?
                .map(|(name, node)| Ok((name.clone(), mapping(&node).map_err(|e| e.of(&name))?)))
                .collect::<Result<_, Error>>()?,
            conditions: each("Conditions")?
                .map(|(name, node)| Ok((name.clone(), condition(node).map_err(|e| e.of(&name))?)))
                .collect::<Result<_, Error>>()?,
            resources: each("Resources")?
                .map(|(name, node)| Ok((name.clone(), Resource::parse(&name, &node).map_err(|e| e.of(&name))?)))
                .collect::<Result<_, Error>>()?,
            outputs: each("Outputs")?
                .map(|(name, node)| Ok((name.clone(), Output::parse(&node).map_err(|e| e.of(&name))?)))
                .collect::<Result<_, Error>>()?,
            metadata: sections.get("Metadata").cloned(),
            globals: section("Globals")?,
        })
    }
}

impl Resource {
    fn parse(logical_id: &str, node: &Node) -> Result<Self, Error> {
        let members = node.expect_map("a resource")?;
        if logical_id.is_empty() || !logical_id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(Error::at(node.line, "a logical id is letters and digits only"));
        }
        let allowed = [
            "Type",
            "Properties",
            "Condition",
            "DependsOn",
            "DeletionPolicy",
            "UpdateReplacePolicy",
            "Metadata",
        ];
        known(members, "a resource", &allowed)?;
        let kind = members
            .get("Type")
            .ok_or_else(|| Error::at(node.line, "a resource needs a `Type`"))?;
        let depends_on = match members.get("DependsOn") {
            None => Vec::new(),
            Some(node) => match node.as_list() {
                Some(list) => list
                    .iter()
                    .map(|node| node.expect_text("DependsOn"))
                    .collect::<Result<_, _>>()?,
                None => vec![node.expect_text("DependsOn")?],
            },
        };
        Ok(Self {
            line: node.line,
            kind: kind.expect_text("Type")?,
            properties: match members.get("Properties") {
                Some(node) => node.expect_map("Properties")?.clone(),
                None => IndexMap::new(),
            },
            condition: members
                .get("Condition")
                .map(|node| node.expect_text("Condition"))
                .transpose()?,
            depends_on,
            deletion_policy: deletion_policy(members.get("DeletionPolicy"))?,
            metadata: members.get("Metadata").cloned(),
        })
    }
}

fn deletion_policy(node: Option<&Node>) -> Result<DeletionPolicy, Error> {
    let Some(node) = node else {
        return Ok(DeletionPolicy::Delete);
    };
    match node.expect_text("DeletionPolicy")?.as_str() {
        "Delete" => Ok(DeletionPolicy::Delete),
        "Retain" => Ok(DeletionPolicy::Retain),
        "RetainExceptOnCreate" => Ok(DeletionPolicy::RetainExceptOnCreate),
        other => {
            let message =
                format!("DeletionPolicy `{other}` is not supported; Delete, Retain, RetainExceptOnCreate are");
            Err(Error::at(node.line, message))
        }
    }
}

impl Output {
    fn parse(node: &Node) -> Result<Self, Error> {
        let members = node.expect_map("an output")?;
        known(members, "an output", &["Description", "Value", "Export", "Condition"])?;
        Ok(Self {
            line: node.line,
            description: members
                .get("Description")
                .map(|node| node.expect_text("Description"))
                .transpose()?,
            value: members
                .get("Value")
                .ok_or_else(|| Error::at(node.line, "an output needs a `Value`"))?
                .clone(),
            export_name: members.get("Export").and_then(|export| export.get("Name")).cloned(),
            condition: members
                .get("Condition")
                .map(|node| node.expect_text("Condition"))
                .transpose()?,
        })
    }
}

fn transform(node: Option<&Node>) -> Result<Vec<String>, Error> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let names = match node.as_list() {
        Some(list) => list
            .iter()
            .map(|node| node.expect_text("Transform"))
            .collect::<Result<Vec<_>, _>>()?,
        None => vec![node.expect_text("Transform")?],
    };
    match names.iter().find(|name| *name != serverless::TRANSFORM) {
        Some(other) => Err(Error::at(
            node.line,
            format!("the transform `{other}` is not supported; {} is", serverless::TRANSFORM),
        )),
        None => Ok(names),
    }
}

fn mapping(node: &Node) -> Result<IndexMap<String, IndexMap<String, Value>>, Error> {
    let second = |node: &Node| -> Result<IndexMap<String, Value>, Error> {
        let entries = node.expect_map("a mapping's top level key")?;
        Ok(entries
            .iter()
            .map(|(key, node)| (key.clone(), node.to_json()))
            .collect())
    };
    node.expect_map("a mapping")?
        .iter()
        .map(|(key, node)| Ok((key.clone(), second(node)?)))
        .collect()
}

/// Refuses members that `what` does not have.
pub(crate) fn known(members: &IndexMap<String, Node>, what: &str, allowed: &[&str]) -> Result<(), Error> {
    match members.iter().find(|(key, _)| !allowed.contains(&key.as_str())) {
        Some((key, node)) => {
            let allowed = listed(allowed.iter().copied());
            Err(Error::at(
                node.line,
                format!("{what} has no member `{key}`; it may have {allowed}"),
            ))
        }
        None => Ok(()),
    }
}
