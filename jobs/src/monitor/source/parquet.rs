//! Parquet: each row group's columns, read in the types that the file states.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::csv::Places;
use super::cut::refused;
use super::json_lines::{ColumnFields, print};
use crate::common::table::Unreadable;
use crate::monitor::Profile;

/// So many rows are profiled at once.
const ROWS_AT_ONCE: usize = 2_048;

pub struct ParquetFile {
    reader: SerializedFileReader<File>,
    pub header: Vec<String>,
}

/// One row group of a file. Who reads it opens the file again: threads that share one share its position, too.
pub struct ParquetPiece {
    pub path: Arc<PathBuf>,
    pub group: usize,
    pub places: Arc<Places>,
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<ParquetFile, Unreadable> {
        let file = File::open(path).with_context(|| format!("open {}", path.display()));
        let reader =
            SerializedFileReader::new(file.map_err(Unreadable::Broken)?).map_err(|error| unreadable(&error))?;
        let schema = reader.metadata().file_metadata().schema();
        let mut header = Vec::new();
        for column in schema.get_fields() {
            if !column.is_primitive() {
                return Err(refused(format!(
                    "has column `{}` with values inside values: only plain columns can be monitored",
                    column.name()
                )));
            }
            header.push(column.name().to_owned());
        }
        if reader.metadata().file_metadata().num_rows() == 0 {
            return Err(refused("has columns and no rows".into()));
        }
        Ok(ParquetFile { reader, header })
    }

    pub fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }
}

#[derive(Default)]
pub struct Batch {
    open: Option<(Arc<PathBuf>, ParquetFile)>,
    columns: Vec<ColumnFields>,
    numbers: Vec<f64>,
}

impl Batch {
    pub fn profile(&mut self, piece: &ParquetPiece, profile: &mut Profile) -> Result<(), Unreadable> {
        let file = match self.open.take() {
            Some((path, file)) if path == piece.path => file,
            _ => ParquetFile::open(&piece.path)?,
        };
        self.read(&file, piece, profile)?;
        self.open = Some((piece.path.clone(), file));
        Ok(())
    }

    fn read(&mut self, file: &ParquetFile, piece: &ParquetPiece, profile: &mut Profile) -> Result<(), Unreadable> {
        let group = file.reader.get_row_group(piece.group);
        let group = group.map_err(|error| unreadable(&error))?;
        self.columns.resize_with(piece.places.0.len(), ColumnFields::default);
        let rows = group.get_row_iter(None).map_err(|error| unreadable(&error))?;
        for row in rows {
            let row = row.map_err(|error| unreadable(&error))?;
            for (fields, (_, field)) in self.columns.iter_mut().zip(row.get_column_iter()) {
                fields.push(|into| write(field, into));
            }
            if self.columns.first().is_some_and(|fields| fields.len() == ROWS_AT_ONCE) {
                self.flush(piece, profile);
            }
        }
        self.flush(piece, profile);
        Ok(())
    }

    fn flush(&mut self, piece: &ParquetPiece, profile: &mut Profile) {
        profile.rows += self.columns.first().map_or(0, ColumnFields::len) as u64;
        for (fields, place) in self.columns.iter_mut().zip(&piece.places.0) {
            profile.columns[*place].add_fields(fields.iter(), &mut self.numbers);
            fields.clear();
        }
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
