//! Reading members of a JSON document, with errors that name the member and what would be right.

use serde_json::Value;
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    #[error("it is not JSON: {0}")]
    NotJson(String),
    #[error("member `{member}` must be {wanted}, it is {found}")]
    Member {
        member: String,
        wanted: &'static str,
        found: String,
    },
    #[error("the detail of fact `{name}` does not read: {why}")]
    Fact { name: String, why: String },
}

/// A place in a document. Paths are as a person would write them: `detail.object.key`.
#[derive(Debug, Clone)]
pub(crate) struct Members<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Members<'a> {
    /// The document itself, which must be an object.
    pub fn of(value: &'a Value) -> Result<Self, EventError> {
        let members = Self {
            value,
            path: String::new(),
        };
        members.checked("an object", value, value.is_object())
    }

    pub fn object(&self, name: &str) -> Result<Self, EventError> {
        let inner = self.member(name);
        inner.checked("an object", inner.value, inner.value.is_object())
    }

    pub fn text(&self, name: &str) -> Result<String, EventError> {
        let inner = self.member(name);
        let wanted = "a string";
        inner
            .value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| inner.error(wanted))
    }

    /// A string that says something.
    pub fn name(&self, name: &str) -> Result<String, EventError> {
        let text = self.text(name)?;
        let inner = self.member(name);
        if text.is_empty() {
            Err(inner.error("a string that is not empty"))
        } else {
            Ok(text)
        }
    }

    /// Absent and null are both None.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, EventError> {
        match self.member(name).value {
            Value::Null => Ok(None),
            _ => self.text(name).map(Some),
        }
    }

    pub fn count(&self, name: &str) -> Result<u64, EventError> {
        let inner = self.member(name);
        inner
            .value
            .as_u64()
            .ok_or_else(|| inner.error("a whole number, not negative"))
    }

    /// The strings of a list; absent is empty, and what is not a string is left out.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, EventError> {
        let inner = self.member(name);
        match inner.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()),
            _ => Err(inner.error("a list of strings")),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        !self.member(name).value.is_null()
    }

    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Whatever is there, null when nothing is.
    pub fn any(&self, name: &str) -> &'a Value {
        self.value.get(name).unwrap_or(&Value::Null)
    }

    pub fn error_at(&self, name: &str, wanted: &'static str) -> EventError {
        self.member(name).error(wanted)
    }

    fn member(&self, name: &str) -> Self {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            value: self.any(name),
            path,
        }
    }

    fn checked(&self, wanted: &'static str, value: &'a Value, holds: bool) -> Result<Self, EventError> {
        if !holds {
            return Err(self.error(wanted));
        }
        Ok(Self {
            value,
            path: self.path.clone(),
        })
    }

    fn error(&self, wanted: &'static str) -> EventError {
        let member = if self.path.is_empty() {
            "(the event)".to_owned()
        } else {
            self.path.clone()
        };
        EventError::Member {
            member,
            wanted,
            found: kind(self.value),
        }
    }
}

/// What something is, without saying what it holds: an event may carry what no log should.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
