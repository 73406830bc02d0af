//! Parquet: each row group's columns, each read for itself, in the types that the file states.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::RowGroupReader;
use parquet::file::serialized_reader::SerializedRowGroupReader;
use parquet::record::Field;
use parquet::schema::types::Type;

use super::csv::Places;
use super::cut::refused;
use super::json_lines::{ColumnFields, print};
use crate::common::table::Unreadable;
use crate::monitor::column::{ColumnProfile, Read};

/// So many rows are profiled at once.
const ROWS_AT_ONCE: usize = 2_048;

pub struct ParquetFile {
    path: PathBuf,
    metadata: ParquetMetaData,
    pub header: Vec<String>,
}

/// One row group of a file.
pub struct ParquetPiece {
    pub file: Arc<ParquetFile>,
    pub group: usize,
    pub places: Arc<Places>,
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<ParquetFile, Unreadable> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file(path)?);
        let metadata = metadata.map_err(|error| unreadable(&error))?;
        let mut header = Vec::new();
        for column in metadata.file_metadata().schema().get_fields() {
            if !column.is_primitive() {
                return Err(refused(format!(
                    "has column `{}` with values inside values: only plain columns can be monitored",
                    column.name()
                )));
            }
            header.push(column.name().to_owned());
        }
        if metadata.file_metadata().num_rows() == 0 {
            return Err(refused("has columns and no rows".into()));
        }
        Ok(ParquetFile {
            path: path.to_path_buf(),
            metadata,
            header,
        })
    }

    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// How many bytes of the file a group takes.
    pub fn group_bytes(&self, group: usize) -> u64 {
        self.metadata.row_group(group).compressed_size().unsigned_abs()
    }
}

fn file(path: &Path) -> Result<File, Unreadable> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()));
    file.map_err(Unreadable::Broken)
}

impl ParquetPiece {
    pub fn rows(&self) -> u64 {
        self.file.metadata.row_group(self.group).num_rows().unsigned_abs()
    }

    /// Adds the values of one column, which are read for it alone.
    pub fn profile(&self, at: usize, column: &mut ColumnProfile, read: &mut Read) -> Result<(), Unreadable> {
        let metadata = &self.file.metadata;
        // Who reads the file opens it: threads that share one share its position, too.
        let group = SerializedRowGroupReader::new(
            Arc::new(file(&self.file.path)?),
            metadata.row_group(self.group),
            metadata.page_index_for_row_group(self.group),
            Arc::new(ReaderProperties::builder().build()),
        );
        let group = group.map_err(|error| unreadable(&error))?;
        let schema = metadata.file_metadata().schema();
        let wanted = vec![schema.get_fields()[self.places.0[at]].clone()];
        let projection = Type::group_type_builder(schema.name()).with_fields(wanted).build();
        let rows = group.get_row_iter(Some(projection.map_err(|error| unreadable(&error))?));
        let mut fields = ColumnFields::default();
        for row in rows.map_err(|error| unreadable(&error))? {
            let row = row.map_err(|error| unreadable(&error))?;
            for (_, field) in row.get_column_iter() {
                fields.push(|into| write(field, into));
            }
            if fields.len() == ROWS_AT_ONCE {
                column.read_fields(fields.iter(), read);
                column.take_up(read);
                fields.clear();
            }
        }
        column.read_fields(fields.iter(), read);
        Ok(())
    }
}

/// As the same value stands in a CSV file: a fraction keeps its point, nothing is an empty field.
fn write(field: &Field, into: &mut Vec<u8>) {
    match field {
        Field::Null => {}
        Field::Str(text) => into.extend_from_slice(text.as_bytes()),
        Field::Float(value) => print(into, format_args!("{value:?}")),
        Field::Double(value) => print(into, format_args!("{value:?}")),
        Field::Bytes(bytes) => into.extend_from_slice(String::from_utf8_lossy(bytes.data()).as_bytes()),
        other => print(into, format_args!("{other}")),
    }
}

fn unreadable(error: &ParquetError) -> Unreadable {
    refused(format!("is no parquet file that can be read ({error})"))
}
