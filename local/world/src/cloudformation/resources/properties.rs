//! Reading a resource's resolved properties.

use serde_json::{Map, Value, json};

use crate::ApiError;

/// The properties of one resource. A missing one is said with the type's name.
#[derive(Clone, Copy)]
pub(in crate::cloudformation) struct Properties<'a> {
    kind: &'static str,
    all: &'a Map<String, Value>,
}

impl<'a> Properties<'a> {
    pub(super) fn of(kind: &'static str, all: &'a Map<String, Value>) -> Self {
        Self { kind, all }
    }

    pub(super) fn get(&self, property: &str) -> Option<&'a Value> {
        self.all.get(property)
    }

    pub(super) fn text(&self, property: &str) -> Result<Option<&'a str>, ApiError> {
        let wrong = |value: &Value| format!("{}.{property} must be a string, not {value}", self.kind);
        self.get(property)
            .map(|value| value.as_str().ok_or_else(|| ApiError::validation(wrong(value))))
            .transpose()
    }

    pub(super) fn required(&self, property: &str) -> Result<&'a Value, ApiError> {
        self.get(property)
            .ok_or_else(|| ApiError::validation(format!("{} needs the property {property}", self.kind)))
    }

    pub(super) fn required_text(&self, property: &str) -> Result<&'a str, ApiError> {
        self.required(property)?;
        Ok(self.text(property)?.unwrap_or_default())
    }

    pub(super) fn list(&self, property: &str) -> Result<&'a [Value], ApiError> {
        match self.get(property) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(value) => Err(ApiError::validation(format!(
                "{}.{property} must be a list, not {value}",
                self.kind
            ))),
        }
    }

    pub(super) fn texts(&self, property: &str) -> Result<Vec<&'a str>, ApiError> {
        let wrong = |value: &Value| format!("{}.{property} must hold strings, not {value}", self.kind);
        let text = |value: &'a Value| value.as_str().ok_or_else(|| ApiError::validation(wrong(value)));
        self.list(property)?.iter().map(text).collect()
    }

    /// A JSON document, which APIs take as text.
    pub(super) fn document(&self, property: &str) -> Result<Option<String>, ApiError> {
        Ok(self.get(property).map(as_text))
    }

    /// The properties named, under the same names, as a call's input. What is not set is left out.
    pub(super) fn input(&self, names: &[&str]) -> Map<String, Value> {
        names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.get(name)?.clone())))
            .collect()
    }
}

/// Text as it is; anything else as JSON.
pub(super) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `base` with more members.
pub(super) fn with<'a>(mut base: Map<String, Value>, more: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    base.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    json!(base)
}
