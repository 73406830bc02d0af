//! Reading the members of a call, and refusing those that AWS would refuse.

use serde_json::Value;

use crate::ApiError;

/// The members of one call's input.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a> {
    pub(crate) all: &'a Value,
}

impl<'a> Members<'a> {
    pub(crate) fn of(input: &'a Value) -> Self {
        Self { all: input }
    }

    /// Refuse members that the operation does not have.
    pub(crate) fn only(self, known: &[&str]) -> Result<Self, ApiError> {
        let members = self.all.as_object().into_iter().flat_map(|members| members.keys());
        for member in members {
            if !known.contains(&member.as_str()) {
                return Err(ApiError::validation(format!(
                    "Unknown parameter in input: \"{member}\""
                )));
            }
        }
        Ok(self)
    }

    /// A member that is there and not null.
    pub(crate) fn get(&self, member: &str) -> Option<&'a Value> {
        self.all.get(member).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, member: &str) -> Result<Option<&'a str>, ApiError> {
        match self.get(member) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text)),
                None => Err(ApiError::validation(format!("{member} must be a string, not {value}"))),
            },
        }
    }

    pub(crate) fn required(&self, member: &str) -> Result<&'a str, ApiError> {
        self.text(member)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| ApiError::validation(format!("Missing required parameter in input: \"{member}\"")))
    }

    /// A whole number; templates also give numbers as strings.
    pub(crate) fn number(&self, member: &str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let number = match value {
            Value::String(text) => text.parse().ok(),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a fraction was excluded, and AWS's limits are small"
            )]
            Value::Number(number) => number
                .as_i64()
                .or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)),
            _ => None,
        };
        number
            .map(Some)
            .ok_or_else(|| ApiError::validation(format!("{member} must be a whole number, not {value}")))
    }

    pub(crate) fn float(&self, member: &str) -> Result<Option<f64>, ApiError> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let number = match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_f64(),
        };
        number
            .map(Some)
            .ok_or_else(|| ApiError::validation(format!("{member} must be a number, not {value}")))
    }

    pub(crate) fn flag(&self, member: &str) -> Result<Option<bool>, ApiError> {
        match self.get(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
            Some(value) => Err(ApiError::validation(format!(
                "{member} must be true or false, not {value}"
            ))),
        }
    }

    pub(crate) fn list(&self, member: &str) -> Result<&'a [Value], ApiError> {
        match self.get(member) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(value) => Err(ApiError::validation(format!("{member} must be a list, not {value}"))),
        }
    }

    pub(crate) fn texts(&self, member: &str) -> Result<Vec<String>, ApiError> {
        let texts = self.list(member)?.iter().map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| ApiError::validation(format!("{member} must hold strings, not {item}")))
        });
        texts.collect()
    }

    /// A map of text to text.
    pub(crate) fn map(&self, member: &str) -> Result<std::collections::BTreeMap<String, String>, ApiError> {
        let entries = match self.get(member) {
            None => return Ok(std::collections::BTreeMap::new()),
            Some(Value::Object(entries)) => entries,
            Some(value) => return Err(ApiError::validation(format!("{member} must be a map, not {value}"))),
        };
        let entries = entries.iter().map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                other => {
                    return Err(ApiError::validation(format!(
                        "{member}.{name} must be a string, not {other}"
                    )));
                }
            };
            Ok((name.clone(), text))
        });
        entries.collect()
    }
}

pub(crate) fn unknown_operation(service: &str, operation: &str) -> ApiError {
    ApiError::new(
        400,
        "UnknownOperationException",
        format!("{service} has no operation {operation} in this world"),
    )
}

/// A time as AWS's JSON gives it: seconds since 1970 with a fraction.
#[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact for 285,000 years")]
pub(crate) fn seconds(at: crate::Millis) -> f64 {
    at as f64 / 1000.0
}

/// A time in an input: seconds since 1970 as a number, or RFC 3339 text.
pub(crate) fn time_of(value: &Value) -> Option<crate::Millis> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "times are far inside 64 bits")]
        Value::Number(number) => number
            .as_f64()
            .map(|seconds| (seconds * 1000.0).round() as crate::Millis),
        Value::String(text) => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond),
        _ => None,
    }
}

/// `2026-11-22T10:17:40Z`, as in events' `time`.
pub(crate) fn rfc3339(at: crate::Millis) -> String {
    let second = at.div_euclid(1000);
    jiff::Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.to_string())
}
