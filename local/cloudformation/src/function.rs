//! Intrinsic functions: their long form (`Fn::Sub`) and short form (`!Sub`) read into one type.

use indexmap::IndexMap;

use crate::{Error, Kind, Node, Piece, error::listed, sub};

#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    Ref(String),
    GetAtt {
        resource: String,
        attribute: String,
    },
    Sub {
        pieces: Vec<Piece>,
        variables: IndexMap<String, Node>,
    },
    Join {
        separator: String,
        values: Node,
    },
    Select {
        index: Node,
        values: Node,
    },
    Split {
        separator: String,
        value: Node,
    },
    If {
        condition: String,
        then: Node,
        otherwise: Node,
    },
    FindInMap {
        map: Node,
        top: Node,
        second: Node,
    },
    Base64(Node),
    // Only in conditions.
    Equals(Node, Node),
    Not(Node),
    And(Vec<Node>),
    Or(Vec<Node>),
    Condition(String),
}

const KNOWN: [&str; 14] = [
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::If",
    "Fn::FindInMap",
    "Fn::Base64",
    "Fn::Equals",
    "Fn::Not",
    "Fn::And",
    "Fn::Or",
];

/// The long name of a short form's tag, `!Sub` to `Fn::Sub`.
pub(crate) fn long_name(tag: &str) -> String {
    match tag {
        "Ref" | "Condition" => tag.to_owned(),
        other => format!("Fn::{other}"),
    }
}

impl Function {
    /// The values a function is applied to.
    pub(crate) fn arguments(&self) -> Vec<&Node> {
        match self {
            Self::Ref(_) | Self::GetAtt { .. } | Self::Condition(_) => Vec::new(),
            Self::Sub { variables, .. } => variables.values().collect(),
            Self::Join { values: node, .. } | Self::Split { value: node, .. } => vec![node],
            Self::Base64(node) | Self::Not(node) => vec![node],
            Self::Select { index, values } => vec![index, values],
            Self::If { then, otherwise, .. } => vec![then, otherwise],
            Self::FindInMap { map, top, second } => vec![map, top, second],
            Self::Equals(left, right) => vec![left, right],
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().collect(),
        }
    }

    /// Reads `{ name: argument }`. `name` is a long name.
    pub(crate) fn parse(line: usize, name: &str, argument: Node) -> Result<Self, Error> {
        let wrong = |want: &str| Error::at(line, format!("`{name}` takes {want}"));
        Ok(match name {
            "Ref" => Self::Ref(text(argument).ok_or_else(|| wrong("the name of a parameter or resource"))?),
            "Condition" => Self::Condition(text(argument).ok_or_else(|| wrong("the name of a condition"))?),
            "Fn::GetAtt" => get_att(argument).ok_or_else(|| wrong("`Resource.Attribute`"))?,
            "Fn::Sub" => sub::parse(line, argument)?,
            "Fn::Join" => {
                let [separator, values] = list(argument).ok_or_else(|| wrong("[separator, list]"))?;
                Self::Join {
                    separator: text(separator).ok_or_else(|| wrong("a string as its separator"))?,
                    values,
                }
            }
            "Fn::Select" => {
                let [index, values] = list(argument).ok_or_else(|| wrong("[index, list]"))?;
                Self::Select { index, values }
            }
            "Fn::Split" => {
                let [separator, value] = list(argument).ok_or_else(|| wrong("[separator, string]"))?;
                Self::Split {
                    separator: text(separator).ok_or_else(|| wrong("a string as its separator"))?,
                    value,
                }
            }
            "Fn::If" => {
                let [condition, then, otherwise] =
                    list(argument).ok_or_else(|| wrong("[condition name, value if true, value if false]"))?;
                let condition = text(condition).ok_or_else(|| wrong("the name of a condition first"))?;
                Self::If {
                    condition,
                    then,
                    otherwise,
                }
            }
            "Fn::FindInMap" => {
                let [map, top, second] =
                    list(argument).ok_or_else(|| wrong("[mapping, top level key, second level key]"))?;
                Self::FindInMap { map, top, second }
            }
            "Fn::Base64" => Self::Base64(argument),
            "Fn::Equals" => {
                let [left, right] = list(argument).ok_or_else(|| wrong("[value, value]"))?;
                Self::Equals(left, right)
            }
            "Fn::Not" => {
                let [condition] = list(argument).ok_or_else(|| wrong("[condition]"))?;
                Self::Not(as_condition(condition)?)
            }
            "Fn::And" | "Fn::Or" => {
                let conditions = match argument.kind {
                    Kind::List(list) if (2..=10).contains(&list.len()) => list,
                    _ => return Err(wrong("a list of 2 to 10 conditions")),
                };
                let conditions = conditions
                    .into_iter()
                    .map(as_condition)
                    .collect::<Result<Vec<_>, _>>()?;
                if name == "Fn::And" {
                    Self::And(conditions)
                } else {
                    Self::Or(conditions)
                }
            }
            other => {
                let known = listed(KNOWN);
                return Err(Error::at(
                    line,
                    format!("the function `{other}` is not supported; known are {known}"),
                ));
            }
        })
    }
}

/// In conditions, `{ Condition: name }` is a function too; elsewhere it is a member like any other (of a policy).
pub(crate) fn as_condition(node: Node) -> Result<Node, Error> {
    let named = node
        .as_map()
        .filter(|map| map.len() == 1)
        .and_then(|map| map.get("Condition"))
        .cloned();
    match named {
        Some(name) => Ok(Node::function(
            node.line,
            Function::parse(node.line, "Condition", name)?,
        )),
        None => Ok(node),
    }
}

pub(crate) fn text(node: Node) -> Option<String> {
    match node.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn list<const N: usize>(node: Node) -> Option<[Node; N]> {
    match node.kind {
        Kind::List(list) => list.try_into().ok(),
        _ => None,
    }
}

fn get_att(argument: Node) -> Option<Function> {
    let (resource, attribute) = match argument.kind {
        Kind::Text(path) => path
            .split_once('.')
            .map(|(resource, rest)| (resource.to_owned(), rest.to_owned()))?,
        Kind::List(_) => {
            let [resource, attribute] = list(argument)?;
            (text(resource)?, text(attribute)?)
        }
        _ => return None,
    };
    Some(Function::GetAtt { resource, attribute })
}
