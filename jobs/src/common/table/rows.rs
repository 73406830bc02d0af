//! The rows of a parquet file, put together from its columns.

use std::path::Path;

use csv::StringRecord;

use super::Unreadable;
use crate::common::guard::RECORD_BYTES_MAX;
use crate::common::parquet::{Column, ParquetFile};

/// So many values of every column are in memory at once.
const ROWS_AT_ONCE: usize = 1_024;

pub struct ParquetRows {
    file: ParquetFile,
    next_group: usize,
    columns: Vec<Column>,
    /// Of each column, and which of them comes next.
    loaded: usize,
    next: usize,
    read: u64,
    field: Vec<u8>,
}

impl ParquetRows {
    pub fn open(path: &Path) -> Result<(Vec<String>, ParquetRows), Unreadable> {
        let file = ParquetFile::open(path)?;
        let rows = ParquetRows {
            next_group: 0,
            columns: Vec::new(),
            loaded: 0,
            next: 0,
            read: 0,
            field: Vec::new(),
            file,
        };
        Ok((rows.file.header.clone(), rows))
    }

    /// The next row, or false at the end.
    pub fn read(&mut self, record: &mut StringRecord) -> Result<bool, Unreadable> {
        if self.next == self.loaded && !self.load()? {
            return Ok(false);
        }
        record.clear();
        for column in &self.columns {
            self.field.clear();
            column.write(self.next, &mut self.field)?;
            if record.as_slice().len() + self.field.len() > RECORD_BYTES_MAX {
                return Err(Unreadable::refused(format!(
                    "has a record of more than {} MiB in row {}",
                    RECORD_BYTES_MAX >> 20,
                    self.read + 1
                )));
            }
            record.push_field(std::str::from_utf8(&self.field).unwrap_or_default());
        }
        self.next += 1;
        self.read += 1;
        Ok(true)
    }

    /// Turns to the next rows, in this row group or the next one that has any.
    fn load(&mut self) -> Result<bool, Unreadable> {
        loop {
            self.next = 0;
            self.loaded = 0;
            for column in &mut self.columns {
                self.loaded = column.load(ROWS_AT_ONCE)?;
            }
            if self.loaded > 0 {
                return Ok(true);
            }
            if self.next_group == self.file.groups() {
                return Ok(false);
            }
            let group = self.next_group;
            self.next_group += 1;
            let columns = (0..self.file.header.len()).map(|at| self.file.column(group, at));
            self.columns = columns.collect::<Result<_, _>>()?;
        }
    }
}
