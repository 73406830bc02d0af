//! Rounds: the pieces that are at hand are taken apart side by side, and then profiled column by column, side by side.
//!
//! A column takes up its fields in the order of the files, whichever thread reads them: on one core or on many, the same
//! files give the same bytes. And there is one profile, however many cores work on it.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::csv::{CsvPiece, Fields};
use super::cut::Piece;
use super::json_lines::Rows;
use super::parquet::ParquetPiece;
use crate::common::table::Unreadable;
use crate::monitor::column::{ColumnProfile, Read};
use crate::monitor::{Baseline, Profile, empty};

/// As much text as is at hand at once: enough that a column's share of it is worth the way to the column's memory, where
/// there are a thousand of them.
const ROUND_BYTES: usize = 2 << 20;
/// Small files make small pieces.
const PIECES_MAX: usize = 16;
/// Columns are handed to threads in parts, at least so many where there are enough columns.
const PARTS: usize = 64;

pub enum Work {
    Csv(CsvPiece),
    JsonLines(Piece),
    Parquet(ParquetPiece),
}

/// Pieces with the files that they are of.
#[derive(Default)]
pub struct Round {
    pieces: Vec<(usize, Work)>,
    bytes: usize,
    /// The columns of every file, once the first one has told them.
    pub columns: Option<Arc<Vec<String>>>,
    spare: Vec<Vec<u8>>,
}

impl Round {
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.bytes >= ROUND_BYTES || self.pieces.len() == PIECES_MAX
    }

    pub fn push(&mut self, file: usize, work: Work) {
        self.bytes += match &work {
            Work::Csv(piece) => piece.piece.bytes.len(),
            Work::JsonLines(piece) => piece.bytes.len(),
            // A group of rows is as large as its writer liked.
            Work::Parquet(_) => ROUND_BYTES,
        };
        self.pieces.push((file, work));
    }

    /// Empties the round, but keeps its buffers for the pieces to come.
    pub fn clear(&mut self) {
        self.bytes = 0;
        self.spare
            .extend(self.pieces.drain(..).filter_map(|(_, work)| match work {
                Work::Csv(piece) => Some(piece.piece.bytes),
                Work::JsonLines(piece) => Some(piece.bytes),
                Work::Parquet(_) => None,
            }));
    }

    pub fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// The file that the last piece is of.
    pub fn file(&self) -> usize {
        self.pieces.last().map_or(0, |(file, _)| *file)
    }
}

/// The file that a problem was found in.
pub type Problem = (usize, Unreadable);

pub struct Profiler<'b> {
    baseline: Option<&'b Baseline>,
    pub profile: Profile,
    /// Where columns are that came up on the way.
    places: HashMap<String, usize>,
    parsers: Vec<Parser>,
}

/// What takes a piece apart, and what it found.
#[derive(Default)]
struct Parser {
    fields: Fields,
    rows: Rows,
    /// Which of its members each column of the profile is, in JSON lines.
    members: Vec<Option<usize>>,
}

impl<'b> Profiler<'b> {
    pub fn new(baseline: Option<&'b Baseline>) -> Profiler<'b> {
        Profiler {
            baseline,
            profile: Profile::default(),
            places: HashMap::new(),
            parsers: Vec::new(),
        }
    }

    /// Of several problems the first one is told, in the order of the pieces. False when a piece before it was cut in the
    /// midst of a record: then nothing that was found is right.
    pub fn take(&mut self, round: &Round) -> Result<bool, Problem> {
        if self.profile.columns.is_empty()
            && let Some(columns) = &round.columns
        {
            self.profile.columns = empty(columns, self.baseline).columns;
        }
        if self.parsers.len() < round.pieces.len() {
            self.parsers.resize_with(round.pieces.len(), Parser::default);
        }
        let work = self.parsers.par_iter_mut().zip(&round.pieces);
        let read: Vec<Result<Option<u64>, Problem>> = work
            .map(|(parser, (file, work))| parser.read(work).map_err(|problem| (*file, problem)))
            .collect();
        for rows in read {
            let Some(rows) = rows? else { return Ok(false) };
            self.profile.rows += rows;
        }
        self.add_members(round);
        let parsers = &self.parsers;
        let columns = &mut self.profile.columns;
        let at_once = (columns.len() / PARTS).max(1);
        let read: Vec<Result<(), Problem>> = columns
            .par_iter_mut()
            .enumerate()
            .with_max_len(at_once)
            .map_init(Read::default, |fields, (at, column)| {
                profile(at, column, parsers, round, fields)
            })
            .collect();
        read.into_iter().collect::<Result<(), Problem>>().map(|()| true)
    }

    /// Members of JSON lines that are new stand behind the columns that are known.
    fn add_members(&mut self, round: &Round) {
        for (parser, (_, work)) in self.parsers.iter_mut().zip(&round.pieces) {
            let Work::JsonLines(_) = work else { continue };
            let seen = parser.members.iter().flatten().count();
            for (member, name) in parser.rows.names().iter().enumerate().skip(seen) {
                let place = match self.places.get(name) {
                    Some(place) => *place,
                    None => {
                        let place = self.profile.columns.len();
                        let columns = empty(std::slice::from_ref(name), self.baseline).columns;
                        self.profile.columns.extend(columns);
                        self.places.insert(name.clone(), place);
                        place
                    }
                };
                if parser.members.len() <= place {
                    parser.members.resize(place + 1, None);
                }
                parser.members[place] = Some(member);
            }
        }
    }
}

impl Parser {
    /// How many rows there are, in a whole piece.
    fn read(&mut self, work: &Work) -> Result<Option<u64>, Unreadable> {
        match work {
            Work::Csv(piece) => self.fields.read(piece),
            Work::JsonLines(piece) => self.rows.read(piece).map(Some),
            Work::Parquet(piece) => Ok(Some(piece.rows())),
        }
    }
}

/// One column's fields of a round.
fn profile(
    at: usize,
    column: &mut ColumnProfile,
    parsers: &[Parser],
    round: &Round,
    read: &mut Read,
) -> Result<(), Problem> {
    for (parser, (file, work)) in parsers.iter().zip(&round.pieces) {
        match work {
            Work::Csv(piece) => column.read_fields(parser.fields.of(piece, at), read),
            Work::JsonLines(_) => {
                if let Some(member) = parser.members.get(at).copied().flatten() {
                    column.read_fields(parser.rows.columns[member].iter(), read);
                }
            }
            Work::Parquet(piece) => piece.profile(at, column, read).map_err(|problem| (*file, problem))?,
        }
        if read.is_enough() {
            column.take_up(read);
        }
    }
    column.take_up(read);
    Ok(())
}
