//! A group of keys of project.yaml, and one field of it: types, defaults, and a sentence for what is wrong.

use super::problem::{Problems, nearest, shown};
use super::tree::{Entry, Node, Value, join};

/// A group of keys. An absent one is empty, so that its defaults apply.
pub(super) struct Section<'a> {
    pub path: String,
    pub line: usize,
    entries: &'a [Entry],
}

impl<'a> Section<'a> {
    /// Opens a group; unknown keys are told at once, with the known one that was probably meant.
    pub fn open(node: &'a Node, path: &str, known: &[&str], problems: &mut Problems) -> Self {
        let Value::Map(entries) = &node.value else {
            let wrong = format!("{} stands where a group of keys belongs", node.value.kind());
            problems.add(
                node.line,
                path,
                wrong,
                format!("write `key: value` pairs; keys are {}", listed(known)),
            );
            return Self {
                path: path.to_owned(),
                line: node.line,
                entries: &[],
            };
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let right = match nearest(&entry.key, known.iter().copied()) {
                // `{ holdout: 0,2 }` is `holdout: 0` and a key `2`.
                _ if entry.key.bytes().all(|b| b.is_ascii_digit()) => {
                    "if it is a number's fraction, write a point instead of the comma".to_owned()
                }
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("known keys here are {}", listed(known)),
            };
            let wrong = format!("there is no key {}", shown(&entry.key));
            problems.add(entry.line, &join(path, &entry.key), wrong, right);
        }
        Self {
            path: path.to_owned(),
            line: node.line,
            entries,
        }
    }

    pub fn child(&self, key: &str, known: &[&str], problems: &mut Problems) -> Section<'a> {
        match self.field(key) {
            Some(field) => Section::open(field.node, &field.path, known, problems),
            None => Section {
                path: join(&self.path, key),
                line: self.line_of(key),
                entries: &[],
            },
        }
    }

    /// The field, unless it is absent or empty.
    pub fn field(&self, key: &str) -> Option<Field<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        if entry.node.value == Value::Null {
            return None;
        }
        Some(Field {
            path: join(&self.path, key),
            line: entry.line,
            node: &entry.node,
        })
    }

    pub fn required(&self, key: &str, right: &str, problems: &mut Problems) -> Option<Field<'a>> {
        let field = self.field(key);
        if field.is_none() {
            problems.add(self.line_of(key), &join(&self.path, key), "this key is missing", right);
        }
        field
    }

    /// Every field, for groups whose keys are the project's own words.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.entries.iter().map(|entry| {
            let field = Field {
                path: join(&self.path, &entry.key),
                line: entry.line,
                node: &entry.node,
            };
            (entry.key.as_str(), field)
        })
    }

    fn line_of(&self, key: &str) -> usize {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map_or(self.line, |entry| entry.line)
    }
}

/// One field: where it stands and what is written there.
pub(super) struct Field<'a> {
    pub path: String,
    pub line: usize,
    pub node: &'a Node,
}

impl<'a> Field<'a> {
    pub fn refuse(&self, problems: &mut Problems, wrong: impl Into<String>, right: impl Into<String>) {
        problems.add(self.line, &self.path, wrong, right);
    }

    /// The text as written; lists and groups are refused.
    pub fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar { text, .. } if !text.trim().is_empty() => Some(text.trim()),
            Value::Scalar { .. } | Value::Null => {
                self.refuse(problems, "the value is empty", "write one value");
                None
            }
            other => {
                let wrong = format!("{} stands where a single value belongs", other.kind());
                self.refuse(problems, wrong, "write one value");
                None
            }
        }
    }

    /// The items of a list.
    pub fn list(&self, example: &str, problems: &mut Problems) -> Option<Vec<Field<'a>>> {
        let Value::List(items) = &self.node.value else {
            let wrong = format!("{} stands where a list belongs", self.node.value.kind());
            self.refuse(problems, wrong, format!("write a list: {example}"));
            return None;
        };
        let field = |(at, node): (usize, &'a Node)| Field {
            path: format!("{}[{at}]", self.path),
            line: node.line,
            node,
        };
        Some(items.iter().enumerate().map(field).collect())
    }

    /// The items of a list of texts, each once.
    pub fn texts(&self, example: &str, problems: &mut Problems) -> Option<Vec<String>> {
        let mut texts: Vec<String> = Vec::new();
        for item in self.list(example, problems)? {
            let Some(text) = item.text(problems) else { continue };
            if texts.iter().any(|other| other == text) {
                item.refuse(
                    problems,
                    format!("{} stands in this list twice", shown(text)),
                    "keep one of them",
                );
                continue;
            }
            texts.push(text.to_owned());
        }
        Some(texts)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, choices: &[(&str, T)], problems: &mut Problems) -> Option<T> {
        let text = self.text(problems)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let right = match nearest(text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write one of {}", listed(&words)),
        };
        self.refuse(problems, format!("{} is not a choice here", shown(text)), right);
        None
    }

    pub fn flag(&self, problems: &mut Problems) -> Option<bool> {
        let text = self.text(problems)?;
        match text {
            "true" => return Some(true),
            "false" => return Some(false),
            _ => {}
        }
        let right = match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "1" | "true" => "write true",
            "no" | "off" | "n" | "0" | "false" => "write false",
            _ => "write true or false",
        };
        self.refuse(problems, format!("{} is neither true nor false", shown(text)), right);
        None
    }

    /// `none`, the word that turns a group off.
    pub fn is_none_word(&self) -> bool {
        matches!(&self.node.value, Value::Scalar { text, .. } if text == "none")
    }
}

/// `a, b and c`, for sentences.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
