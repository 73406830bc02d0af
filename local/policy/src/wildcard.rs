//! Texts with `*`, `?` and policy variables, and whether another text is one of those they mean.
//!
//! Between two stars stands a piece that is looked for from the left, once: however many stars a pattern has, no part
//! of a text is tried twice for the same piece. So the work is bounded by the two lengths multiplied, and there is no
//! pattern that makes it explode.

use crate::{Context, Malformed};

/// A text of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    tokens: Vec<Token>,
    /// Whether a variable's value is needed before anything can be compared.
    has_variables: bool,
    /// Compared without regard to case.
    folded: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    /// `?`: one character.
    One,
    /// `*`: any characters, or none.
    Any,
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// How a text is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Whether `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// Whether `${...}` is a variable.
    pub(crate) variables: bool,
    pub(crate) folded: bool,
}

impl Pattern {
    /// A pattern without variables that regards case.
    pub fn plain(text: &str) -> Self {
        let reading = Reading {
            wildcards: true,
            variables: false,
            folded: false,
        };
        Self::of(split(text, reading).unwrap_or_default(), false)
    }

    pub(crate) fn read(text: &str, reading: Reading) -> Result<Self, Malformed> {
        Ok(Self::of(split(text, reading)?, reading.folded))
    }

    fn of(tokens: Vec<Token>, folded: bool) -> Self {
        let has_variables = tokens.iter().any(|token| matches!(token, Token::Variable { .. }));
        Self {
            tokens,
            has_variables,
            folded,
        }
    }

    /// The same text cut at its first `parts - 1` colons, as an ARN is. Colons inside a variable do not count.
    pub(crate) fn cut_at_colons(self, parts: usize) -> Vec<Self> {
        let mut cut = vec![Vec::new()];
        for token in self.tokens {
            let Token::Text(text) = token else {
                cut.last_mut().expect("never empty").push(token);
                continue;
            };
            let room = parts - cut.len();
            for (place, piece) in text.splitn(room + 1, ':').enumerate() {
                if place > 0 {
                    cut.push(Vec::new());
                }
                if !piece.is_empty() {
                    cut.last_mut().expect("never empty").push(Token::Text(piece.to_owned()));
                }
            }
        }
        cut.into_iter().map(|tokens| Self::of(tokens, self.folded)).collect()
    }

    pub(crate) fn is_star(&self) -> bool {
        self.tokens == [Token::Any]
    }

    /// Whether the text is one that this pattern means. A variable that the request has no value for means nothing.
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        if self.folded {
            return self.matches_as_is(&text.to_lowercase(), context);
        }
        self.matches_as_is(text, context)
    }

    /// The same for a text that is in lower case already, where the pattern is.
    pub(crate) fn matches_as_is(&self, text: &str, context: &Context) -> bool {
        if !self.has_variables {
            return tokens_match(&self.tokens, text);
        }
        match self.filled_in(context) {
            Some(tokens) => tokens_match(&tokens, text),
            None => false,
        }
    }

    /// With every variable replaced by its value, in which `*` and `?` are nothing special.
    fn filled_in(&self, context: &Context) -> Option<Vec<Token>> {
        let fill = |token: &Token| match token {
            Token::Variable { key, default } => {
                let value = context.single(key).or_else(|| default.clone().map(Into::into))?;
                let value = if self.folded {
                    value.to_lowercase()
                } else {
                    value.into_owned()
                };
                Some(Token::Text(value))
            }
            other => Some(other.clone()),
        };
        self.tokens.iter().map(fill).collect()
    }
}

fn split(text: &str, reading: Reading) -> Result<Vec<Token>, Malformed> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if reading.variables && rest.starts_with("${") {
            let end = rest.find('}').ok_or_else(|| {
                Malformed::new(format!(
                    "`{text}` begins a policy variable with `${{` and never ends it"
                ))
            })?;
            match &rest[2..end] {
                // The way to write these characters where they would mean something.
                plain @ ("*" | "?" | "$") => literal.push_str(plain),
                name => {
                    end_literal(&mut tokens, &mut literal, reading.folded);
                    tokens.push(variable(text, name)?);
                }
            }
            rest = &rest[end + 1..];
            continue;
        }
        match next {
            '*' | '?' if reading.wildcards => {
                end_literal(&mut tokens, &mut literal, reading.folded);
                let token = if next == '*' { Token::Any } else { Token::One };
                // Two stars mean what one means.
                if !(token == Token::Any && tokens.last() == Some(&Token::Any)) {
                    tokens.push(token);
                }
            }
            _ => literal.push(next),
        }
        rest = &rest[next.len_utf8()..];
    }
    end_literal(&mut tokens, &mut literal, reading.folded);
    Ok(tokens)
}

fn end_literal(tokens: &mut Vec<Token>, literal: &mut String, folded: bool) {
    if !literal.is_empty() {
        let text = std::mem::take(literal);
        tokens.push(Token::Text(if folded { text.to_lowercase() } else { text }));
    }
}

/// `aws:username`, or with a default `aws:username, 'nobody'`.
fn variable(text: &str, inside: &str) -> Result<Token, Malformed> {
    let (key, default) = match inside.split_once(',') {
        None => (inside.trim(), None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|d| d.strip_suffix('\''));
            let default = quoted.ok_or_else(|| {
                Malformed::new(format!(
                    "`{text}` has a variable whose default is not in single quotes: `{inside}`"
                ))
            })?;
            (key.trim(), Some(default.to_owned()))
        }
    };
    if key.is_empty() || !key.contains(':') {
        return Err(Malformed::new(format!(
            "`{text}` has the variable `{inside}`, which is no condition key such as `aws:username`"
        )));
    }
    Ok(Token::Variable {
        key: key.to_owned(),
        default,
    })
}

fn tokens_match(tokens: &[Token], text: &str) -> bool {
    let mut pieces = tokens.split(|token| *token == Token::Any);
    let Some(mut rest) = pieces.next().and_then(|first| strip_start(first, text)) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match find_after(piece, rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    ends_with(last, rest)
}

/// What follows the piece at the text's start.
fn strip_start<'t>(piece: &[Token], text: &'t str) -> Option<&'t str> {
    piece.iter().try_fold(text, |rest, token| match token {
        Token::Text(wanted) => rest.strip_prefix(wanted.as_str()),
        _ => rest.chars().next().map(|skipped| &rest[skipped.len_utf8()..]),
    })
}

/// What follows the piece where it stands first.
fn find_after<'t>(piece: &[Token], text: &'t str) -> Option<&'t str> {
    match piece {
        [] => Some(text),
        [Token::Text(wanted)] => text.find(wanted.as_str()).map(|place| &text[place + wanted.len()..]),
        _ => {
            let mut starts = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            starts.find_map(|place| strip_start(piece, &text[place..]))
        }
    }
}

fn ends_with(piece: &[Token], text: &str) -> bool {
    let rest = piece.iter().rev().try_fold(text, |rest, token| match token {
        Token::Text(wanted) => rest.strip_suffix(wanted.as_str()),
        _ => rest
            .chars()
            .next_back()
            .map(|skipped| &rest[..rest.len() - skipped.len_utf8()]),
    });
    rest.is_some()
}
