//! How long a journal is that its host is still writing.

use std::{fs::File, io::Read, path::Path};

use anyhow::Context;

pub(super) struct Tail {
    file: File,
    pub(super) entries: u64,
}

impl Tail {
    pub(super) fn of(state: &Path) -> anyhow::Result<Self> {
        let path = state.join("journal.jsonl");
        let file = File::open(&path).with_context(|| format!("open {}", path.display()))?;
        Ok(Self { file, entries: 0 })
    }

    /// Counts what was written since. An unfinished line counts when it is finished; one that a kill cut off is
    /// overwritten by the next host, so the count may be one off, which no one minds.
    pub(super) fn follow(&mut self) -> anyhow::Result<u64> {
        let mut written = Vec::new();
        self.file.read_to_end(&mut written).context("read journal.jsonl")?;
        self.entries += written.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(self.entries)
    }
}
