//! Parquet: each row group's columns, each read for itself, in the types that the file states.

use std::sync::Arc;

use super::csv::Places;
use super::json_lines::ColumnFields;
pub use crate::common::parquet::ParquetFile;
use crate::common::table::Unreadable;
use crate::monitor::column::{ColumnProfile, Read};

/// So many rows are profiled at once.
const ROWS_AT_ONCE: usize = 2_048;

/// One row group of a file.
pub struct ParquetPiece {
    pub file: Arc<ParquetFile>,
    pub group: usize,
    pub places: Arc<Places>,
}

impl ParquetPiece {
    pub fn rows(&self) -> u64 {
        self.file.group_rows(self.group)
    }

    /// Adds the values of one column, which are read for it alone.
    pub fn profile(&self, at: usize, column: &mut ColumnProfile, read: &mut Read) -> Result<(), Unreadable> {
        let mut values = self.file.column(self.group, self.places.0[at])?;
        let mut fields = ColumnFields::default();
        loop {
            fields.clear();
            let rows = values.load(ROWS_AT_ONCE)?;
            for row in 0..rows {
                let mut written = Ok(());
                fields.push(|into| written = values.write(row, into));
                written?;
            }
            column.read_fields(fields.iter(), read);
            if rows < ROWS_AT_ONCE {
                return Ok(());
            }
            column.take_up(read);
        }
    }
}
