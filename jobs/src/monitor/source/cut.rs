//! Cuts a text of any length into pieces of whole records, at the same places in every run.

use std::io::Read;

use memchr::{memchr, memchr_iter, memrchr2};

use super::open::from_io;
use crate::common::guard::RECORD_BYTES_MAX;
use crate::common::table::Unreadable;

/// Small enough to stay in a processor's cache while column after column is read from it, large enough that handing it
/// to another thread costs nothing.
pub const PIECE_BYTES: usize = 512 << 10;

/// What a record may hold a line end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    Csv,
    None,
}

/// Whole records, the last one of a file perhaps without a line end.
#[derive(Debug)]
pub struct Piece {
    pub bytes: Vec<u8>,
    pub first_line: u64,
    /// Cut where quotes alone, counted, say that a record ends: whoever takes it apart must find the same.
    pub guessed: bool,
}

pub struct Cutter<R> {
    text: R,
    quotes: Quotes,
    /// What was read beyond the last cut.
    rest: Vec<u8>,
    line: u64,
    ended: bool,
    /// No guesses; nor at the start, where the header stands.
    careful: bool,
    started: bool,
}

impl<R: Read> Cutter<R> {
    pub fn new(text: R, quotes: Quotes, careful: bool) -> Cutter<R> {
        Cutter {
            careful,
            started: false,
            text,
            quotes,
            rest: Vec::new(),
            line: 1,
            ended: false,
        }
    }

    /// The next piece, in a buffer that the caller has no more use for; None at the end.
    pub fn next(&mut self, mut bytes: Vec<u8>) -> Result<Option<Piece>, Unreadable> {
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut wanted = PIECE_BYTES;
        loop {
            self.fill(&mut bytes, wanted)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            if !self.ended
                && self.may_guess()
                && let Some(cut) = guessed_end(&bytes)
            {
                self.rest.extend_from_slice(&bytes[cut..]);
                bytes.truncate(cut);
                return Ok(Some(self.piece(bytes, true)));
            }
            let found = match self.quotes {
                Quotes::Csv => last_end(&bytes),
                Quotes::None => End {
                    cut: memrchr2(b'\n', b'\n', &bytes).map(|at| at + 1),
                    open_quote: None,
                },
            };
            if self.ended {
                if let Some(at) = found.open_quote {
                    let line = self.line + lines(&bytes[..at]);
                    return Err(refused(format!("has a quote on line {line} that never closes")));
                }
                return Ok(Some(self.piece(bytes, false)));
            }
            if let Some(cut) = found.cut {
                self.rest.extend_from_slice(&bytes[cut..]);
                bytes.truncate(cut);
                return Ok(Some(self.piece(bytes, false)));
            }
            if bytes.len() > RECORD_BYTES_MAX {
                return Err(refused(format!(
                    "has a record of more than {} MiB that begins on line {}: is a quote or a line end missing?",
                    RECORD_BYTES_MAX >> 20,
                    self.line + found.open_quote.map_or(0, |at| lines(&bytes[..at]))
                )));
            }
            wanted = bytes.len() * 2;
        }
    }

    /// Short reads must not move the cuts: the buffer is full, or the text has ended.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> Result<(), Unreadable> {
        let missing = wanted.saturating_sub(bytes.len());
        bytes.reserve(missing);
        let read = self.text.by_ref().take(missing as u64).read_to_end(bytes);
        self.ended = read.map_err(from_io)? < missing;
        Ok(())
    }

    fn may_guess(&self) -> bool {
        self.quotes == Quotes::Csv && self.started && !self.careful
    }

    fn piece(&mut self, bytes: Vec<u8>, guessed: bool) -> Piece {
        let first_line = self.line;
        self.line += lines(&bytes);
        self.started = true;
        Piece {
            bytes,
            first_line,
            guessed,
        }
    }
}

pub fn lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

pub fn refused(sentence: String) -> Unreadable {
    Unreadable::Refused(sentence)
}

struct End {
    /// After the last line end outside quotes.
    cut: Option<usize>,
    open_quote: Option<usize>,
}

/// After an even number of quotes every one that opened is closed, unless one stands in the midst of a field.
fn guessed_end(bytes: &[u8]) -> Option<usize> {
    let cut = memrchr2(b'\n', b'\r', bytes)? + 1;
    memchr_iter(b'"', &bytes[..cut])
        .count()
        .is_multiple_of(2)
        .then_some(cut)
}

/// Whether a record ends where these bytes do.
pub fn is_whole(bytes: &[u8]) -> bool {
    let end = last_end(bytes);
    end.open_quote.is_none() && end.cut == Some(bytes.len())
}

