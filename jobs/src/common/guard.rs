//! Watches the bytes of a CSV file on their way to the parser: quotes that never close, records without an end, NUL
//! bytes, and archives that inflate without measure. A parser alone would swallow these or the memory.

use std::io::{Error, ErrorKind, Read, Result};

/// A record longer than this is a file that lost its line ends or a quote that never closes.
pub const RECORD_BYTES_MAX: usize = 16 << 20;
/// Up to here an archive may inflate whatever its size.
pub const INFLATED_FREE_BYTES: u64 = 256 << 20;
/// Beyond that, text compresses less than this; a bomb compresses a thousandfold.
pub const INFLATED_RATIO_MAX: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field: its end, or the first half of a doubled quote.
    QuoteInQuoted,
}

pub struct Guard<R> {
    inner: R,
    place: Place,
    line: u64,
    quote_opened_on: u64,
    record_bytes: usize,
    passed: u64,
    passed_max: u64,
}

impl<R: Read> Guard<R> {
    pub fn new(inner: R) -> Guard<R> {
        Guard {
            inner,
            place: Place::FieldStart,
            line: 1,
            quote_opened_on: 0,
            record_bytes: 0,
            passed: 0,
            passed_max: u64::MAX,
        }
    }

    /// For the inside of an archive of so many bytes.
    pub fn inflating(inner: R, archive_bytes: u64) -> Guard<R> {
        let passed_max = archive_bytes
            .saturating_mul(INFLATED_RATIO_MAX)
            .max(INFLATED_FREE_BYTES);
        Guard {
            passed_max,
            ..Guard::new(inner)
        }
    }

    fn watch(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.contains(&0) {
            return refuse(format!("has a NUL byte after line {}: CSV is text in UTF-8", self.line));
        }
        self.passed += bytes.len() as u64;
        if self.passed > self.passed_max {
            return refuse(format!(
                "inflates to more than {} MiB: it is no ordinary archive",
                self.passed_max >> 20
            ));
        }
        if self.place != Place::Quoted && self.place != Place::QuoteInQuoted && !bytes.contains(&b'"') {
            self.watch_plain(bytes);
        } else {
            bytes.iter().for_each(|byte| self.watch_byte(*byte));
        }
        if self.record_bytes > RECORD_BYTES_MAX {
            return refuse(format!(
                "has a record of more than {} MiB that begins near line {}: is a quote or a line end missing?",
                RECORD_BYTES_MAX >> 20,
                if self.place == Place::Quoted {
                    self.quote_opened_on
                } else {
                    self.line
                }
            ));
        }
        Ok(())
    }

    /// No quote anywhere: only line ends matter, and where the last field stands.
    fn watch_plain(&mut self, bytes: &[u8]) {
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        match bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(at) => self.record_bytes = bytes.len() - at - 1,
            None => self.record_bytes += bytes.len(),
        }
        self.place = match bytes.last() {
            Some(b',' | b'\n' | b'\r') => Place::FieldStart,
            Some(_) => Place::Unquoted,
            None => self.place,
        };
    }

    fn watch_byte(&mut self, byte: u8) {
        self.record_bytes += 1;
        if byte == b'\n' {
            self.line += 1;
        }
        self.place = match (self.place, byte) {
            (Place::FieldStart, b'"') => {
                self.quote_opened_on = self.line;
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) | (Place::QuoteInQuoted, b'"') => Place::Quoted,
            (_, b',') => Place::FieldStart,
            (_, b'\n' | b'\r') => {
                self.record_bytes = 0;
                Place::FieldStart
            }
            _ => Place::Unquoted,
        };
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && self.place == Place::Quoted {
            return refuse(format!(
                "has a quote on line {} that never closes",
                self.quote_opened_on
            ));
        }
        self.watch(&buffer[..count])?;
        Ok(count)
    }
}

fn refuse<T>(sentence: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidData, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> std::result::Result<(), String> {
        let mut guard = Guard::new(text);
        std::io::copy(&mut guard, &mut std::io::sink())
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn quotes_that_close_pass_whatever_stands_between() {
        read(b"a,b\n\"x\"\"y\",\"1\n2\"\n5\" pipe,3\n").unwrap();
        read(b"a,b\r\n\"\",\"\"").unwrap();
    }

    #[test]
    fn an_open_quote_is_named_by_its_line() {
        assert_eq!(
            read(b"a,b\n1,2\n3,\"4\n5,6\n").unwrap_err(),
            "has a quote on line 3 that never closes"
        );
    }

    #[test]
    fn a_record_without_end_and_a_bomb_are_stopped() {
        let mut endless = Guard::new(std::io::repeat(b'x'));
        let error = std::io::copy(&mut endless, &mut std::io::sink()).unwrap_err();
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
        let lines = std::io::repeat(b'\n').take(INFLATED_FREE_BYTES + 1);
        let error = std::io::copy(&mut Guard::inflating(lines, 10), &mut std::io::sink()).unwrap_err();
        assert!(error.to_string().contains("inflates to more than 256 MiB"), "{error}");
    }
}
