//! YAML as a small tree with line numbers. Stricter than YAML: no anchors, tags, second documents or duplicate keys,
//! because each of them makes a short file mean something that its reader does not see.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::problem::{Problems, shown};

/// A project.yaml is one screen; what is larger is something else.
const FILE_BYTES_MAX: usize = 64 * 1024;
/// The deepest key of a project.yaml is four levels down.
const DEPTH_MAX: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    /// As written: `06` and `1e3` keep their spelling, so that a wrong one can be named.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub line: usize,
    pub node: Node,
}

impl Value {
    /// For messages: what kind of thing stands here.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a group of keys",
        }
    }
}

/// The tree, or none when the text cannot be read at all; what is wrong goes to `problems`.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > FILE_BYTES_MAX {
        let wrong = format!("the file has {} bytes", text.len());
        problems.add(1, "", wrong, format!("a project.yaml has at most {FILE_BYTES_MAX}"));
        return None;
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        problems,
    };
    let root = reader.document();
    if let Err(Stopped { line, wrong, right }) = &root {
        problems.add(*line, "", wrong.clone(), right.clone());
    }
    root.ok()
}

/// Where reading ended because nothing after it can be understood.
struct Stopped {
    line: usize,
    wrong: String,
    right: String,
}

fn stop<T>(line: usize, wrong: impl Into<String>, right: impl Into<String>) -> Result<T, Stopped> {
    Err(Stopped {
        line,
        wrong: wrong.into(),
        right: right.into(),
    })
}

struct Reader<'a, 'p> {
    parser: Parser<'a, StrInput<'a>>,
    problems: &'p mut Problems,
}

impl<'a> Reader<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Stopped> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => stop(
                error.marker().line(),
                format!("this is not YAML: {}", error.info()),
                "write `key: value` lines, indented with spaces, and quote values that hold `: ` or `#`",
            ),
            None => stop(1, "the file ends too soon", "write one YAML document"),
        }
    }

    fn document(&mut self) -> Result<Node, Stopped> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    return stop(
                        span.start.line(),
                        "a second document begins here",
                        "keep one project per file",
                    );
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, "", 0)?);
                }
                _ => {
                    return stop(
                        span.start.line(),
                        "this does not belong here",
                        "write one YAML document",
                    );
                }
            }
        }
        match root {
            Some(Node {
                value: Value::Null,
                line,
            }) => stop(line, "the file is empty", "begin with `project: name`"),
            Some(node) => Ok(node),
            None => stop(1, "the file is empty", "begin with `project: name`"),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, path: &str, depth: usize) -> Result<Node, Stopped> {
        let line = span.start.line();
        if depth > DEPTH_MAX {
            return stop(
                line,
                "this is nested too deeply",
                format!("nest at most {DEPTH_MAX} levels"),
            );
        }
        let value = match event {
            Event::Scalar(_, _, 0, Some(_)) => {
                return stop(
                    line,
                    "tags such as `!name` have no meaning here",
                    "write the plain value",
                );
            }
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                return stop(line, "anchors (`&name`) have no meaning here", "write each value out");
            }
            Event::Scalar(text, style, ..) => scalar(text.into_owned(), style),
            Event::SequenceStart(_, None) => Value::List(self.list(path, depth)?),
            Event::MappingStart(_, None) => Value::Map(self.map(path, depth)?),
            Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                return stop(
                    line,
                    "tags such as `!name` have no meaning here",
                    "write the plain value",
                );
            }
            Event::Alias(_) => {
                return stop(
                    line,
                    "aliases (`*name`) have no meaning here",
                    "quote a value that begins with `*`",
                );
            }
            _ => return stop(line, "a value is missing here", "write one"),
        };
        Ok(Node { line, value })
    }

    fn list(&mut self, path: &str, depth: usize) -> Result<Vec<Node>, Stopped> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, span, path, depth + 1)?);
        }
    }

    fn map(&mut self, path: &str, depth: usize) -> Result<Vec<Entry>, Stopped> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(entries),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return stop(line, "a key must be a plain word", "write `key: value`"),
            };
            let key_path = join(path, &key);
            let (event, span) = self.next()?;
            let node = self.node(event, span, &key_path, depth + 1)?;
            match entries.iter().find(|entry| entry.key == key) {
                Some(first) => {
                    let wrong = format!("{} stands here for the second time", shown(&key));
                    self.problems.add(
                        line,
                        &key_path,
                        wrong,
                        format!("keep it or the one of line {}", first.line),
                    );
                }
                None => entries.push(Entry { key, line, node }),
            }
        }
    }
}

fn scalar(text: String, style: ScalarStyle) -> Value {
    let quoted = style != ScalarStyle::Plain;
    if !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar { text, quoted }
}

/// `training` and `settle` make `training.settle`.
pub(super) fn join(path: &str, key: &str) -> String {
    let key: String = key.chars().take(60).collect::<String>().escape_debug().to_string();
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
