//! YAML or JSON text to [`Node`]s. JSON is read by the same parser: every JSON document is a YAML document.

use indexmap::IndexMap;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use saphyr_parser::{Event, Parser};
use serde_json::Number;

use crate::{
    Error, Function, Kind, Node,
    function::{as_condition, long_name},
};

/// A policy in a role in a condition is some fifteen levels deep.
const DEPTH_MAX: usize = 64;

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Node, Error> {
    // What is missing at the end is missing on the last line, not below it.
    let lines = text.split(['\n', '\r']).count();
    check_shape(text, lines)?;
    let mut documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let line = error.marker().line().min(lines);
        Error::at(line, format!("not valid YAML: {}", error.info()))
    })?;
    match (documents.pop(), documents.pop()) {
        (Some(document), None) => node(&document),
        (None, _) => Err(Error::new("the template is empty")),
        (Some(second), Some(_)) => Err(Error::at(
            second.span.start.line(),
            "a template is one YAML document, not two",
        )),
    }
}

/// Before a tree is made of it: what is too deep would overflow the stack, and aliases of aliases any memory.
fn check_shape(text: &str, lines: usize) -> Result<(), Error> {
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            // Whoever makes the tree says what is wrong.
            return Ok(());
        };
        let line = span.start.line().min(lines);
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::Alias(_) => {
                return Err(Error::at(
                    line,
                    "aliases (`*name`) are not supported in templates; write the value out",
                ));
            }
            _ => {}
        }
        if depth > DEPTH_MAX {
            let message = format!("nested too deeply: a template has at most {DEPTH_MAX} levels");
            return Err(Error::at(line, message));
        }
    }
    Ok(())
}

fn node(yaml: &MarkedYaml<'_>) -> Result<Node, Error> {
    let line = yaml.span.start.line();
    let kind = match &yaml.data {
        YamlData::Value(scalar) => scalar_kind(line, scalar)?,
        YamlData::Representation(text, ..) => Kind::Text(text.to_string()),
        YamlData::Sequence(items) => Kind::List(items.iter().map(node).collect::<Result<_, _>>()?),
        YamlData::Mapping(entries) => {
            let mut map = IndexMap::new();
            for (key, value) in entries {
                // A value is said to be where its key is, which is where a reader looks for it.
                map.insert(
                    key_text(key)?,
                    Node {
                        line: key.span.start.line(),
                        ..node(value)?
                    },
                );
            }
            return function_or_map(line, map);
        }
        YamlData::Tagged(tag, value) => {
            if tag.handle != "!" {
                return Err(Error::at(
                    line,
                    format!("the YAML tag `{tag}` means nothing in a template"),
                ));
            }
            return tagged(line, &tag.suffix, value);
        }
        YamlData::Alias(_) | YamlData::BadValue => return Err(Error::at(line, "not a value that a template can hold")),
    };
    Ok(Node::new(line, kind))
}

fn tagged(line: usize, tag: &str, value: &MarkedYaml<'_>) -> Result<Node, Error> {
    let argument = node(value).map_err(|mut error| {
        error.line.get_or_insert(line);
        error
    })?;
    Ok(Node::function(line, Function::parse(line, &long_name(tag), argument)?))
}

fn scalar_kind(line: usize, scalar: &Scalar<'_>) -> Result<Kind, Error> {
    Ok(match scalar {
        Scalar::Null => {
            return Err(Error::at(
                line,
                "null values are not allowed in templates; leave the key out",
            ));
        }
        Scalar::Boolean(value) => Kind::Bool(*value),
        Scalar::Integer(value) => Kind::Number((*value).into()),
        Scalar::FloatingPoint(value) => Kind::Number(
            Number::from_f64(value.into_inner())
                .ok_or_else(|| Error::at(line, "infinity and NaN are not allowed in templates"))?,
        ),
        Scalar::String(text) => Kind::Text(text.to_string()),
    })
}

fn key_text(key: &MarkedYaml<'_>) -> Result<String, Error> {
    match &key.data {
        YamlData::Value(Scalar::String(text)) => Ok(text.to_string()),
        YamlData::Value(Scalar::Integer(number)) => Ok(number.to_string()),
        YamlData::Value(Scalar::Boolean(value)) => Ok(value.to_string()),
        _ => Err(Error::at(key.span.start.line(), "keys must be strings")),
    }
}

/// A mapping with the one key `Ref` or `Fn::...` is a function in its long form.
fn function_or_map(line: usize, mut map: IndexMap<String, Node>) -> Result<Node, Error> {
    let is_function = |key: &str| key == "Ref" || key.starts_with("Fn::");
    if map.len() == 1
        && map.keys().all(|key| is_function(key))
        && let Some((name, argument)) = map.pop()
    {
        return Ok(Node::function(line, Function::parse(line, &name, argument)?));
    }
    if let Some((name, node)) = map.iter().find(|(key, _)| key.starts_with("Fn::")) {
        return Err(Error::at(
            node.line,
            format!("`{name}` must be the only key of its mapping"),
        ));
    }
    Ok(Node::new(line, Kind::Map(map)))
}

/// The Conditions section's values, where `{ Condition: name }` is a function.
pub(crate) fn condition(node: Node) -> Result<Node, Error> {
    let node = as_condition(node)?;
    match &node.kind {
        Kind::Function(function)
            if matches!(
                **function,
                Function::Equals(..) | Function::Not(_) | Function::And(_) | Function::Or(_) | Function::Condition(_)
            ) =>
        {
            Ok(node)
        }
        _ => Err(Error::at(
            node.line,
            "a condition is one of Fn::Equals, Fn::Not, Fn::And, Fn::Or, Condition",
        )),
    }
}
