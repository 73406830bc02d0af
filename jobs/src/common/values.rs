//! What a field of a CSV file says when a number is expected.

use windsock_decisions::state::{Column, ColumnKind};

/// A field read as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Empty, `NA` or `NaN`: nobody knows.
    Missing,
    Finite(f64),
    /// An infinity, or a number too large for a double: nothing can be learned from it or said about it.
    Infinite,
    /// Not a number.
    Text,
}

pub fn number(field: &str) -> Number {
    let field = field.trim();
    if is_missing(field) {
        return Number::Missing;
    }
    match field.parse::<f64>() {
        Ok(value) if value.is_finite() => Number::Finite(value),
        Ok(value) if value.is_nan() => Number::Missing,
        Ok(_) => Number::Infinite,
        Err(_) => Number::Text,
    }
}

/// Whether a trimmed field of a column of numbers is a way to write nothing.
fn is_missing(field: &str) -> bool {
    field.is_empty() || field == "NA" || field.eq_ignore_ascii_case("nan")
}

/// A field as the model sees it: numbers are trimmed, and a missing one is empty, however it was written.
pub fn usable<'r>(column: &Column, field: &'r str) -> Result<&'r str, String> {
    match column.kind {
        ColumnKind::Categorical if breaks_the_line(field) => Err(format!(
            "{} holds a line break, which a batch transform cannot carry",
            quoted(&column.name)
        )),
        ColumnKind::Categorical => Ok(field),
        ColumnKind::Numeric => match number(field) {
            Number::Missing => Ok(""),
            Number::Finite(_) => Ok(field.trim()),
            Number::Infinite => Err(format!("{} is not finite", quoted(&column.name))),
            Number::Text => Err(format!("{} is not a number", quoted(&column.name))),
        },
    }
}

/// A batch transform splits its input at line ends, quoted or not, so no field may hold one.
pub fn breaks_the_line(field: &str) -> bool {
    field.contains(['\n', '\r'])
}

/// A field as a sentence may quote it: short, on one line.
pub fn quoted(field: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    let mut text: String = field
        .chars()
        .take(CHARACTERS_MAX)
        .map(|c| if c.is_control() || c == '`' { ' ' } else { c })
        .collect();
    if field.chars().nth(CHARACTERS_MAX).is_some() {
        text.push_str("...");
    }
    format!("`{text}`")
}

/// Names in a sentence: the first few of them, and how many more there are.
pub fn named(names: &[&str]) -> String {
    const NAMES_MAX: usize = 5;
    let listed: Vec<String> = names.iter().take(NAMES_MAX).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbers_missing_or_text() {
        let cases = [
            ("3", Number::Finite(3.0)),
            (" -3.5e2 ", Number::Finite(-350.0)),
            ("+.5", Number::Finite(0.5)),
            ("", Number::Missing),
            ("  ", Number::Missing),
            ("NA", Number::Missing),
            ("NaN", Number::Missing),
            ("nan", Number::Missing),
            ("inf", Number::Infinite),
            ("-Infinity", Number::Infinite),
            ("1e309", Number::Infinite),
            ("1,5", Number::Text),
            ("0x10", Number::Text),
            ("١٢٣", Number::Text),
            ("na", Number::Text),
            ("=1+1", Number::Text),
        ];
        for (field, expected) in cases {
            assert_eq!(number(field), expected, "{field}");
        }
    }

    #[test]
    fn quoting_keeps_sentences_on_one_line() {
        assert_eq!(quoted("a\nb`c"), "`a b c`");
        assert_eq!(
            named(&["a", "b", "c", "d", "e", "f", "g"]),
            "`a`, `b`, `c`, `d`, `e` and 2 more"
        );
    }
}
