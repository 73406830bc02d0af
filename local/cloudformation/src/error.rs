//! What is wrong with a template, where, and what would be right.

use std::fmt;

/// One sentence, with the line and the logical id it is about where they are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    pub line: Option<usize>,
    pub logical_id: Option<String>,
    pub message: String,
}

impl Error {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            line: None,
            logical_id: None,
            message: message.into(),
        }
    }

    pub fn at(line: usize, message: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            logical_id: None,
            message: message.into(),
        }
    }

    /// Says which entry (resource, parameter, output, condition) the error is in, unless that is known already.
    #[must_use]
    pub fn of(mut self, logical_id: &str) -> Self {
        self.logical_id.get_or_insert_with(|| logical_id.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line.filter(|line| *line > 0) {
            write!(f, "line {line}: ")?;
        }
        if let Some(logical_id) = &self.logical_id {
            write!(f, "{logical_id}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// `A, B, C`, for messages that say what would be right.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
