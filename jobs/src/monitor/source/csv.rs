//! Pieces of a CSV file, taken apart into fields and profiled column by column.

use std::io::Read;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader};

use super::cut::{Cutter, Piece, Quotes, is_whole, lines, refused};
use super::open;
use crate::common::table::{Header, Unreadable, names};

/// One file of the data set, known after its first record.
pub struct CsvFile {
    cutter: Cutter<open::Text>,
    first: Option<Piece>,
    pub header: Vec<String>,
    has_header: bool,
    any_rows: bool,
}

/// Which field of a record each column is.
#[derive(Debug)]
pub struct Places(pub Vec<usize>);

pub struct CsvPiece {
    pub piece: Piece,
    pub places: Arc<Places>,
    /// The header stands before the rows.
    pub skip: usize,
}

impl CsvFile {
    pub fn open(text: open::Text, header: Header, careful: bool) -> Result<CsvFile, Unreadable> {
        let mut cutter = Cutter::new(text, Quotes::Csv, careful);
        let first = cutter.next(Vec::new())?.ok_or_else(|| refused("is empty".into()))?;
        let mut file = CsvFile {
            cutter,
            first: None,
            header: Vec::new(),
            has_header: header == Header::Present,
            any_rows: false,
        };
        file.header = file.read_header(&first, header)?;
        file.first = Some(first);
        Ok(file)
    }

    fn read_header(&mut self, first: &Piece, header: Header) -> Result<Vec<String>, Unreadable> {
        check_text(first)?;
        // The file's byte order mark is gone; another one is a name's, which the parser leaves alone after a line end.
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(b"\n".chain(&first.bytes[..]));
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Err(refused("is empty".into())),
            Err(error) => return Err(Unreadable::Broken(error.into())),
        }
        match header {
            Header::Present => names(&record),
            Header::Absent => Ok((0..record.len()).map(|at| format!("_c{at}")).collect()),
        }
    }

    /// The next piece, in a buffer that the caller has no more use for. A file that ends without any row is refused.
    pub fn next(&mut self, buffer: Vec<u8>, places: &Arc<Places>) -> Result<Option<CsvPiece>, Unreadable> {
        let is_first = self.first.is_some();
        let piece = match self.first.take() {
            Some(piece) => Some(piece),
            None => self.cutter.next(buffer)?,
        };
        let Some(piece) = piece else {
            return match self.any_rows {
                true => Ok(None),
                false => Err(refused("has a header and no rows".into())),
            };
        };
        let skip = match is_first && self.has_header {
            true => header_bytes(&piece.bytes),
            false => 0,
        };
        self.any_rows |= piece.bytes[skip..].iter().any(|byte| !matches!(byte, b'\n' | b'\r'));
        Ok(Some(CsvPiece {
            piece,
            places: places.clone(),
            skip,
        }))
    }
}

fn header_bytes(bytes: &[u8]) -> usize {
    let mut fields = Fields::default();
    fields.first(bytes).map_or(bytes.len(), |record| record.bytes)
}

/// Text in UTF-8, without NUL bytes.
fn check_text(piece: &Piece) -> Result<(), Unreadable> {
    let line = |at: usize| piece.first_line + lines(&piece.bytes[..at]);
    if let Some(at) = memchr::memchr(0, &piece.bytes) {
        let line = line(at);
        return Err(refused(format!("has a NUL byte on line {line}: CSV is text in UTF-8")));
    }
    match std::str::from_utf8(&piece.bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(format!("is not UTF-8 on line {}", line(error.valid_up_to())))),
    }
}

/// The fields of many records, one after another.
pub struct Fields {
    core: Reader,
    /// The fields without their quotes, where they cannot stay in the piece.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Where each field begins and ends, in the piece or in `text`.
    spans: Vec<Span>,
    in_place: bool,
}

/// No piece is as long as 32 bits count.
type Span = (u32, u32);

impl Default for Fields {
    fn default() -> Fields {
        Fields {
            // Its own default has no tables yet.
            core: Reader::new(),
            text: Vec::new(),
            ends: Vec::new(),
            spans: Vec::new(),
            in_place: true,
        }
    }
}

struct Record {
    bytes: usize,
    fields: usize,
}

impl Fields {
    /// Takes a piece apart; how many rows it has. None when it was cut in the midst of a record.
    pub fn read(&mut self, piece: &CsvPiece) -> Result<Option<u64>, Unreadable> {
        if piece.skip == 0 {
            check_text(&piece.piece)?;
        }
        let width = piece.places.0.len();
        self.in_place = plain(&piece.piece.bytes, piece.skip, width, &mut self.spans);
        if !self.in_place {
            if piece.piece.guessed && !is_whole(&piece.piece.bytes) {
                return Ok(None);
            }
            self.split(piece)?;
        }
        Ok(Some((self.spans.len() / width) as u64))
    }

    /// The fields of one column of the piece that was read.
    pub fn of<'f>(&'f self, piece: &'f CsvPiece, column: usize) -> impl Iterator<Item = &'f [u8]> {
        let text = match self.in_place {
            true => &piece.piece.bytes,
            false => &self.text,
        };
        let spans = self
            .spans
            .iter()
            .skip(piece.places.0[column])
            .step_by(piece.places.0.len());
        spans.map(|(start, end)| &text[*start as usize..*end as usize])
    }

