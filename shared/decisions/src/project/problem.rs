//! What is wrong with a project.yaml: where, what, and what would be right.

use std::fmt;

/// One thing to put right. All of a file's problems are told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 1-based line in project.yaml; none where the data, not the file, shows the problem.
    pub line: Option<usize>,
    /// Path of the key, e.g. `training.settle`; empty for the file as a whole.
    pub key: String,
    pub wrong: String,
    pub right: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.wrong, self.right)
    }
}

/// Collects problems while a file is read; reading goes on after each.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub fn add(&mut self, line: usize, key: &str, wrong: impl Into<String>, right: impl Into<String>) {
        self.0.push(Problem {
            line: Some(line),
            key: key.to_owned(),
            wrong: wrong.into(),
            right: right.into(),
        });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of the lines, the way a person works through a file. What is missing at the end is missing on the
    /// last line, not below it.
    pub fn into_sorted(mut self, text: &str) -> Vec<Problem> {
        let lines = text.split(['\n', '\r']).count();
        for problem in &mut self.0 {
            problem.line = problem.line.map(|line| line.min(lines));
        }
        self.0.sort_by_key(|problem| problem.line);
        self.0
    }
}

/// The known word nearest to what was written, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let far = (written.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|word| (edits(&written, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Edit distance in which a swap of neighbours counts once.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(80).collect();
    let b: Vec<char> = b.chars().take(80).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// What was written, safe to repeat in one line of a terminal.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    let dots = if text.chars().count() > SHOWN_MAX { "..." } else { "" };
    format!(
        "`{}{dots}`",
        cut.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_finds_none() {
        let known = ["settle", "cooldown", "per_day"];
        assert_eq!(nearest("setle", known), Some("settle"));
        assert_eq!(nearest("coldown", known), Some("cooldown"));
        assert_eq!(nearest("perday", known), Some("per_day"));
        assert_eq!(nearest("Settle", known), Some("settle"));
        assert_eq!(nearest("pizza", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn control_characters_of_a_file_do_not_reach_the_terminal() {
        assert_eq!(shown("a\u{1b}[31m\n\u{202e}"), "`a\\u{1b}[31m\\n\\u{202e}`");
        assert_eq!(shown(&"x".repeat(100)).len(), 65);
    }
}
