//! A file of rows, read record by record. A CSV file survives a BOM, CRLF, a missing last line end, quotes and gzip, and a
//! parquet file reads like a CSV file of the same rows; what is wrong with everything else is said in a sentence.

mod rows;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, anyhow};
use csv::StringRecord;
use flate2::bufread::MultiGzDecoder;
use windsock_decisions::project::Format;

use super::guard::Guard;
use super::parquet;
use super::values::quoted;
use rows::ParquetRows;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The file is at fault: a sentence that begins with a verb, for `<file> ...`.
    Refused(String),
    /// The machine is at fault, and trying again may help.
    Broken(anyhow::Error),
}

impl Unreadable {
    fn refused(sentence: impl Into<String>) -> Unreadable {
        Unreadable::Refused(sentence.into())
    }

    /// For readers that have no use for half of their files.
    pub fn about(self, what: &str) -> anyhow::Error {
        match self {
            Unreadable::Refused(sentence) => anyhow!("{what} {sentence}"),
            Unreadable::Broken(error) => error.context(format!("read {what}")),
        }
    }
}

/// Whether a file's first line names its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    Present,
    Absent,
}

enum Records {
    Csv(csv::Reader<Guard<Box<dyn BufRead + Send>>>),
    Parquet(ParquetRows),
}

pub struct Table {
    header: Vec<String>,
    records: Records,
    record: StringRecord,
    /// Without a header the first record was read already, to count its columns.
    pending: bool,
    rows: u64,
}

impl Table {
    /// A file with named columns, in the project's format and no other: a project whose objects are now this and now that
    /// has made a mistake, which is better told than guessed at.
    pub fn open_as(format: Format, path: &Path) -> Result<Table, Unreadable> {
        let start = start(path).map_err(Unreadable::Broken)?;
        match (format, start.starts_with(parquet::MAGIC)) {
            (Format::Csv, false) => Table::open(path, Header::Present),
            (Format::Csv, true) => Err(Unreadable::refused(
                "is a parquet file, where data.format asks for csv: deliver csv, or write `format: parquet`",
            )),
            (Format::Parquet, true) => Table::open_parquet(path),
            (Format::Parquet, false) if start.starts_with(&GZIP) => Err(Unreadable::refused(
                "is packed with gzip, where data.format asks for parquet: deliver the parquet file, which packs itself",
            )),
            (Format::Parquet, false) => Err(Unreadable::refused(
                "is no parquet file, where data.format asks for parquet: deliver parquet, or write `format: csv`",
            )),
        }
    }

    fn open_parquet(path: &Path) -> Result<Table, Unreadable> {
        let (header, rows) = ParquetRows::open(path)?;
        Ok(Table {
            header,
            records: Records::Parquet(rows),
            record: StringRecord::new(),
            pending: false,
            rows: 0,
        })
    }

    /// A CSV file. Reads the header, or names the columns `_c0`, `_c1`, ... where there is none.
    pub fn open(path: &Path, header: Header) -> Result<Table, Unreadable> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(unpacked(path)?);
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).map_err(unreadable)? {
            return Err(Unreadable::refused("is empty"));
        }
        let names = match header {
            Header::Present => names(&record)?,
            Header::Absent => (0..record.len()).map(|at| format!("_c{at}")).collect(),
        };
        Ok(Table {
            header: names,
            records: Records::Csv(reader),
            record,
            pending: header == Header::Absent,
            rows: 0,
        })
    }

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next record, which is as wide as the header. A file that ends without any is refused.
    pub fn next_record(&mut self) -> Result<Option<&StringRecord>, Unreadable> {
        if !std::mem::take(&mut self.pending) && !self.read()? {
            return match self.rows {
                0 => Err(Unreadable::refused("has a header and no rows")),
                _ => Ok(None),
            };
        }
        self.rows += 1;
        Ok(Some(&self.record))
    }

    fn read(&mut self) -> Result<bool, Unreadable> {
        match &mut self.records {
            Records::Csv(reader) => reader.read_record(&mut self.record).map_err(unreadable),
            Records::Parquet(rows) => rows.read(&mut self.record),
        }
    }

    /// The line of a CSV file on which the current record begins.
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }
}

/// A file's first bytes, which tell what it is.
fn start(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let mut start = Vec::new();
    let read = file.take(parquet::MAGIC.len() as u64).read_to_end(&mut start);
    read.with_context(|| format!("read {}", path.display()))?;
    Ok(start)
}

fn unpacked(path: &Path) -> Result<Guard<Box<dyn BufRead + Send>>, Unreadable> {
    let open = || -> anyhow::Result<(BufReader<File>, u64)> {
        let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
        let size = file
            .metadata()
            .with_context(|| format!("look at {}", path.display()))?
            .len();
        Ok((BufReader::with_capacity(1 << 16, file), size))
    };
    let (mut file, size) = open().map_err(Unreadable::Broken)?;
    let packed = file.fill_buf().map_err(from_io)?.starts_with(&GZIP);
    let mut text: Box<dyn BufRead + Send> = match packed {
        true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))),
        false => Box::new(file),
    };
    let start = text.fill_buf().map_err(from_io)?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(Unreadable::refused("is UTF-16: save it as UTF-8"));
    }
    // Who saves a file twice may have marked it twice.
    while text.fill_buf().map_err(from_io)?.starts_with(&[0xef, 0xbb, 0xbf]) {
        text.consume(3);
    }
    Ok(match packed {
        true => Guard::inflating(text, size),
        false => Guard::new(text),
    })
}

pub fn names(record: &StringRecord) -> Result<Vec<String>, Unreadable> {
    let mut seen = HashSet::new();
    for (at, name) in record.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(Unreadable::refused(format!(
                "has no name for column {} in its header",
                at + 1
            )));
        }
        if !seen.insert(name) {
            return Err(Unreadable::refused(format!(
                "has column {} twice in its header",
                quoted(name)
            )));
        }
    }
    Ok(record.iter().map(String::from).collect())
}

fn unreadable(error: csv::Error) -> Unreadable {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => Unreadable::refused(format!("is not UTF-8 on line {}", line(pos))),
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => Unreadable::refused(format!(
            "has {len} field{} on line {} where {expected_len} are right",
            if *len == 1 { "" } else { "s" },
            line(pos)
        )),
        _ => match error.into_kind() {
            csv::ErrorKind::Io(error) => from_io(error),
            other => Unreadable::Broken(anyhow!("{other:?}")),
        },
    }
}

/// Our guard's refusals and a decoder's complaints are the file's fault; everything else is the machine's.
fn from_io(error: std::io::Error) -> Unreadable {
    match error.kind() {
        ErrorKind::InvalidData if error.get_ref().is_some() => Unreadable::Refused(error.to_string()),
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            Unreadable::Refused(format!("is a broken gzip archive ({error})"))
        }
        _ => Unreadable::Broken(error.into()),
    }
}

/// Everything in memory, for tests and small files.
pub fn read_all(path: &Path, header: Header) -> Result<(Vec<String>, Vec<StringRecord>), Unreadable> {
    let mut table = Table::open(path, header)?;
    let mut rows = Vec::new();
    while let Some(record) = table.next_record()? {
        rows.push(record.clone());
    }
    Ok((table.header, rows))
}

#[cfg(test)]
mod tests;
