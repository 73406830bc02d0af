//! Whether the input of a call has the members, types, lengths and patterns that the service's model asks for.
//!
//! The tables that say what is asked are in `shapes_*.rs`. An expression of a pipeline definition may stand wherever
//! a value may, when the arguments of a step are checked before the pipeline has run.

use serde_json::{Map, Value};

use super::{
    pattern::Pattern,
    shape::{Member, Shape},
};
use crate::ApiError;

/// Refuse the input of a call that the service's model does not allow.
pub(super) fn input(value: &Value, members: &'static [Member]) -> Result<(), ApiError> {
    let mut check = Check {
        expressions: false,
        found: Vec::new(),
    };
    check.structure("", value, members);
    check.verdict()
}

/// The same for the arguments of a step, in which expressions stand for values. The members named in `given` are
/// supplied by the service when the step runs.
pub(super) fn arguments(value: &Value, members: &'static [Member], given: &[&str]) -> Result<(), ApiError> {
    let mut check = Check {
        expressions: true,
        found: Vec::new(),
    };
    let mut whole = value.as_object().cloned().unwrap_or_default();
    for name in given {
        whole.entry(*name).or_insert_with(placeholder);
    }
    check.structure("", &Value::Object(whole), members);
    check.verdict()
}

fn placeholder() -> Value {
    serde_json::json!({"Get": "Execution.PipelineExecutionId"})
}

/// Whether a value is an expression of the pipeline language rather than a value.
pub(super) fn is_expression(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members.len() == 1 && members.keys().all(|name| name == "Get" || name.starts_with("Std:"))
    })
}

struct Check {
    expressions: bool,
    /// What is wrong, in the service's words.
    found: Vec<String>,
}

impl Check {
    fn verdict(self) -> Result<(), ApiError> {
        let count = self.found.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        Err(ApiError::validation(format!(
            "{count} validation {errors} detected: {}",
            self.found.join("; ")
        )))
    }

    fn refuse(&mut self, path: &str, value: &Value, constraint: &str) {
        let shown = match value {
            Value::String(text) => text.chars().take(200).collect(),
            other => other.to_string().chars().take(200).collect::<String>(),
        };
        self.found.push(format!(
            "Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }

    fn value(&mut self, path: &str, value: &Value, shape: &'static Shape) {
        if self.expressions && is_expression(value) {
            return;
        }
        match (shape, value) {
            (Shape::Text { min, max, pattern }, Value::String(text)) => {
                self.text(path, value, text, (*min, *max), *pattern);
            }
            (Shape::OneOf(names), Value::String(text)) if names.contains(&text.as_str()) => {}
            (Shape::OneOf(names), Value::String(_)) => {
                self.refuse(
                    path,
                    value,
                    &format!("Member must satisfy enum value set: [{}]", names.join(", ")),
                );
            }
            (Shape::Whole { min, max }, Value::Number(number)) => {
                self.whole(path, value, number.as_i64(), (*min, *max))
            }
            (Shape::Number | Shape::Time, Value::Number(_)) | (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Time, Value::String(text)) if text.parse::<jiff::Timestamp>().is_ok() => {}
            (Shape::List { min, max, of }, Value::Array(items)) => {
                self.length(path, value, items.len(), (*min, *max));
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{path}.{}.member", index + 1), item, of);
                }
            }
            (
                Shape::Map {
                    min,
                    max,
                    key,
                    value: of,
                },
                Value::Object(entries),
            ) => {
                self.length(path, value, entries.len(), (*min, *max));
                for (name, item) in entries {
                    self.value(path, &Value::String(name.clone()), key);
                    self.value(&format!("{path}.{name}"), item, of);
                }
            }
            (Shape::Structure(members), Value::Object(_)) => self.structure(path, value, members),
            _ => self.refuse(path, value, &format!("Member must be {}", shape.kind())),
        }
    }

    fn structure(&mut self, path: &str, value: &Value, members: &'static [Member]) {
        let nothing = Map::new();
        let given = match value {
            Value::Object(given) => given,
            Value::Null => &nothing,
            _ => return self.refuse(path, value, "Member must be a structure"),
        };
        let unknown = given
            .keys()
            .filter(|name| members.iter().all(|member| member.name != name.as_str()));
        for name in unknown {
            let known: Vec<_> = members.iter().map(|member| member.name).collect();
            let place = if path.is_empty() {
                "input".to_owned()
            } else {
                format!("'{path}'")
            };
            self.found.push(format!(
                "Unknown parameter in {place}: \"{name}\", must be one of: {}",
                known.join(", ")
            ));
        }
        for member in members {
            let path = join(path, member.name);
            match given.get(member.name).filter(|value| !value.is_null()) {
                Some(value) => self.value(&path, value, &member.shape),
                None if member.required => self.found.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                )),
                None => {}
            }
        }
    }

    fn text(&mut self, path: &str, value: &Value, text: &str, limits: (usize, usize), pattern: Pattern) {
        self.length(path, value, text.chars().count(), limits);
        if !pattern.matches(text) {
            let constraint = format!("Member must satisfy regular expression pattern: {}", pattern.text());
            self.refuse(path, value, &constraint);
        }
    }

    fn whole(&mut self, path: &str, value: &Value, number: Option<i64>, (min, max): (i64, i64)) {
        match number {
            None => self.refuse(path, value, "Member must be a whole number"),
            Some(number) if number < min => {
                self.refuse(
                    path,
                    value,
                    &format!("Member must have value greater than or equal to {min}"),
                );
            }
            Some(number) if number > max => {
                self.refuse(
                    path,
                    value,
                    &format!("Member must have value less than or equal to {max}"),
                );
            }
            Some(_) => {}
        }
    }

    fn length(&mut self, path: &str, value: &Value, length: usize, (min, max): (usize, usize)) {
        if length < min {
            self.refuse(
                path,
                value,
                &format!("Member must have length greater than or equal to {min}"),
            );
        } else if length > max {
            self.refuse(
                path,
                value,
                &format!("Member must have length less than or equal to {max}"),
            );
        }
    }
}

/// `processingResources.clusterConfig`: the service names members with a small first letter.
fn join(path: &str, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let name: String = first.into_iter().chain(letters).collect();
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}
