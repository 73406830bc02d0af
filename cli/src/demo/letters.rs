//! The letters as their readers get them, one text file each, in the order they were sent.

use std::path::Path;

use anyhow::Context;
use windsock_world::{Entry, Record};

use crate::report::rfc3339;

pub fn write(entries: &[Entry], folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let letters = entries.iter().filter_map(|entry| match &entry.record {
        Record::Letter {
            endpoint,
            subject,
            body,
            ..
        } => Some((entry.at, endpoint, subject, body)),
        _ => None,
    });
    for (number, (at, endpoint, subject, body)) in letters.enumerate() {
        let path = folder.join(format!("{:02}-{}.txt", number + 1, name(subject)));
        let text = format!("Date: {}\nTo: {endpoint}\nSubject: {subject}\n\n{body}\n", rfc3339(at));
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// A subject as a file's name: letters and digits, everything else one hyphen.
fn name(subject: &str) -> String {
    let words: Vec<&str> = subject
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut name = words.join("-").to_lowercase();
    name.truncate(60);
    name
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_subject_becomes_a_harmless_file_name() {
        assert_eq!(super::name("a: version 1 waits [fact-0a]"), "a-version-1-waits-fact-0a");
        assert_eq!(super::name("../../etc/passwd"), "etc-passwd");
    }
}
