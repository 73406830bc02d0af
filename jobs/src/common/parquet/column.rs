//! One column of a row group: its values, some rows at a time, each written as text when it is asked for.

use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;

use super::pages::{Bytes, Pages};
use super::text::{self, Meaning};
use super::{refused, tried, unreadable};
use crate::common::table::Unreadable;
use crate::common::values::quoted;

pub struct Column {
    name: String,
    /// The number of the first loaded row in the file, from 0.
    first_row: u64,
    loaded: usize,
    rows_left: u64,
    cells: Box<dyn Cells + Send>,
}

impl Column {
    pub(super) fn open(
        name: String,
        rows_before: u64,
        rows: u64,
        column: &ColumnChunkMetaData,
        bytes: Bytes,
    ) -> std::result::Result<Column, Unreadable> {
        let pages = tried(|| Pages::open(bytes, column, rows))?;
        let meaning = Meaning::of(column.column_descr().self_type()).unwrap_or(Meaning::Plain);
        Ok(Column {
            name,
            first_row: rows_before,
            loaded: 0,
            rows_left: rows,
            cells: cells(column, pages, meaning),
        })
    }

    /// Turns to the next rows, at most so many; how many there are now. 0 at the end of the group.
    pub fn load(&mut self, rows_max: usize) -> std::result::Result<usize, Unreadable> {
        self.first_row += self.loaded as u64;
        let wanted = usize::try_from(self.rows_left).map_or(rows_max, |left| left.min(rows_max));
        let loaded = tried(|| self.cells.load(wanted))?;
        if loaded != wanted {
            return Err(unreadable(&format!("column {} ends too early", quoted(&self.name))));
        }
        self.loaded = loaded;
        self.rows_left -= loaded as u64;
        Ok(loaded)
    }

    /// Writes the value of one of the loaded rows as text in UTF-8; nothing where there is none.
    pub fn write(&self, row: usize, into: &mut Vec<u8>) -> std::result::Result<(), Unreadable> {
        let start = into.len();
        self.cells.write(row, into);
        let written = into.get(start..).unwrap_or_default();
        // What a CSV file cannot hold, the files that jobs hand on cannot hold either.
        let wrong = match std::str::from_utf8(written) {
            Err(_) => "text that is not UTF-8",
            Ok(_) if memchr::memchr(0, written).is_some() => "a NUL byte",
            Ok(_) => return Ok(()),
        };
        let number = self.first_row + row as u64 + 1;
        Err(refused(format!(
            "has {wrong} in column {}, row {number}",
            quoted(&self.name)
        )))
    }
}

/// The loaded values of a column, whatever their type.
trait Cells {
    fn load(&mut self, rows: usize) -> Result<usize>;
    fn write(&self, row: usize, into: &mut Vec<u8>);
}

type Write<T> = fn(&T, Meaning, &mut Vec<u8>);

struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    meaning: Meaning,
    write: Write<T::T>,
    may_be_null: bool,
    levels: Vec<i16>,
    /// Without the nulls.
    values: Vec<T::T>,
    /// Where each row has its value, if it has one.
    places: Vec<Option<u32>>,
}

fn cells(column: &ColumnChunkMetaData, pages: Pages, meaning: Meaning) -> Box<dyn Cells + Send> {
    match column.column_type() {
        Physical::BOOLEAN => typed::<BoolType>(column, pages, meaning, text::boolean),
        Physical::INT32 => typed::<Int32Type>(column, pages, meaning, text::int32),
        Physical::INT64 => typed::<Int64Type>(column, pages, meaning, text::int64),
        Physical::INT96 => typed::<Int96Type>(column, pages, meaning, text::int96),
        Physical::FLOAT => typed::<FloatType>(column, pages, meaning, text::float),
        Physical::DOUBLE => typed::<DoubleType>(column, pages, meaning, text::double),
        Physical::BYTE_ARRAY => typed::<ByteArrayType>(column, pages, meaning, |value, meaning, into| {
            text::bytes(value.data(), meaning, into)
        }),
        Physical::FIXED_LEN_BYTE_ARRAY => {
            typed::<FixedLenByteArrayType>(column, pages, meaning, |value, meaning, into| {
                text::bytes(value.data(), meaning, into);
            })
        }
    }
}

fn typed<T: DataType>(
    column: &ColumnChunkMetaData,
    pages: Pages,
    meaning: Meaning,
    write: Write<T::T>,
) -> Box<dyn Cells + Send> {
    Box::new(Typed::<T> {
        reader: ColumnReaderImpl::new(column.column_descr_ptr(), Box::new(pages)),
        meaning,
        write,
        may_be_null: column.column_descr().max_def_level() > 0,
        levels: Vec::new(),
        values: Vec::new(),
        places: Vec::new(),
    })
}

impl<T: DataType> Cells for Typed<T> {
    fn load(&mut self, rows: usize) -> Result<usize> {
        self.levels.clear();
        self.values.clear();
        self.places.clear();
        while self.places.len() < rows {
            let wanted = rows - self.places.len();
            let (levels, values) = (self.levels.len(), self.values.len());
            let level_buffer = self.may_be_null.then_some(&mut self.levels);
            let (read, ..) = self.reader.read_records(wanted, level_buffer, None, &mut self.values)?;
            if read == 0 {
                break;
            }
            let mut next = values as u32;
            for row in 0..read {
                let present = !self.may_be_null || self.levels.get(levels + row).is_some_and(|level| *level > 0);
                self.places.push(present.then_some(next));
                next += u32::from(present);
            }
            if next as usize != self.values.len() {
                return Err(ParquetError::General("a column's values do not fit its rows".into()));
            }
        }
        Ok(self.places.len())
    }

    fn write(&self, row: usize, into: &mut Vec<u8>) {
        let place = self.places.get(row).copied().flatten();
        if let Some(value) = place.and_then(|place| self.values.get(place as usize)) {
            (self.write)(value, self.meaning, into);
        }
    }
}
