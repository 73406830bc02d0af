//! `journal.jsonl`: what the world did, numbered, one entry to a line.
//!
//! An input is logged before its entries are written, so a kill between the two leaves the journal behind the log.
//! Each line therefore names the input it came from: replaying the log makes the same entries again, and those that
//! are missing are written then.

use std::{fs::File, path::Path};

use serde::{Deserialize, Serialize};
use windsock_world::Entry;

use crate::store::{open_lines, write_line};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line<E> {
    pub(crate) seq: u64,
    /// The number of the logged input; none for entries of inputs that are not replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<u64>,
    #[serde(flatten)]
    pub(crate) entry: E,
}

#[derive(Debug)]
pub(crate) struct JournalFile {
    file: File,
    next_seq: u64,
    /// The last input that left entries here, and how many of them.
    last_input: u64,
    last_input_entries: usize,
}

impl JournalFile {
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, Vec<Entry>)> {
        let (file, lines) = open_lines::<Line<Entry>>(path)?;
        let last_input = lines.iter().filter_map(|line| line.input).max().unwrap_or(0);
        let last_input_entries = lines.iter().filter(|line| line.input == Some(last_input)).count();
        let next_seq = lines.last().map_or(0, |line| line.seq + 1);
        let entries = lines.into_iter().map(|line| line.entry).collect();
        Ok((
            Self {
                file,
                next_seq,
                last_input,
                last_input_entries,
            },
            entries,
        ))
    }

    /// During replay: writes those of the input's entries that a kill kept from being written, and returns them.
    pub(crate) fn catch_up(&mut self, input: u64, mut entries: Vec<Entry>) -> anyhow::Result<Vec<Entry>> {
        if input < self.last_input {
            return Ok(Vec::new());
        }
        if input == self.last_input {
            entries.drain(..self.last_input_entries.min(entries.len()));
        }
        self.append(&entries, Some(input))?;
        Ok(entries)
    }

    pub(crate) fn append(&mut self, entries: &[Entry], input: Option<u64>) -> anyhow::Result<()> {
        for entry in entries {
            write_line(
                &mut self.file,
                &Line {
                    seq: self.next_seq,
                    input,
                    entry,
                },
            )?;
            self.next_seq += 1;
        }
        Ok(())
    }
}
