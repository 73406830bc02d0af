//! Letters from text files: small placeholders, paragraphs wrapped, and lines that stay as they are.

use std::collections::BTreeMap;

/// Width of a paragraph: mail programs show it without breaking lines themselves.
pub const COLUMNS: usize = 74;
/// Lines of a block begin with this; so nothing in them can stand at the beginning of a line.
const INDENT: &str = "  ";

/// What stands for a placeholder.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    /// Inside a sentence.
    Inline(String),
    /// A whole paragraph; an empty one disappears.
    Paragraph(String),
    /// Lines of their own, indented and never wrapped; none, and the paragraph disappears.
    Block(Vec<String>),
}

/// The placeholders of one letter.
#[derive(Debug, Default)]
pub(super) struct Values(BTreeMap<&'static str, Text>);

impl Values {
    pub fn inline(mut self, name: &'static str, text: impl ToString) -> Self {
        self.0.insert(name, Text::Inline(text.to_string()));
        self
    }

    pub fn paragraph(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.insert(name, Text::Paragraph(text.into()));
        self
    }

    pub fn block(mut self, name: &'static str, lines: Vec<String>) -> Self {
        self.0.insert(name, Text::Block(lines));
        self
    }

    /// Names that no part of the letter uses, and names used that have no value. Both are mistakes of ours.
    pub fn mismatches(&self, templates: &[&str]) -> Vec<String> {
        let used: Vec<&str> = templates.iter().flat_map(|template| placeholders(template)).collect();
        let unused = self
            .0
            .keys()
            .filter(|name| !used.contains(name))
            .map(|name| format!("{name} is not used"));
        let missing = used
            .iter()
            .filter(|name| !self.0.contains_key(**name))
            .map(|name| format!("{name} is missing"));
        unused.chain(missing).collect()
    }

    fn text(&self, name: &str) -> Option<&Text> {
        self.0.get(name)
    }
}

/// The words in braces.
fn placeholders(template: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        found.push(name);
        rest = after;
    }
    found
}

/// One line with its inline placeholders filled in. What is filled in is not looked at again, so a value that looks
/// like a placeholder stays what it is.
pub(super) fn fill_line(template: &str, values: &Values) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        if let Some(Text::Inline(text) | Text::Paragraph(text)) = values.text(name) {
            filled.push_str(text);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A whole body. Blank lines separate paragraphs; a paragraph whose lines are indented stays as it is.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    for paragraph in template.trim().split("\n\n") {
        let name = paragraph.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let text = match name.and_then(|name| values.text(name)) {
            Some(Text::Block(lines)) => block(lines),
            Some(Text::Paragraph(text) | Text::Inline(text)) => wrap(text),
            None if paragraph.starts_with(INDENT) => paragraph
                .lines()
                .map(|line| fill_line(line, values))
                .collect::<Vec<_>>()
                .join("\n"),
            None => wrap(&fill_line(&paragraph.replace('\n', " "), values)),
        };
        if !text.trim().is_empty() {
            paragraphs.push(text);
        }
    }
    paragraphs.join("\n\n") + "\n"
}

fn block(lines: &[String]) -> String {
    lines
        .iter()
        .map(|line| format!("{INDENT}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Words in lines of at most `COLUMNS`; a longer word has a line to itself.
fn wrap(text: &str) -> String {
    lines_of(text.split_whitespace(), COLUMNS).join("\n")
}

fn lines_of<'a>(words: impl Iterator<Item = &'a str>, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Outside text as quoted lines of a block; a word that fits no line is taken apart.
pub(super) fn quoted(text: &str) -> Vec<String> {
    const QUOTE: &str = "> ";
    let room = COLUMNS - INDENT.len() - QUOTE.len();
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let chars: Vec<char> = word.chars().collect();
        words.extend(chars.chunks(room).map(|chunk| chunk.iter().collect()));
    }
    lines_of(words.iter().map(String::as_str), room)
        .iter()
        .map(|line| format!("{QUOTE}{line}"))
        .collect()
}

/// Rows of a table, columns padded to their widest cell.
pub(super) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().enumerate().map(|(at, cell)| pad(cell, widths[at])).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn pad(cell: &str, width: usize) -> String {
    format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_blocks_are_not() {
        let values = Values::default()
            .inline("name", "x")
            .paragraph("more", "")
            .block("lines", vec!["y".repeat(90), "{name}".into()]);
        let body = fill(
            "One {name}\ntwo.\n\n{more}\n\n{lines}\n\n  kept {name}\n  as is\n",
            &values,
        );
        assert_eq!(
            body,
            format!("One x two.\n\n  {}\n  {{name}}\n\n  kept x\n  as is\n", "y".repeat(90))
        );
        assert!(wrap(&"word ".repeat(100)).lines().all(|line| line.len() <= COLUMNS));
    }

    #[test]
    fn a_placeholder_too_many_or_too_few_is_told() {
        let values = Values::default().inline("a", 1).inline("b", 2);
        assert_eq!(values.mismatches(&["{a} {c}"]), ["b is not used", "c is missing"]);
    }

    #[test]
    fn quoted_lines_never_begin_with_what_was_quoted() {
        let lines = quoted(&format!("{} Subject: fake", "x".repeat(200)));
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("> ") && line.chars().count() <= COLUMNS - 2),
            "{lines:?}"
        );
    }
}
