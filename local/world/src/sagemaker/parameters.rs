//! The parameters of a pipeline: what the definition declares, what a start gives, what a step sees.

use std::collections::BTreeMap;

use serde_json::{Number, Value, json};

use super::{
    definition_members::{list, only},
    pattern::Pattern,
};
use crate::ApiError;

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    kind: Kind,
    default: Option<Value>,
    allowed: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Integer,
    Float,
    Boolean,
}

impl Kind {
    /// The value that a text stands for: parameters are always given as text.
    fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::String => Some(json!(text)),
            Self::Integer => text.parse::<i64>().ok().map(Value::from),
            Self::Float => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
            Self::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" => Some(json!(true)),
                "false" => Some(json!(false)),
                _ => None,
            },
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Integer => value.is_i64(),
            Self::Float => value.is_number(),
            Self::Boolean => value.is_boolean(),
        }
    }
}

impl Parameter {
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let members = value
            .as_object()
            .ok_or_else(|| format!("a parameter is no JSON object: {value}"))?;
        let name = value["Name"].as_str().ok_or("a parameter has no Name")?.to_owned();
        if !(1..=64).contains(&name.len()) || !Pattern::StepName.matches(&name) {
            return Err(format!("parameter '{name}' must have 1 to 64 letters, digits, - and _"));
        }
        only(
            &format!("parameter '{name}'"),
            members.keys(),
            &["Name", "Type", "DefaultValue", "EnumValues"],
        )?;
        let kind = match value["Type"].as_str() {
            Some("String") => Kind::String,
            Some("Integer") => Kind::Integer,
            Some("Float") => Kind::Float,
            Some("Boolean") => Kind::Boolean,
            _ => return Err(format!("parameter '{name}' has the unknown Type {}", value["Type"])),
        };
        let default = members.get("DefaultValue").filter(|value| !value.is_null()).cloned();
        if let Some(default) = default.as_ref().filter(|default| !kind.fits(default)) {
            return Err(format!(
                "the DefaultValue {default} of parameter '{name}' is no {kind:?}"
            ));
        }
        let allowed = list(value, "EnumValues", &name)?.to_vec();
        Ok(Self {
            name,
            kind,
            default,
            allowed,
        })
    }

    fn value(&self, given: Option<&String>) -> Result<Value, ApiError> {
        let name = &self.name;
        let value = match given {
            Some(text) => self.kind.value(text).ok_or_else(|| {
                ApiError::validation(format!(
                    "The value '{text}' of parameter [{name}] is no {:?}",
                    self.kind
                ))
            })?,
            None => self.default.clone().ok_or_else(|| {
                ApiError::validation(format!("Parameter [{name}] has no default value and was not given"))
            })?,
        };
        if !self.allowed.is_empty() && !self.allowed.contains(&value) {
            let allowed: Vec<_> = self.allowed.iter().map(ToString::to_string).collect();
            let message = format!(
                "The value {value} of parameter [{name}] is none of {}",
                allowed.join(", ")
            );
            return Err(ApiError::validation(message));
        }
        Ok(value)
    }
}

/// The values that a start gave, by name.
pub(super) fn given(input: &Value) -> Result<BTreeMap<String, String>, ApiError> {
    let mut given = BTreeMap::new();
    for parameter in input["PipelineParameters"].as_array().into_iter().flatten() {
        let text = |member: &str| parameter[member].as_str().unwrap_or_default().to_owned();
        let name = text("Name");
        if given.insert(name.clone(), text("Value")).is_some() {
            return Err(ApiError::validation(format!("Parameter [{name}] is given twice")));
        }
    }
    Ok(given)
}

/// What each declared parameter is worth in an execution. A name that the definition does not declare is refused.
pub(super) fn values(
    declared: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, ApiError> {
    let unknown: Vec<_> = given
        .keys()
        .filter(|name| declared.iter().all(|parameter| parameter.name != **name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "Unknown parameters [{}]: the pipeline definition has none of that name",
            unknown.join(", ")
        );
        return Err(ApiError::validation(message));
    }
    declared
        .iter()
        .map(|parameter| Ok((parameter.name.clone(), parameter.value(given.get(&parameter.name))?)))
        .collect()
}
