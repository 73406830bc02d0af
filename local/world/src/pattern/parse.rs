//! Reading patterns, strictly: what EventBridge would refuse, and what we do not know, is refused.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::{Comparison, Condition, Excluded, Field, NUMERIC_MAX, Node, text::TextTest};

const OR: &str = "$or";

pub(super) fn pattern(pattern: &Value) -> Result<Node, String> {
    let fields = pattern.as_object().ok_or("the pattern must be an object")?;
    node(fields)
}

fn node(fields: &Map<String, Value>) -> Result<Node, String> {
    if fields.is_empty() {
        return Err("empty objects are not allowed".into());
    }
    let mut node = Node::default();
    for (name, value) in fields {
        if name == OR {
            node.alternatives.push(alternatives(value)?);
            continue;
        }
        let field = match value {
            Value::Object(fields) => Field::Object(self::node(fields)?),
            Value::Array(conditions) if !conditions.is_empty() => {
                Field::Leaf(conditions.iter().map(condition).collect::<Result<_, _>>()?)
            }
            Value::Array(_) => return Err(format!("empty arrays are not allowed: {name}")),
            _ => return Err(format!("{name:?} must be an object or an array, not {value}")),
        };
        node.fields.push((name.clone(), field));
    }
    Ok(node)
}

fn alternatives(value: &Value) -> Result<Vec<Node>, String> {
    let list = value
        .as_array()
        .filter(|list| list.len() >= 2)
        .ok_or("$or needs at least two patterns")?;
    list.iter().map(pattern).collect()
}

fn condition(value: &Value) -> Result<Condition, String> {
    let Value::Object(operator) = value else {
        return match value {
            Value::Array(_) => Err("an array inside an array of conditions".into()),
            literal => Ok(Condition::Literal(literal.clone())),
        };
    };
    let mut entries = operator.iter();
    let (Some((name, argument)), None) = (entries.next(), entries.next()) else {
        return Err(format!("a condition has exactly one operator: {value}"));
    };
    match name.as_str() {
        "anything-but" => anything_but(argument).map(Condition::AnythingBut),
        "numeric" => numeric(argument).map(Condition::Numeric),
        "exists" => argument
            .as_bool()
            .map(Condition::Exists)
            .ok_or_else(|| "exists must be true or false".into()),
        "cidr" => cidr(argument),
        _ => text_test(name, argument).map(Condition::Text),
    }
}

fn text_test(name: &str, argument: &Value) -> Result<TextTest, String> {
    let text = || match argument.as_str() {
        Some(text) if text.is_empty() && name != "equals-ignore-case" => Err(format!("{name} must not be empty")),
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("{name} must be a string, not {argument}")),
    };
    match name {
        "prefix" if argument.is_object() => Ok(TextTest::PrefixIgnoreCase(ignoring_case(name, argument)?)),
        "suffix" if argument.is_object() => Ok(TextTest::SuffixIgnoreCase(ignoring_case(name, argument)?)),
        "prefix" => Ok(TextTest::Prefix(text()?)),
        "suffix" => Ok(TextTest::Suffix(text()?)),
        "equals-ignore-case" => Ok(TextTest::EqualsIgnoreCase(text()?)),
        "wildcard" => TextTest::wildcard(&text()?),
        unknown => Err(format!("Unrecognized match type {unknown}")),
    }
}

/// `{"prefix": {"equals-ignore-case": "x"}}`
fn ignoring_case(name: &str, argument: &Value) -> Result<String, String> {
    let inner = argument.as_object().filter(|inner| inner.len() == 1);
    let text = inner
        .and_then(|inner| inner.get("equals-ignore-case"))
        .and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("{name} takes a string or {{\"equals-ignore-case\": string}}"))
}

fn anything_but(argument: &Value) -> Result<Vec<Excluded>, String> {
    match argument {
        Value::String(_) | Value::Number(_) => Ok(vec![Excluded::Literal(argument.clone())]),
        Value::Array(list) => {
            let all_texts = list.iter().all(Value::is_string);
            let all_numbers = list.iter().all(Value::is_number);
            if list.is_empty() || !(all_texts || all_numbers) {
                return Err("anything-but takes a list of strings or a list of numbers".into());
            }
            Ok(list.iter().cloned().map(Excluded::Literal).collect())
        }
        Value::Object(operator) => {
            let mut entries = operator.iter();
            let (Some((name, argument)), None) = (entries.next(), entries.next()) else {
                return Err("anything-but takes exactly one operator".into());
            };
            let arguments = match argument {
                Value::Array(list) if !list.is_empty() => list.as_slice(),
                other => std::slice::from_ref(other),
            };
            arguments
                .iter()
                .map(|argument| text_test(name, argument).map(Excluded::Text))
                .collect()
        }
        _ => Err(format!("anything-but cannot exclude {argument}")),
    }
}

fn numeric(argument: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let list = argument.as_array().filter(|list| list.len() == 2 || list.len() == 4);
    let list = list.ok_or("numeric takes one or two comparisons, such as [\">\", 0, \"<=\", 5]")?;
    let bounds = list.chunks_exact(2).map(|pair| {
        let comparison = match pair[0].as_str() {
            Some("=") => Comparison::Equal,
            Some("<") => Comparison::Less,
            Some("<=") => Comparison::AtMost,
            Some(">") => Comparison::Greater,
            Some(">=") => Comparison::AtLeast,
            _ => return Err(format!("Unrecognized numeric range operator {}", pair[0])),
        };
        let bound = pair[1].as_f64().filter(|bound| bound.abs() <= NUMERIC_MAX);
        let bound = bound.ok_or_else(|| format!("numeric bounds lie between -5.0e9 and 5.0e9, not {}", pair[1]))?;
        Ok((comparison, bound))
    });
    let bounds = bounds.collect::<Result<Vec<_>, String>>()?;
    if let [(lower, from), (upper, to)] = bounds[..] {
        let ordered = matches!(lower, Comparison::Greater | Comparison::AtLeast)
            && matches!(upper, Comparison::Less | Comparison::AtMost)
            && from < to;
        if !ordered {
            return Err(format!(
                "numeric range {argument} must go from a lower to a higher bound"
            ));
        }
    }
    Ok(bounds)
}

fn cidr(argument: &Value) -> Result<Condition, String> {
    let wrong = || format!("cidr takes a network such as \"10.0.0.0/24\", not {argument}");
    let (network, bits) = argument
        .as_str()
        .and_then(|text| text.split_once('/'))
        .ok_or_else(wrong)?;
    let network: IpAddr = network.parse().map_err(|_| wrong())?;
    let bits_max = if network.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse().ok().filter(|bits| *bits <= bits_max).ok_or_else(wrong)?;
    Ok(Condition::Cidr { network, bits })
}
