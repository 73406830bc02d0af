//! What a target gets of an event: all of it, a part, a constant, or a template filled in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{ApiError, input::Members};

#[derive(Debug, Clone)]
pub(super) enum InputOf {
    Event,
    Constant(Value),
    Part(Path),
    Template {
        paths: BTreeMap<String, Path>,
        template: String,
    },
}

/// The steps of a JSON path: `$.detail.object.key`, `$.detail['bucket']`, `$.resources[0]`.
#[derive(Debug, Clone)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Element(usize),
}

impl InputOf {
    pub(super) fn read(target: Members) -> Result<Self, ApiError> {
        let given = [
            target.get("Input"),
            target.get("InputPath"),
            target.get("InputTransformer"),
        ];
        if given.iter().flatten().count() > 1 {
            let message = "Only one of Input, InputPath, or InputTransformer must be provided for target.";
            return Err(ApiError::validation(message));
        }
        if let Some(input) = target.text("Input")? {
            let constant = serde_json::from_str(input)
                .map_err(|error| ApiError::validation(format!("JSON syntax error in Input for target: {error}")))?;
            return Ok(Self::Constant(constant));
        }
        if let Some(path) = target.text("InputPath")? {
            return Path::read(path).map(Self::Part);
        }
        let Some(transformer) = target.get("InputTransformer").map(Members::of) else {
            return Ok(Self::Event);
        };
        let mut paths = BTreeMap::new();
        for (name, path) in transformer.map("InputPathsMap")? {
            paths.insert(name, Path::read(&path)?);
        }
        Ok(Self::Template {
            paths,
            template: transformer.required("InputTemplate")?.into(),
        })
    }

    pub(super) fn apply(&self, event: &Value, rule: &str, rule_arn: &str) -> Result<Value, String> {
        match self {
            Self::Event => Ok(event.clone()),
            Self::Constant(constant) => Ok(constant.clone()),
            Self::Part(path) => path
                .find(event)
                .cloned()
                .ok_or_else(|| "InputPath matches nothing".into()),
            Self::Template { paths, template } => {
                let mut values = BTreeMap::from([
                    ("aws.events.event".to_owned(), event.clone()),
                    ("aws.events.event.json".to_owned(), event.clone()),
                    ("aws.events.event.ingestion-time".to_owned(), event["time"].clone()),
                    ("aws.events.rule-name".to_owned(), json!(rule)),
                    ("aws.events.rule-arn".to_owned(), json!(rule_arn)),
                ]);
                let found = paths
                    .iter()
                    .map(|(name, path)| (name.clone(), path.find(event).cloned()));
                values.extend(found.map(|(name, value)| (name, value.unwrap_or_default())));
                let filled = fill(template, &values);
                serde_json::from_str(&filled).map_err(|error| format!("the input template gives no JSON: {error}"))
            }
        }
    }
}

/// Put values in place of `<name>`: as JSON, or as bare text inside a string.
fn fill(template: &str, values: &BTreeMap<String, Value>) -> String {
    let mut filled = String::with_capacity(template.len());
    let (mut rest, mut in_string) = (template, false);
    while let Some(letter) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
        if let Some((value, after)) = named.and_then(|(name, after)| Some((values.get(name)?, after))) {
            filled.push_str(&if in_string {
                inside_string(value)
            } else {
                value.to_string()
            });
            rest = after;
            continue;
        }
        let taken = match letter {
            // An escaped letter, with its backslash.
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            other => other.len_utf8(),
        };
        in_string ^= letter == '"';
        filled.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    filled
}

fn inside_string(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let quoted = Value::String(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

impl Path {
    fn read(path: &str) -> Result<Self, ApiError> {
        let wrong = || ApiError::validation(format!("{path:?} is no JSON path such as $.detail.object.key"));
        let mut rest = path.strip_prefix('$').ok_or_else(wrong)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(wrong());
                }
                steps.push(Step::Field(after[..end].to_owned()));
                rest = &after[end..];
                continue;
            }
            let (inside, after) = rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
                .ok_or_else(wrong)?;
            let field = inside.strip_prefix('\'').and_then(|inside| inside.strip_suffix('\''));
            steps.push(match field {
                Some(field) => Step::Field(field.to_owned()),
                None => Step::Element(inside.parse().map_err(|_| wrong())?),
            });
            rest = after;
        }
        Ok(Self(steps))
    }

    fn find<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Field(name) => value.get(name.as_str()),
            Step::Element(place) => value.get(*place),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transformed(target: &Value, event: &Value) -> Value {
        let input = InputOf::read(Members::of(target)).expect("a target's input");
        input.apply(event, "my-rule", "arn:rule").expect("an input")
    }

    #[test]
    fn a_target_gets_what_it_asked_for() {
        let event = json!({ "detail": { "object": { "key": "a \"b\".csv", "size": 5 } }, "resources": ["r0"] });
        let paths = json!({ "key": "$.detail.object.key", "size": "$.detail['object'].size", "none": "$.x",
                            "first": "$.resources[0]" });
        let template =
            r#"{"k":<key>,"text":"<key> has <size> of <none><other>","n":<size>,"r":"<aws.events.rule-name>"}"#;
        let rows = [
            (json!({}), event.clone()),
            (json!({ "Input": "{\"a\":1}" }), json!({ "a": 1 })),
            (
                json!({ "InputPath": "$.detail.object" }),
                event["detail"]["object"].clone(),
            ),
            (
                json!({ "InputTransformer": { "InputPathsMap": paths, "InputTemplate": template } }),
                json!({ "k": "a \"b\".csv", "text": "a \"b\".csv has 5 of <other>", "n": 5, "r": "my-rule" }),
            ),
            (
                json!({ "InputTransformer": { "InputPathsMap": paths, "InputTemplate": "\"first: <first>\"" } }),
                json!("first: r0"),
            ),
        ];
        for (target, wanted) in rows {
            assert_eq!(transformed(&target, &event), wanted, "{target}");
        }
    }

    #[test]
    fn a_target_asks_in_one_way_only() {
        let target = json!({ "Input": "{}", "InputPath": "$.detail" });
        assert!(InputOf::read(Members::of(&target)).is_err());
        assert!(InputOf::read(Members::of(&json!({ "InputPath": "detail" }))).is_err());
    }
}
