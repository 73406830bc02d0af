//! What is wrong with a template, where, and what would be right.

use std::fmt;

/// Of a message or a name; the longest message that lists what would be right has fewer.
const SHOWN_CHARS_MAX: usize = 800;

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
            write_plain(f, logical_id)?;
            f.write_str(": ")?;
        }
        write_plain(f, &self.message)
    }
}

/// What a template says may be anything; a message is one line, not endless, and can be shown in a terminal.
fn write_plain(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars().take(SHOWN_CHARS_MAX) {
        match c {
            c if c.is_control() => write!(f, "{}", c.escape_default())?,
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

/// `A, B, C`, for messages that say what would be right.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_whatever_the_template_says() {
        let error = Error::at(3, "there is no `a\n\u{1b}[31mé`").of("Q\r");
        assert_eq!(error.to_string(), "line 3: Q\\r: there is no `a\\n\\u{1b}[31mé`");
    }
}
