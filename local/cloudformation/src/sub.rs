//! `Fn::Sub` strings, taken apart.

use indexmap::IndexMap;

use crate::{
    Error, Function, Kind, Node,
    function::{list, text},
};

/// A part of a `Fn::Sub` string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `${Name}`: a variable of the Sub, a parameter, a pseudo parameter or a resource.
    Name(String),
    /// `${Resource.Attribute}`.
    Attribute(String, String),
}

/// Reads a string, or a string with variables of its own.
pub(crate) fn parse(line: usize, argument: Node) -> Result<Function, Error> {
    let wrong = || Error::at(line, "`Fn::Sub` takes a string, or [string, mapping of variables]");
    let (template, variables) = match argument.kind {
        Kind::Text(template) => (template, IndexMap::new()),
        Kind::List(_) => {
            let [template, variables] = list(argument).ok_or_else(wrong)?;
            match variables.kind {
                Kind::Map(variables) => (text(template).ok_or_else(wrong)?, variables),
                _ => return Err(wrong()),
            }
        }
        _ => return Err(wrong()),
    };
    Ok(Function::Sub {
        pieces: pieces(line, &template)?,
        variables,
    })
}

/// Takes `a ${B} ${C.Arn} ${!literal}` apart.
fn pieces(line: usize, template: &str) -> Result<Vec<Piece>, Error> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, remaining) = after
            .split_once('}')
            .ok_or_else(|| Error::at(line, format!("`${{` without `}}` in the Fn::Sub string `{template}`")))?;
        push_text(&mut pieces, before);
        let name = name.trim();
        match (name.strip_prefix('!'), name.split_once('.')) {
            (Some(literal), _) => push_text(&mut pieces, &format!("${{{literal}}}")),
            (None, Some((resource, attribute))) => {
                pieces.push(Piece::Attribute(resource.to_owned(), attribute.to_owned()));
            }
            (None, None) if name.is_empty() => {
                return Err(Error::at(
                    line,
                    format!("an empty `${{}}` in the Fn::Sub string `{template}`"),
                ));
            }
            (None, None) => pieces.push(Piece::Name(name.to_owned())),
        }
        rest = remaining;
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

impl Piece {
    /// As it was written.
    pub(crate) fn source(&self) -> String {
        match self {
            Self::Text(text) => text.replace("${", "${!"),
            Self::Name(name) => format!("${{{name}}}"),
            Self::Attribute(resource, attribute) => format!("${{{resource}.{attribute}}}"),
        }
    }
}
