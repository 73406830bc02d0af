//! The bytes of a column and its pages. A page says how large it will be and how many values a dictionary has, and the
//! parquet crate makes room for what is said: it is held against the column's size before.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

/// The machine is at fault and not the file.
#[derive(Debug)]
pub struct DiskError(pub Error);

impl std::fmt::Display for DiskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DiskError {}

/// A part of a file. It is read by position, so that threads may share the file.
pub struct Bytes {
    file: Arc<File>,
    file_bytes: u64,
    /// No page is larger than the column that it belongs to. None where no pages are read.
    page_bytes_max: Option<u64>,
}

impl Bytes {
    pub fn of_footer(file: &Arc<File>, file_bytes: u64) -> Bytes {
        Bytes {
            file: file.clone(),
            file_bytes,
            page_bytes_max: None,
        }
    }

    pub fn of_column(file: &Arc<File>, file_bytes: u64, column: &ColumnChunkMetaData) -> Bytes {
        Bytes {
            page_bytes_max: Some(column.uncompressed_size().unsigned_abs()),
            ..Bytes::of_footer(file, file_bytes)
        }
    }
}

impl Length for Bytes {
    fn len(&self) -> u64 {
        self.file_bytes
    }
}

impl ChunkReader for Bytes {
    type T = BufReader<From>;

    /// Reads from here on: a page's header, or the file's footer.
    fn get_read(&self, start: u64) -> Result<BufReader<From>> {
        let mut reader = BufReader::new(From {
            file: self.file.clone(),
            at: start,
        });
        if let Some(page_bytes_max) = self.page_bytes_max {
            let stated = uncompressed_bytes(reader.fill_buf().map_err(disk)?);
            if stated.is_some_and(|bytes| bytes > page_bytes_max) {
                return Err(ParquetError::General("a page is larger than its column".into()));
            }
        }
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.file_bytes) {
            return Err(ParquetError::EOF("it ends before its data does".into()));
        }
        let mut read = vec![0; length];
        self.file.read_exact_at(&mut read, start).map_err(disk)?;
        Ok(read.into())
    }
}

/// A file from a position on.
pub struct From {
    file: Arc<File>,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn disk(error: Error) -> ParquetError {
    ParquetError::External(Box::new(DiskError(error)))
}

/// A page's size as its header states it: the second of the header's fields (type, uncompressed size, ...), each a byte
/// 0x15 (the next field, an i32) and a variable-length integer. None for anything else, which the crate will not read.
fn uncompressed_bytes(header: &[u8]) -> Option<u64> {
    let rest = after_integer(header.strip_prefix(&[0x15])?)?.1;
    let (zigzag, _) = after_integer(rest.strip_prefix(&[0x15])?)?;
    // A negative size is refused by the crate.
    (zigzag & 1 == 0).then_some(zigzag >> 1)
}

fn after_integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// A column's pages, of which no dictionary claims more values than it has bytes.
pub struct Pages(SerializedPageReader<Bytes>);

impl Pages {
    pub fn open(bytes: Bytes, column: &ColumnChunkMetaData, rows: u64) -> Result<Pages> {
        let rows = usize::try_from(rows)?;
        Ok(Pages(SerializedPageReader::new(Arc::new(bytes), column, rows, None)?))
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.0.get_next_page()?;
        if let Some(Page::DictionaryPage { buf, num_values, .. }) = &page
            && *num_values as usize > buf.len()
        {
            return Err(ParquetError::General(
                "a dictionary has fewer values than it says".into(),
            ));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_says_it_is_larger_than_its_column_is_not_read() {
        // A data page of 100,000 bytes, which 10 bytes inflate to.
        let header = [0x15, 0x00, 0x15, 0xc0, 0x9a, 0x0c, 0x15, 0x14];
        assert_eq!(uncompressed_bytes(&header), Some(100_000));
        assert_eq!(uncompressed_bytes(&header[..5]), None);
        assert_eq!(uncompressed_bytes(b"PAR1"), None);
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &header).unwrap();
        let bytes = |page_bytes_max| Bytes {
            page_bytes_max: Some(page_bytes_max),
            ..Bytes::of_footer(&Arc::new(file.try_clone().unwrap()), header.len() as u64)
        };
        assert!(bytes(100_000).get_read(0).is_ok());
        let refused = bytes(99_999).get_read(0).err().unwrap();
        assert!(refused.to_string().contains("a page is larger than its column"));
        assert!(
            bytes(1).get_bytes(4, 5).is_err(),
            "no room is made for what is not there"
        );
    }
}
