//! A template's values before anything is resolved: JSON with line numbers and intrinsic functions.

use indexmap::IndexMap;
use serde_json::{Map, Number, Value, json};

use crate::{Error, Function, Piece};

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line in the template, or 0 for what a transform added.
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(IndexMap<String, Node>),
    Function(Box<Function>),
}

impl Node {
    pub fn new(line: usize, kind: Kind) -> Self {
        Self { line, kind }
    }

    pub fn text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Kind::Text(text.into()))
    }

    pub fn function(line: usize, function: Function) -> Self {
        Self::new(line, Kind::Function(Box::new(function)))
    }

    pub fn map<'a>(line: usize, entries: impl IntoIterator<Item = (&'a str, Node)>) -> Self {
        Self::new(
            line,
            Kind::Map(entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect()),
        )
    }

    /// A literal without functions.
    pub fn literal(line: usize, value: &Value) -> Self {
        let kind = match value {
            Value::Null => Kind::Text(String::new()),
            Value::Bool(value) => Kind::Bool(*value),
            Value::Number(value) => Kind::Number(value.clone()),
            Value::String(value) => Kind::Text(value.clone()),
            Value::Array(values) => Kind::List(values.iter().map(|value| Self::literal(line, value)).collect()),
            Value::Object(values) => Kind::Map(
                values
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::literal(line, value)))
                    .collect(),
            ),
        };
        Self::new(line, kind)
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&IndexMap<String, Node>> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    pub(crate) fn expect_map(&self, what: &str) -> Result<&IndexMap<String, Node>, Error> {
        self.as_map()
            .ok_or_else(|| Error::at(self.line, format!("{what} must be a mapping, not {}", self.noun())))
    }

    pub(crate) fn expect_list(&self, what: &str) -> Result<&[Node], Error> {
        self.as_list()
            .ok_or_else(|| Error::at(self.line, format!("{what} must be a list, not {}", self.noun())))
    }

    /// A string; numbers and booleans count as their text, as everywhere in CloudFormation.
    pub(crate) fn expect_text(&self, what: &str) -> Result<String, Error> {
        match &self.kind {
            Kind::Text(text) => Ok(text.clone()),
            Kind::Number(number) => Ok(number.to_string()),
            Kind::Bool(value) => Ok(value.to_string()),
            _ => Err(Error::at(
                self.line,
                format!("{what} must be a string, not {}", self.noun()),
            )),
        }
    }

    fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Function(_) => "an intrinsic function",
        }
    }

    /// Every intrinsic function in this value, outermost first, with its line.
    pub fn functions(&self) -> Vec<(usize, &Function)> {
        let mut found = Vec::new();
        self.visit(&mut |line, function| found.push((line, function)));
        found
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(usize, &'a Function)) {
        match &self.kind {
            Kind::List(list) => list.iter().for_each(|node| node.visit(see)),
            Kind::Map(map) => map.values().for_each(|node| node.visit(see)),
            Kind::Function(function) => {
                see(self.line, function);
                function.arguments().into_iter().for_each(|node| node.visit(see));
            }
            Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => {}
        }
    }

    /// JSON with functions in their long form, as CloudFormation stores a template.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Bool(value) => json!(value),
            Kind::Number(value) => Value::Number(value.clone()),
            Kind::Text(text) => json!(text),
            Kind::List(list) => list.iter().map(Node::to_json).collect(),
            Kind::Map(map) => Value::Object(
                map.iter()
                    .map(|(key, node)| (key.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
            Kind::Function(function) => function_json(function),
        }
    }
}

fn function_json(function: &Function) -> Value {
    let all = |nodes: &[Node]| -> Value { nodes.iter().map(Node::to_json).collect() };
    match function {
        Function::Ref(name) => json!({ "Ref": name }),
        Function::GetAtt { resource, attribute } => json!({ "Fn::GetAtt": [resource, attribute] }),
        Function::Sub { pieces, variables } => {
            let text: String = pieces.iter().map(Piece::source).collect();
            if variables.is_empty() {
                return json!({ "Fn::Sub": text });
            }
            let variables: Map<_, _> = variables
                .iter()
                .map(|(key, node)| (key.clone(), node.to_json()))
                .collect();
            json!({ "Fn::Sub": [text, variables] })
        }
        Function::Join { separator, values } => json!({ "Fn::Join": [separator, values.to_json()] }),
        Function::Select { index, values } => json!({ "Fn::Select": [index.to_json(), values.to_json()] }),
        Function::Split { separator, value } => json!({ "Fn::Split": [separator, value.to_json()] }),
        Function::If {
            condition,
            then,
            otherwise,
        } => {
            json!({ "Fn::If": [condition, then.to_json(), otherwise.to_json()] })
        }
        Function::FindInMap { map, top, second } => {
            json!({ "Fn::FindInMap": [map.to_json(), top.to_json(), second.to_json()] })
        }
        Function::Base64(value) => json!({ "Fn::Base64": value.to_json() }),
        Function::Equals(left, right) => json!({ "Fn::Equals": [left.to_json(), right.to_json()] }),
        Function::Not(condition) => json!({ "Fn::Not": [condition.to_json()] }),
        Function::And(conditions) => json!({ "Fn::And": all(conditions) }),
        Function::Or(conditions) => json!({ "Fn::Or": all(conditions) }),
        Function::Condition(name) => json!({ "Condition": name }),
    }
}
