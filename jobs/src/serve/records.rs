//! Reads the records of a mini-batch one by one, and says of the first that cannot be read which it is and why.

use csv::StringRecord;
use serde_json::Value;
use windsock_decisions::state::{Column, ColumnKind, Schema};

use super::kind::Kind;
use crate::common::values::{named, quoted};

/// Calls `take` with the fields of every record in the schema's order.
pub fn each(
    kind: Kind,
    schema: &Schema,
    body: &[u8],
    mut take: impl FnMut(&[&str]) -> Result<(), String>,
) -> Result<(), String> {
    match kind {
        Kind::Csv => each_csv(schema, body, &mut take),
        Kind::JsonLines => each_json(schema, body, &mut take),
    }
}

type Take<'t> = dyn FnMut(&[&str]) -> Result<(), String> + 't;

fn each_csv(schema: &Schema, body: &[u8], take: &mut Take) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let (mut record, mut first) = (StringRecord::new(), true);
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<&str> = record.iter().collect();
        take(&fields).map_err(|reason| match first && is_header(schema, &fields) {
            true => format!("Line {line}: {reason} (input must have no header)"),
            false => format!("Line {line}: {reason}"),
        })?;
        first = false;
    }
    Ok(())
}

fn is_header(schema: &Schema, fields: &[&str]) -> bool {
    let numeric = |column: &Column| column.kind == ColumnKind::Numeric;
    schema.features.iter().all(numeric) || schema.features.iter().any(|it| fields.contains(&it.name.as_str()))
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("Line {}: not UTF-8", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => format!("The request cannot be read: {error}"),
    }
}

fn each_json(schema: &Schema, body: &[u8], take: &mut Take) -> Result<(), String> {
    for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let about = |reason: String| format!("Line {}: {reason}", at + 1);
        let value: Value = serde_json::from_slice(line).map_err(|error| about(format!("not JSON ({error})")))?;
        let fields = fields(schema, &value).map_err(about)?;
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        take(&fields).map_err(about)?;
    }
    Ok(())
}

/// A list in the schema's order, alone or as the member `features`, or an object with a member for every feature.
fn fields(schema: &Schema, record: &Value) -> Result<Vec<String>, String> {
    let is_feature = |name: &str| schema.features.iter().any(|column| column.name == name);
    let members = match record {
        Value::Array(values) => return values.iter().map(field).collect(),
        Value::Object(members) => members,
        _ => return Err("neither a list nor an object".into()),
    };
    if let (1, Some(Value::Array(values)), false) = (members.len(), members.get("features"), is_feature("features")) {
        return values.iter().map(field).collect();
    }
    let carried = |name: &String| *name == schema.label || schema.exclude.contains(name);
    let unexpected: Vec<&str> = members
        .keys()
        .filter(|name| !is_feature(name) && !carried(name))
        .map(String::as_str)
        .collect();
    if !unexpected.is_empty() {
        return Err(format!("{} unexpected", named(&unexpected)));
    }
    let value = |column: &Column| match members.get(&column.name) {
        Some(value) => field(value),
        None => Err(format!(
            "{} missing; null stands for what is not known",
            quoted(&column.name)
        )),
    };
    schema.features.iter().map(value).collect()
}

fn field(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(_) | Value::Object(_) => Err("a value is a list or an object".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windsock_decisions::state::FORMAT;

    fn schema() -> Schema {
        let column = |name: &str, kind| Column {
            name: name.into(),
            kind,
        };
        Schema {
            format: FORMAT,
            label: "late".into(),
            exclude: vec!["id".into()],
            features: vec![
                column("temp", ColumnKind::Numeric),
                column("origin", ColumnKind::Categorical),
            ],
            classes: vec![],
        }
    }

    fn read(kind: Kind, body: &str) -> Result<Vec<String>, String> {
        let mut rows = Vec::new();
        let take = |fields: &[&str]| {
            rows.push(fields.join("|"));
            Ok(())
        };
        each(kind, &schema(), body.as_bytes(), take)?;
        Ok(rows)
    }

    #[test]
    fn lists_and_objects_give_fields_in_the_order_of_the_schema() {
        let body = "[1.5, \"JFK\"]\n{\"origin\": \"LGA\", \"temp\": null, \"id\": 7}\r\n\n{\"features\": [2, \"EWR\"]}";
        assert_eq!(read(Kind::JsonLines, body).unwrap(), ["1.5|JFK", "|LGA", "2|EWR"]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let reason = |body: &str| read(Kind::JsonLines, body).unwrap_err();
        assert!(reason("[1, \"a\"]\n{\"temp\": ").starts_with("Line 2: not JSON"));
        assert_eq!(
            reason("{\"temp\": 1}"),
            "Line 1: `origin` missing; null stands for what is not known"
        );
        assert_eq!(
            reason("{\"temp\": 1, \"origin\": \"a\", \"wind\": 2}"),
            "Line 1: `wind` unexpected"
        );
        assert_eq!(reason("\n7"), "Line 2: neither a list nor an object");
        assert_eq!(reason("[[1], \"a\"]"), "Line 1: a value is a list or an object");
    }

    #[test]
    fn a_header_is_recognised_by_its_names() {
        let refuse = |_: &[&str]| Err("refused".to_string());
        let reason = |body: &str| each(Kind::Csv, &schema(), body.as_bytes(), refuse).unwrap_err();
        assert_eq!(
            reason("temp,origin\n1,JFK"),
            "Line 1: refused (input must have no header)"
        );
        assert_eq!(reason("x,JFK"), "Line 1: refused");
    }
}
