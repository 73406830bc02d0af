//! A parquet file as rows of text: what a CSV file of the same rows would hold, read column by column, a page at a time.
//!
//! Only plain columns are read. What the file states about itself is checked before it is believed, so that a file that
//! was cut, mangled or made to do harm is refused with a sentence and takes no more memory than `GROUP_BYTES_MAX` allows.

mod column;
mod pages;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use csv::StringRecord;
use parquet::basic::{Compression, Repetition};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};

use super::table::{Unreadable, names};
use super::values::quoted;
pub use column::Column;
use pages::{Bytes, DiskError};

/// How a parquet file begins.
pub const MAGIC: &[u8] = b"PAR1";

/// A row group larger than this, uncompressed, is refused. A page of every column is in memory at a time, and a group may
/// be a single page: this is the worst case. Common writers make groups of 128 MiB or a million rows.
const GROUP_BYTES_MAX: u64 = 2 << 30;

#[derive(Debug)]
pub struct ParquetFile {
    file: Arc<File>,
    bytes: u64,
    metadata: ParquetMetaData,
    pub header: Vec<String>,
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<ParquetFile, Unreadable> {
        ParquetFile::open_within(path, GROUP_BYTES_MAX)
    }

    fn open_within(path: &Path, group_bytes_max: u64) -> Result<ParquetFile, Unreadable> {
        let open = || -> anyhow::Result<(Arc<File>, u64)> {
            let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
            let metadata = file.metadata();
            let bytes = metadata.with_context(|| format!("look at {}", path.display()))?.len();
            Ok((Arc::new(file), bytes))
        };
        let (file, bytes) = open().map_err(Unreadable::Broken)?;
        let footer = Bytes::of_footer(&file, bytes);
        let metadata = tried(|| ParquetMetaDataReader::new().parse_and_finish(&footer))?;
        let header = plain_columns(&metadata)?;
        for group in metadata.row_groups() {
            check(group, header.len(), bytes, group_bytes_max)?;
        }
        if metadata.row_groups().iter().all(|group| group.num_rows() == 0) {
            return Err(refused("has columns and no rows".into()));
        }
        Ok(ParquetFile {
            file,
            bytes,
            metadata,
            header,
        })
    }

    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    pub fn group_rows(&self, group: usize) -> u64 {
        self.metadata.row_group(group).num_rows().unsigned_abs()
    }

    /// How many bytes of the file a group takes.
    pub fn group_bytes(&self, group: usize) -> u64 {
        self.metadata.row_group(group).compressed_size().unsigned_abs()
    }

    /// One column of one group. Columns share nothing, so that threads may read them side by side.
    pub fn column(&self, group: usize, at: usize) -> Result<Column, Unreadable> {
        let rows_before = (0..group).map(|before| self.group_rows(before)).sum();
        let column = self.metadata.row_group(group).column(at);
        let bytes = Bytes::of_column(&self.file, self.bytes, column);
        Column::open(
            self.header[at].clone(),
            rows_before,
            self.group_rows(group),
            column,
            bytes,
        )
    }
}

/// The columns' names, when there are plain values in every column.
fn plain_columns(metadata: &ParquetMetaData) -> Result<Vec<String>, Unreadable> {
    let mut header = StringRecord::new();
    for column in metadata.file_metadata().schema().get_fields() {
        let name = column.name();
        // A repeated value is a list, too, in files of old.
        if !column.is_primitive() || column.get_basic_info().repetition() == Repetition::REPEATED {
            return Err(refused(format!(
                "has column {} with values inside values: write one plain column for each of them",
                quoted(name)
            )));
        }
        if let Err(kind) = text::Meaning::of(column) {
            return Err(refused(format!(
                "has column {} of type {kind}, which is no number, text or time",
                quoted(name)
            )));
        }
        header.push_field(name);
    }
    if header.is_empty() {
        return Err(refused("has no columns".into()));
    }
    names(&header)
}

/// Whether a group may be what it says it is.
fn check(group: &RowGroupMetaData, columns: usize, file_bytes: u64, bytes_max: u64) -> Result<(), Unreadable> {
    let mut bytes = 0_u64;
    for column in group.columns() {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = start.checked_add(column.compressed_size());
        let inside = start >= 0 && column.compressed_size() >= 0 && end.is_some_and(|end| end as u64 <= file_bytes);
        if !inside || column.uncompressed_size() < 0 {
            return Err(refused(
                "is no parquet file that can be read (a column lies outside of the file)".into(),
            ));
        }
        if !matches!(
            column.compression(),
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_)
        ) {
            return Err(refused(format!(
                "is packed with {}: pack it with snappy, zstd or gzip, or not at all",
                column.compression().to_string().split('(').next().unwrap_or_default()
            )));
        }
        bytes = bytes.saturating_add(column.uncompressed_size().unsigned_abs());
    }
    if group.num_rows() < 0 || group.num_columns() != columns {
        return Err(refused(
            "is no parquet file that can be read (a row group contradicts the file)".into(),
        ));
    }
    if bytes > bytes_max {
        return Err(refused(format!(
            "has a row group of {} MiB uncompressed, where at most {} MiB are read at once: write smaller row groups",
            bytes >> 20,
            bytes_max >> 20
        )));
    }
    Ok(())
}

fn refused(sentence: String) -> Unreadable {
    Unreadable::Refused(sentence)
}

/// A call into the parquet crate. It asserts where a mangled file contradicts itself, and one bad file must not end a job.
fn tried<T>(call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Unreadable> {
    let result = catch_unwind(AssertUnwindSafe(call));
    let result = result.unwrap_or_else(|_| Err(ParquetError::General("it contradicts itself".into())));
    result.map_err(|error| match error {
        ParquetError::External(source) => match source.downcast::<DiskError>() {
            Ok(broken) => Unreadable::Broken(broken.0.into()),
            Err(other) => unreadable(&other.to_string()),
        },
        error => unreadable(&error.to_string()),
    })
}

fn unreadable(reason: &str) -> Unreadable {
    let reason = reason.trim_start_matches("Parquet error: ").trim_end();
    refused(format!("is no parquet file that can be read ({reason})"))
}
