//! Opens a file of text, packed or not, and stops archives that inflate without measure.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use flate2::bufread::MultiGzDecoder;

use crate::common::guard::{INFLATED_FREE_BYTES, INFLATED_RATIO_MAX};
use crate::common::table::Unreadable;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const UTF16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

pub type Text = Box<dyn Read + Send>;

/// The file's text without a byte order mark. Bytes of the file are counted as they are read.
pub fn text(path: &Path, counter: &Arc<AtomicU64>) -> std::result::Result<Text, Unreadable> {
    let open = || -> anyhow::Result<(BufReader<Counted>, u64)> {
        let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
        let metadata = file.metadata();
        let size = metadata.with_context(|| format!("look at {}", path.display()))?.len();
        let file = Counted {
            file,
            counter: counter.clone(),
        };
        Ok((BufReader::with_capacity(1 << 16, file), size))
    };
    let (mut file, size) = open().map_err(Unreadable::Broken)?;
    let packed = file.fill_buf().map_err(from_io)?.starts_with(&GZIP);
    let mut text: Text = match packed {
        true => Box::new(Measured {
            inner: MultiGzDecoder::new(file),
            left: size.saturating_mul(INFLATED_RATIO_MAX).max(INFLATED_FREE_BYTES),
        }),
        false => Box::new(file),
    };
    let mut start = Vec::new();
    text.by_ref().take(3).read_to_end(&mut start).map_err(from_io)?;
    if UTF16.iter().any(|mark| start.starts_with(mark)) {
        return Err(Unreadable::Refused("is UTF-16: save it as UTF-8".into()));
    }
    // Who saves a file twice may have marked it twice.
    while start == BYTE_ORDER_MARK {
        start.clear();
        text.by_ref().take(3).read_to_end(&mut start).map_err(from_io)?;
    }
    Ok(Box::new(std::io::Cursor::new(start).chain(text)))
}

struct Counted {
    file: File,
    counter: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.file.read(buffer)?;
        self.counter.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

struct Measured<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| {
            let sentence =
                format!("inflates to more than {INFLATED_RATIO_MAX} times its size: it is no ordinary archive");
            Error::new(ErrorKind::InvalidData, sentence)
        })?;
        Ok(count)
    }
}

/// Our own refusals and a decoder's complaints are the file's fault; everything else is the machine's.
pub fn from_io(error: Error) -> Unreadable {
    match error.kind() {
        ErrorKind::InvalidData if error.get_ref().is_some() => Unreadable::Refused(error.to_string()),
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            Unreadable::Refused(format!("is a broken gzip archive ({error})"))
        }
        _ => Unreadable::Broken(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_stopped() {
        let mut bomb = Measured {
            inner: std::io::repeat(b'x'),
            left: 1 << 20,
        };
        let error = std::io::copy(&mut bomb, &mut std::io::sink()).unwrap_err();
        assert!(error.to_string().contains("no ordinary archive"), "{error}");
    }
}