/// A quote opens at the start of a field alone, and a doubled one does not close.
fn last_end(bytes: &[u8]) -> End {
    let mut cut = None;
    let mut from = 0;
    while let Some(quote) = memchr(b'"', &bytes[from..]).map(|at| from + at) {
        if let Some(end) = memrchr2(b'\n', b'\r', &bytes[from..quote]) {
            cut = Some(from + end + 1);
        }
        if quote > 0 && !matches!(bytes[quote - 1], b',' | b'\n' | b'\r') {
            from = quote + 1;
            continue;
        }
        match closing(bytes, quote + 1) {
            Some(closed) => from = closed + 1,
            None => {
                return End {
                    cut,
                    open_quote: Some(quote),
                };
            }
        }
    }
    if let Some(end) = memrchr2(b'\n', b'\r', &bytes[from..]) {
        cut = Some(from + end + 1);
    }
    End { cut, open_quote: None }
}

fn closing(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let quote = from + memchr(b'"', &bytes[from..])?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8], quotes: Quotes) -> Result<Vec<Piece>, String> {
        let mut cutter = Cutter::new(text, quotes, true);
        let mut pieces = Vec::new();
        loop {
            match cutter.next(Vec::new()) {
                Ok(Some(piece)) => pieces.push(piece),
                Ok(None) => return Ok(pieces),
                Err(Unreadable::Refused(sentence)) => return Err(sentence),
                Err(Unreadable::Broken(error)) => panic!("{error:#}"),
            }
        }
    }

    #[test]
    fn pieces_are_whole_records_and_together_the_text() {
        let record = "12,\"a \"\"b\"\",\n c\",5\" pipe,\r\n\"\",x,\"\"\n";
        let text = record.repeat(60_000).into_bytes();
        let pieces = pieces(&text, Quotes::Csv).unwrap();
        assert!(pieces.len() > 3, "{}", pieces.len());
        let mut line = 1;
        for piece in &pieces {
            assert!(piece.bytes.starts_with(b"12,") || piece.bytes.starts_with(b"\"\",x") || piece.bytes[0] == b'\n');
            assert_eq!(piece.first_line, line);
            line += lines(&piece.bytes);
        }
        let together: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.bytes).collect();
        assert_eq!(together, text);
    }

    #[test]
    fn short_reads_do_not_move_the_cuts() {
        struct Drops<'t>(&'t [u8]);
        impl Read for Drops<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let end = buffer.len().min(977);
                self.0.read(&mut buffer[..end])
            }
        }
        let text = "1,2,3,4\n".repeat(200_000).into_bytes();
        let mut cutter = Cutter::new(Drops(&text), Quotes::Csv, true);
        for expected in pieces(&text, Quotes::Csv).unwrap() {
            let piece = cutter.next(Vec::new()).unwrap_or_else(|_| panic!("readable")).unwrap();
            assert_eq!(piece.bytes, expected.bytes);
        }
    }

    #[test]
    fn guesses_are_where_a_careful_look_cuts_or_are_found_out() {
        let doubled = "1,\"a, \"\"b\"\"\n c\",3\n".to_owned();
        let stray = format!("1,5\" pipe,\"{}\"\n", "x\n".repeat(38));
        for (record, wrong) in [(doubled, false), (stray, true)] {
            let text = record.repeat(6_000_000 / record.len()).into_bytes();
            let mut cutter = Cutter::new(&text[..], Quotes::Csv, false);
            let careful = pieces(&text, Quotes::Csv).unwrap();
            let mut guesses = 0;
            for expected in careful {
                let piece = cutter.next(Vec::new()).unwrap_or_else(|_| panic!("readable")).unwrap();
                guesses += usize::from(piece.guessed);
                if !is_whole(&piece.bytes) {
                    assert!(piece.guessed && wrong, "{record}");
                    return;
                }
                assert_eq!(piece.bytes, expected.bytes, "{record}");
            }
            assert!(guesses > 3 && !wrong, "{record}");
        }
        panic!("no guess was wrong");
    }

    #[test]
    fn what_never_ends_is_refused_by_its_line() {
        assert_eq!(
            pieces(b"a,b\n1,2\n3,\"4\n5,6\n", Quotes::Csv).unwrap_err(),
            "has a quote on line 3 that never closes"
        );
        let endless = [b"a\nb\n".to_vec(), vec![b'x'; RECORD_BYTES_MAX * 2 + 10]].concat();
        let error = pieces(&endless, Quotes::Csv).unwrap_err();
        assert!(error.contains("more than 16 MiB that begins on line 3"), "{error}");
    }
}
