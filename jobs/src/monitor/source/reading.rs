//! Reads the files of a data set one after the other, and fills rounds with their pieces.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Format;
use super::csv::{CsvFile, Places};
use super::cut::{Cutter, Quotes, refused};
use super::open;
use super::parquet::{ParquetFile, ParquetPiece};
use super::round::{Problem, Round, Work};
use crate::common::table::Unreadable;
use crate::common::values::named;

pub struct Reading<'p> {
    format: Format,
    careful: bool,
    paths: &'p [PathBuf],
    /// The file that is open, or the next one.
    file: usize,
    open: Option<Open>,
    columns: Option<Arc<Vec<String>>>,
    /// Bytes of the files as they lie there, packed or not.
    bytes: Arc<AtomicU64>,
}

enum Open {
    Csv(CsvFile, Arc<Places>),
    JsonLines(Cutter<open::Text>),
    Parquet {
        file: Arc<ParquetFile>,
        group: usize,
        places: Arc<Places>,
    },
}

impl<'p> Reading<'p> {
    /// Careful: where records end is not guessed.
    pub fn new(format: Format, paths: &'p [PathBuf], careful: bool) -> Reading<'p> {
        Reading {
            careful,
            format,
            paths,
            file: 0,
            open: None,
            columns: None,
            bytes: Arc::default(),
        }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Fills a round, which stays empty when there is nothing more. What was read before a problem is in the round.
    pub fn fill(&mut self, round: &mut Round) -> Result<(), Problem> {
        round.clear();
        while !round.is_full() && self.file < self.paths.len() {
            let read = self.next(round.buffer());
            match read.map_err(|problem| (self.file, problem))? {
                Some(work) => round.push(self.file, work),
                None => {
                    self.open = None;
                    self.file += 1;
                }
            }
        }
        round.columns.clone_from(&self.columns);
        Ok(())
    }

    /// The next piece of the file, in a buffer that nobody has more use for.
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Work>, Unreadable> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let work = match &mut open {
            Open::Csv(file, places) => file.next(buffer, places)?.map(Work::Csv),
            Open::JsonLines(cutter) => cutter.next(buffer)?.map(Work::JsonLines),
            Open::Parquet { file, group, places } => (*group < file.groups()).then(|| {
                self.bytes.fetch_add(file.group_bytes(*group), Ordering::Relaxed);
                *group += 1;
                Work::Parquet(ParquetPiece {
                    file: file.clone(),
                    group: *group - 1,
                    places: places.clone(),
                })
            }),
        };
        self.open = Some(open);
        Ok(work)
    }

    fn open(&mut self) -> Result<Open, Unreadable> {
        let path = &self.paths[self.file];
        Ok(match self.format {
            Format::Csv(header) => {
                let file = CsvFile::open(open::text(path, &self.bytes)?, header, self.careful)?;
                let places = self.places(&file.header)?;
                Open::Csv(file, places)
            }
            Format::JsonLines => {
                let text = open::text(path, &self.bytes)?;
                Open::JsonLines(Cutter::new(text, Quotes::None, self.careful))
            }
            Format::Parquet => {
                let file = Arc::new(ParquetFile::open(path)?);
                let places = self.places(&file.header)?;
                Open::Parquet { file, group: 0, places }
            }
        })
    }

    /// Which field of this file each column is. Files may order their columns differently when they have names.
    fn places(&mut self, header: &[String]) -> Result<Arc<Places>, Unreadable> {
        let columns = self.columns.get_or_insert_with(|| Arc::new(header.to_vec()));
        let place = |name: &String| header.iter().position(|field| field == name);
        let places: Vec<usize> = match columns[..] == *header {
            true => (0..header.len()).collect(),
            false => columns.iter().filter_map(place).collect(),
        };
        if places.len() != header.len() || places.len() != columns.len() {
            return Err(refused(others(columns, header)));
        }
        Ok(Arc::new(Places(places)))
    }
}

fn others(columns: &[String], header: &[String]) -> String {
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        let known: HashSet<&String> = those.iter().collect();
        these.iter().filter(|name| !known.contains(name)).cloned().collect()
    };
    let (missing, new) = (without(columns, header), without(header, columns));
    let shown = |names: &[String]| named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut told = Vec::new();
    for (what, names) in [("lacks", missing), ("brings", new)] {
        if !names.is_empty() {
            told.push(format!("{what} {}", shown(&names)));
        }
    }
    format!(
        "has other columns than the files before it ({}): all files of one data set must have the same",
        told.join(", ")
    )
}
