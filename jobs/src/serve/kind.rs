//! How records and answers are written: as CSV or as JSON lines, as a request's headers say.

use axum::http::{HeaderMap, HeaderName, header};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Csv,
    /// One JSON value a line.
    JsonLines,
}

impl Kind {
    /// As answers are labelled.
    pub fn content_type(self) -> &'static str {
        match self {
            Kind::Csv => "text/csv",
            Kind::JsonLines => "application/jsonlines",
        }
    }

    fn named(name: &str) -> Option<Kind> {
        let name = name.split(';').next().unwrap_or_default().trim();
        match name.to_ascii_lowercase().as_str() {
            "text/csv" => Some(Kind::Csv),
            "application/jsonlines" | "application/json" => Some(Kind::JsonLines),
            _ => None,
        }
    }
}

/// What is sent; CSV when nothing is said.
pub fn sent(headers: &HeaderMap) -> Result<Kind, String> {
    let Some(name) = text(headers, header::CONTENT_TYPE) else {
        return Ok(Kind::Csv);
    };
    Kind::named(name)
        .ok_or_else(|| format!("Content type `{name}` cannot be read: send text/csv or application/jsonlines"))
}

/// What is wanted; the kind that was sent when nothing or anything is.
pub fn wanted(headers: &HeaderMap, sent: Kind) -> Result<Kind, String> {
    let Some(names) = text(headers, header::ACCEPT) else {
        return Ok(sent);
    };
    let choices = names
        .split(',')
        .map(|name| match name.split(';').next().map(str::trim) {
            Some("*/*" | "") | None => Some(sent),
            Some(name) => Kind::named(name),
        });
    choices
        .flatten()
        .next()
        .ok_or_else(|| format!("`{names}` cannot be answered: accept text/csv or application/jsonlines"))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let value = headers.get(name)?;
    // What is no text is not empty either: it is refused by this name.
    Some(value.to_str().unwrap_or("(unreadable)").trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content: Option<&str>, accept: Option<&str>) -> HeaderMap {
        let given = [(header::CONTENT_TYPE, content), (header::ACCEPT, accept)];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.parse().unwrap())));
        given.collect()
    }

    fn kinds(content: Option<&str>, accept: Option<&str>) -> Result<(Kind, Kind), String> {
        let headers = headers(content, accept);
        let sent = sent(&headers)?;
        Ok((sent, wanted(&headers, sent)?))
    }

    #[test]
    fn answers_are_written_as_asked_for_or_as_the_question_was() {
        use Kind::{Csv, JsonLines};
        assert_eq!(kinds(None, None), Ok((Csv, Csv)));
        assert_eq!(kinds(Some("text/csv; charset=utf-8"), Some("*/*")), Ok((Csv, Csv)));
        assert_eq!(kinds(Some("application/jsonlines"), None), Ok((JsonLines, JsonLines)));
        assert_eq!(kinds(Some("text/csv"), Some("application/json")), Ok((Csv, JsonLines)));
        assert_eq!(
            kinds(Some("application/json"), Some("text/html, text/CSV;q=0.5")),
            Ok((JsonLines, Csv))
        );
    }

    #[test]
    fn what_is_neither_is_named() {
        let refused = kinds(Some("text/libsvm"), None).unwrap_err();
        assert_eq!(
            refused,
            "Content type `text/libsvm` cannot be read: send text/csv or application/jsonlines"
        );
        let refused = kinds(Some("text/csv"), Some("image/png")).unwrap_err();
        assert!(refused.starts_with("`image/png` cannot be answered"), "{refused}");
    }
}
