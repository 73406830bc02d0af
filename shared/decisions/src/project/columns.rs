//! What only data can show: columns that project.yaml names and a file does not have.

use super::problem::{nearest, shown};
use super::{Problem, Project};

impl Project {
    /// Compares the columns that the project names with a header. Inference input need not hold the label, so this is
    /// for training data.
    pub fn check_columns(&self, header: &[String]) -> Vec<Problem> {
        let mut named: Vec<(&str, String)> = vec![(&self.data.label, "data.label".to_owned())];
        named.extend(
            self.data
                .exclude
                .iter()
                .map(|column| (column.as_str(), "data.exclude".to_owned())),
        );
        named.extend(
            self.data
                .segments
                .iter()
                .map(|column| (column.as_str(), "data.segments".to_owned())),
        );
        if let Some(column) = self.data.split.by.time_column() {
            named.push((column, "data.split.column".to_owned()));
        }
        let monitored = self.monitor.columns.keys();
        named.extend(monitored.map(|column| (column.as_str(), format!("monitor.columns.{column}"))));
        let unknown = named
            .into_iter()
            .filter(|(column, _)| !header.iter().any(|known| known == column));
        unknown
            .map(|(column, key)| unknown_column(column, key, header))
            .collect()
    }
}

fn unknown_column(column: &str, key: String, header: &[String]) -> Problem {
    let right = match nearest(column, header.iter().map(String::as_str)) {
        Some(known) => format!("did you mean {}?", shown(known)),
        None => {
            let first: Vec<String> = header.iter().take(12).map(|known| shown(known)).collect();
            let more = if header.len() > first.len() { ", ..." } else { "" };
            format!("the data has {}{more}", first.join(", "))
        }
    };
    Problem {
        line: None,
        key,
        wrong: format!("the data has no column {}", shown(column)),
        right,
    }
}