    /// Every record of a piece must be as wide as the header.
    fn split(&mut self, piece: &CsvPiece) -> Result<(), Unreadable> {
        let (bytes, width) = (&piece.piece.bytes, piece.places.0.len());
        self.begin();
        self.text.resize(bytes.len() - piece.skip, 0);
        self.spans.clear();
        let (mut at, mut text_end) = (piece.skip, 0);
        loop {
            let start = at;
            let found = self.read_into(&bytes[at..], text_end);
            let Some(record) = found else { return Ok(()) };
            at += record.bytes;
            if record.fields != width {
                let blank = bytes[start..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'\n' | b'\r'))
                    .count();
                return Err(refused(format!(
                    "has {} field{} on line {} where {width} are right",
                    record.fields,
                    if record.fields == 1 { "" } else { "s" },
                    piece.piece.first_line + lines(&bytes[..start + blank])
                )));
            }
            let record_from = text_end;
            for end in &self.ends[..width] {
                self.spans.push((text_end as u32, (record_from + end) as u32));
                text_end = record_from + end;
            }
        }
    }

    /// A byte order mark belongs to the start of a file, and a piece that begins with one has it in a field: the parser has read
    /// something by then.
    fn begin(&mut self) {
        self.core.reset();
        self.core.read_record(b"\n", &mut [0], &mut [0]);
    }

    fn first(&mut self, bytes: &[u8]) -> Option<Record> {
        self.begin();
        self.text.resize(bytes.len(), 0);
        self.read_into(bytes, 0)
    }

    /// One record; the ends of its fields count from its own first byte.
    fn read_into(&mut self, bytes: &[u8], text_from: usize) -> Option<Record> {
        const FIELDS_MORE: usize = 1 << 12;
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            if self.ends.len() <= fields {
                self.ends.resize(fields + FIELDS_MORE, 0);
            }
            let (result, input, output, ends) = self.core.read_record(
                &bytes[read..],
                &mut self.text[text_from + written..],
                &mut self.ends[fields..],
            );
            (read, written, fields) = (read + input, written + output, fields + ends);
            match result {
                ReadRecordResult::Record => return Some(Record { bytes: read, fields }),
                ReadRecordResult::End => return None,
                // The piece is whole: nothing more comes, which an empty input says.
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputEndsFull => {}
                // No field is longer than what it was written as; only an end without a line end wants a byte more.
                ReadRecordResult::OutputFull => self.text.push(0),
            }
        }
    }
}

/// Finds the fields of a piece where they stand. False when a record is not as wide as it should be, or a quoted field
/// holds a quote: then the parser that knows all of CSV must have a look.
fn plain(bytes: &[u8], from: usize, width: usize, spans: &mut Vec<Span>) -> bool {
    spans.clear();
    let mut at = from;
    while at < bytes.len() {
        if matches!(bytes[at], b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let fields_before = spans.len();
        loop {
            let (span, after) = match bytes.get(at) {
                // Most are too short for a search that is made for long ones.
                Some(b'"') => match bytes[at + 1..].iter().position(|byte| *byte == b'"') {
                    Some(length) => ((at + 1, at + 1 + length), at + 2 + length),
                    None => return false,
                },
                _ => {
                    let end = field_end(bytes, at);
                    ((at, end), end)
                }
            };
            spans.push((span.0 as u32, span.1 as u32));
            at = after + 1;
            match bytes.get(after) {
                Some(b',') => {}
                Some(b'\n' | b'\r') | None => break,
                Some(_) => return false,
            }
        }
        if spans.len() - fields_before != width {
            return false;
        }
    }
    true
}

/// Where the next comma or line end stands. Eight bytes are looked at together: most fields are no longer, and a processor
/// need not guess how long one is.
#[inline]
fn field_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x80 * ONES;
    // The lowest high bit that is set stands where the first such byte does; those above it may be wrong.
    let first = |word: u64, byte: u8| {
        let unlike = word ^ (u64::from(byte) * ONES);
        unlike.wrapping_sub(ONES) & !unlike & HIGHS
    };
    while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let word = u64::from_le_bytes(eight);
        let found = first(word, b',') | first(word, b'\n') | first(word, b'\r');
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let ends = |byte: &u8| matches!(byte, b',' | b'\n' | b'\r');
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(ends).map_or(bytes.len(), |length| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::Random;

    #[test]
    fn fields_found_in_place_are_those_that_the_parser_finds() {
        let mut random = Random::new(11);
        let mut found = 0;
        for _ in 0..20_000 {
            let length = random.below(24);
            let bytes: Vec<u8> = (0..length).map(|_| b"ab,,\"\"\n\r"[random.below(8)]).collect();
            let width = 1 + random.below(3);
            let mut spans = Vec::new();
            if !plain(&bytes, 0, width, &mut spans) {
                continue;
            }
            let in_place: Vec<Vec<u8>> = spans
                .iter()
                .map(|(start, end)| bytes[*start as usize..*end as usize].to_vec())
                .collect();
            let mut fields = Fields::default();
            let places = Arc::new(Places((0..width).collect()));
            let piece = CsvPiece {
                piece: Piece {
                    bytes: bytes.clone(),
                    first_line: 1,
                    guessed: false,
                },
                places,
                skip: 0,
            };
            assert!(fields.split(&piece).is_ok(), "{bytes:?} {width}");
            let parsed: Vec<Vec<u8>> = fields
                .spans
                .iter()
                .map(|(start, end)| fields.text[*start as usize..*end as usize].to_vec())
                .collect();
            assert_eq!(in_place, parsed, "{bytes:?} {width}");
            found += usize::from(!spans.is_empty());
        }
        assert!(found > 500, "{found}");
    }
}
