//! A CSV file being written: plain quoting, one kind of line end, nothing visible until it is whole.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::files::Draft;

pub struct CsvFile {
    writer: csv::Writer<Draft>,
    path: PathBuf,
    rows: u64,
}

impl CsvFile {
    pub fn create(path: &Path) -> Result<CsvFile> {
        // A record may be one empty field, so widths are the caller's business.
        let writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Draft::create(path)?);
        Ok(CsvFile {
            writer,
            path: path.to_path_buf(),
            rows: 0,
        })
    }

    pub fn write<'a>(&mut self, fields: impl IntoIterator<Item = &'a str>) -> Result<()> {
        self.writer
            .write_record(fields)
            .with_context(|| format!("write {}", self.path.display()))?;
        self.rows += 1;
        Ok(())
    }

    /// Records written, a header included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let draft = self
            .writer
            .into_inner()
            .map_err(|error| anyhow!("write {}: {}", path.display(), error.error()))?;
        draft.finish()
    }
}
