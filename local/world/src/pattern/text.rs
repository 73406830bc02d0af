//! Tests on text: beginnings, ends, wildcards, and equality that does not mind case.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TextTest {
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    /// The literal pieces between the asterisks.
    Wildcard(Vec<String>),
}

impl TextTest {
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::PrefixIgnoreCase(prefix) => text.to_lowercase().starts_with(&prefix.to_lowercase()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::SuffixIgnoreCase(suffix) => text.to_lowercase().ends_with(&suffix.to_lowercase()),
            Self::EqualsIgnoreCase(other) => text.to_lowercase() == other.to_lowercase(),
            Self::Wildcard(pieces) => wildcard(pieces, text),
        }
    }

    /// Read `a*b`, in which `\*` and `\\` stand for themselves.
    pub(super) fn wildcard(pattern: &str) -> Result<Self, String> {
        let mut pieces = vec![String::new()];
        let mut letters = pattern.chars();
        let mut after_asterisk = false;
        while let Some(letter) = letters.next() {
            if letter == '*' {
                if after_asterisk {
                    return Err(format!("wildcard {pattern:?} has consecutive wildcard characters"));
                }
                pieces.push(String::new());
                after_asterisk = true;
                continue;
            }
            after_asterisk = false;
            let literal = match letter {
                '\\' => match letters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err(format!("wildcard {pattern:?} has an invalid escape character")),
                },
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        Ok(Self::Wildcard(pieces))
    }
}

/// The first piece begins the text, the last ends it, and the others follow each other in between: taking each as
/// early as possible never loses a match.
fn wildcard(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        let Some(place) = rest.find(piece.as_str()) else {
            return false;
        };
        rest = &rest[place + piece.len()..];
    }
    rest.ends_with(last.as_str())
}
