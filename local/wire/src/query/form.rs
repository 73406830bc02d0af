//! A form as JSON: `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`.
//!
//! The form itself says what is a list (`.member.N`) and what is a map (`.entry.N`). What it cannot say is which texts
//! are numbers, booleans and times, and that an empty text is an empty list; those members are named in `types`.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use windsock_world::ApiError;

use super::types::{is_boolean, is_list, is_number};
use crate::members;

/// Parts that a member's name may have: the deepest of CloudFormation and CloudWatch need about a dozen.
const DEPTH_MAX: usize = 32;

enum Node {
    Text(String),
    Parts(BTreeMap<String, Node>),
}

pub(crate) fn to_json(service: &str, pairs: Vec<(String, String)>) -> Result<Value, ApiError> {
    let mut root = BTreeMap::new();
    for (name, value) in pairs {
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() > DEPTH_MAX || parts.iter().any(|part| part.is_empty()) {
            return Err(malformed(format!("{name:?} is not the name of a member")));
        }
        insert(&mut root, &parts, value).map_err(|()| malformed(format!("{name:?} stands against another member")))?;
    }
    members_of(service, "", root)
}

fn malformed(message: String) -> ApiError {
    ApiError::new(400, "MalformedInput", message)
}

fn insert(node: &mut BTreeMap<String, Node>, parts: &[&str], value: String) -> Result<(), ()> {
    let Some((first, rest)) = parts.split_first() else {
        return Err(());
    };
    if rest.is_empty() {
        return match node.insert((*first).to_owned(), Node::Text(value)) {
            None => Ok(()),
            Some(_) => Err(()),
        };
    }
    match node
        .entry((*first).to_owned())
        .or_insert_with(|| Node::Parts(BTreeMap::new()))
    {
        Node::Parts(inner) => insert(inner, rest, value),
        Node::Text(_) => Err(()),
    }
}

fn members_of(service: &str, parent: &str, parts: BTreeMap<String, Node>) -> Result<Value, ApiError> {
    let mut members = Map::new();
    for (name, node) in parts {
        let value = value_of(service, parent, &name, node)?;
        members.insert(name, value);
    }
    Ok(Value::Object(members))
}

fn value_of(service: &str, parent: &str, name: &str, node: Node) -> Result<Value, ApiError> {
    match node {
        Node::Text(text) => leaf(service, parent, name, text),
        Node::Parts(mut parts) => {
            if let (1, Some(items)) = (parts.len(), take_parts(&mut parts, "member")) {
                let items = in_order(name, items)?.into_iter();
                // Items of a list of texts or numbers keep the list's name; structures are asked by it.
                return items
                    .map(|item| value_of(service, parent, name, item))
                    .collect::<Result<_, _>>()
                    .map(Value::Array);
            }
            if let (1, Some(entries)) = (parts.len(), take_parts(&mut parts, "entry")) {
                return map_of(service, name, entries);
            }
            members_of(service, name, parts)
        }
    }
}

/// The inner parts under a name, if they are parts. Left in place otherwise.
fn take_parts(parts: &mut BTreeMap<String, Node>, name: &str) -> Option<BTreeMap<String, Node>> {
    match parts.remove(name)? {
        Node::Parts(inner) => Some(inner),
        text @ Node::Text(_) => {
            parts.insert(name.to_owned(), text);
            None
        }
    }
}

/// Numbered parts by number: `10` comes after `9`.
fn in_order(name: &str, parts: BTreeMap<String, Node>) -> Result<Vec<Node>, ApiError> {
    let numbered = parts.into_iter().map(|(number, node)| match number.parse::<u32>() {
        Ok(number) => Ok((number, node)),
        Err(_) => Err(malformed(format!(
            "{name} has an item {number:?}, which is not a number"
        ))),
    });
    let numbered: BTreeMap<u32, Node> = numbered.collect::<Result<_, _>>()?;
    Ok(numbered.into_values().collect())
}

/// `entry.N.key` and `entry.N.value`; SNS's message attributes write them `Name` and `Value`.
fn map_of(service: &str, name: &str, entries: BTreeMap<String, Node>) -> Result<Value, ApiError> {
    let mut map = Map::new();
    for entry in in_order(name, entries)? {
        let Node::Parts(mut entry) = entry else {
            return Err(malformed(format!("{name} has an entry without a key")));
        };
        let key = entry.remove("key").or_else(|| entry.remove("Name"));
        let Some(Node::Text(key)) = key else {
            return Err(malformed(format!("{name} has an entry without a key")));
        };
        let value = entry.remove("value").or_else(|| entry.remove("Value"));
        let value = value.unwrap_or_else(|| Node::Text(String::new()));
        map.insert(key, value_of(service, name, "value", value)?);
    }
    Ok(Value::Object(map))
}

fn leaf(service: &str, parent: &str, name: &str, text: String) -> Result<Value, ApiError> {
    if text.is_empty() && is_list(service, name) {
        return Ok(Value::Array(Vec::new()));
    }
    let wrong = |what: &str| {
        ApiError::new(
            400,
            "ValidationException",
            format!("{name} must be {what}, not {text:?}"),
        )
    };
    if is_number(service, parent, name) {
        return number(&text).ok_or_else(|| wrong("a number"));
    }
    if is_boolean(service, name) {
        return text
            .to_ascii_lowercase()
            .parse()
            .map(Value::Bool)
            .map_err(|_| wrong("true or false"));
    }
    if service == "cloudwatch" && members::is_timestamp(name) {
        let seconds = members::seconds(&text).and_then(Number::from_f64);
        return seconds.map(Value::Number).ok_or_else(|| wrong("an ISO 8601 time"));
    }
    Ok(Value::String(text))
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole
        .or_else(|| text.parse().ok().and_then(Number::from_f64))
        .map(Value::Number)
}
