//! Lanes: threads that profile pieces, each its own share of them in their order, and the merging of what they found.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use anyhow::anyhow;

use super::csv::{CsvPiece, Fields};
use super::cut::Piece;
use super::json_lines::Rows;
use super::parquet::{Batch, ParquetPiece};
use crate::common::table::Unreadable;
use crate::monitor::column::ColumnProfile;
use crate::monitor::{Baseline, Profile, empty};

/// Part of the result, like the size of a piece: a sketch depends on what it took up in which order. Two keep the small
/// machines busy that monitors run on, and each lane more costs the memory of a profile.
const LANES: usize = 2;
/// Pieces that wait for a lane.
const WAITING_MAX: usize = 2;

pub enum Work {
    Csv(CsvPiece),
    JsonLines(Piece),
    Parquet(ParquetPiece),
}

enum Message {
    /// The columns of every file, before the first piece.
    Columns(Arc<Vec<String>>),
    Piece {
        nth: usize,
        file: usize,
        work: Work,
    },
}

/// The piece and the file that a problem was found in; the first piece is the one to tell of.
type Problem = (usize, usize, Unreadable);

pub struct Lanes<'scope> {
    senders: Vec<SyncSender<Message>>,
    threads: Vec<ScopedJoinHandle<'scope, Result<Found, Problem>>>,
    returned: Receiver<Vec<u8>>,
    sent: usize,
}

impl Lanes<'_> {
    /// Runs `read`, which sends the pieces, and merges what the lanes found. A problem comes with its file.
    pub fn run(
        baseline: Option<&Baseline>,
        read: impl FnOnce(&mut Lanes) -> Result<(), (usize, Unreadable)>,
    ) -> Result<Profile, (usize, Unreadable)> {
        thread::scope(|scope| {
            let mut lanes = Lanes::start(scope, baseline);
            let reading = read(&mut lanes);
            let found = lanes.finish();
            // Whatever a lane found lies before what stopped the reading.
            let found = found?;
            reading?;
            Ok(merge(found))
        })
    }

    fn start<'scope>(scope: &'scope Scope<'scope, '_>, baseline: Option<&'scope Baseline>) -> Lanes<'scope> {
        let (give_back, returned) = channel();
        let mut lanes = Lanes {
            senders: Vec::new(),
            threads: Vec::new(),
            returned,
            sent: 0,
        };
        for _ in 0..LANES {
            let (sender, receiver) = sync_channel(WAITING_MAX);
            let give_back = give_back.clone();
            lanes.senders.push(sender);
            lanes
                .threads
                .push(scope.spawn(move || work(&receiver, &give_back, baseline)));
        }
        lanes
    }

    /// A buffer that a lane has done with, or a new one.
    pub fn buffer(&self) -> Vec<u8> {
        self.returned.try_recv().unwrap_or_default()
    }

    pub fn lay(&mut self, columns: &[String]) {
        let columns = Arc::new(columns.to_vec());
        for sender in &self.senders {
            // A lane that has stopped says why in the end.
            let _ = sender.send(Message::Columns(columns.clone()));
        }
    }

    /// To the lane whose turn it is.
    pub fn send(&mut self, file: usize, work: Work) -> Result<(), Unreadable> {
        let nth = self.sent;
        self.sent += 1;
        let sent = self.senders[nth % LANES].send(Message::Piece { nth, file, work });
        sent.map_err(|_| Unreadable::Broken(anyhow!("a lane stopped")))
    }

    fn finish(self) -> Result<Vec<Found>, (usize, Unreadable)> {
        drop(self.senders);
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for thread in self.threads {
            match thread.join() {
                Ok(Ok(profile)) => found.push(profile),
                Ok(Err(problem)) => problems.push(problem),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        match problems.into_iter().min_by_key(|(nth, _, _)| *nth) {
            Some((_, file, problem)) => Err((file, problem)),
            None => Ok(found),
        }
    }
}

#[derive(Default)]
struct Found {
    profile: Profile,
    /// Piece and place in which each column came up first.
    came_up: Vec<(usize, usize)>,
}

fn work(
    pieces: &Receiver<Message>,
    give_back: &Sender<Vec<u8>>,
    baseline: Option<&Baseline>,
) -> Result<Found, Problem> {
    let mut found = Found::default();
    let (mut fields, mut rows, mut batch) = (Fields::default(), Rows::default(), Batch::default());
    let mut numbers = Vec::new();
    for message in pieces {
        match message {
            Message::Columns(names) => found.add_columns(0, &names, baseline),
            Message::Piece { nth, file, work } => {
                let profile = &mut found.profile;
                let used = match work {
                    Work::Csv(piece) => fields.profile(&piece, profile).map(|()| piece.piece.bytes),
                    Work::Parquet(piece) => batch.profile(&piece, profile).map(|()| Vec::new()),
                    Work::JsonLines(piece) => rows.read(&piece).map(|count| {
                        found.add_columns(nth, rows.names(), baseline);
                        found.profile.rows += count;
                        for (column, fields) in found.profile.columns.iter_mut().zip(&rows.columns) {
                            column.add_fields(fields.iter(), &mut numbers);
                        }
                        piece.bytes
                    }),
                };
                // Nobody may be there to take it: the reading is over.
                let _ = give_back.send(used.map_err(|problem| (nth, file, problem))?);
            }
        }
    }
    Ok(found)
}

impl Found {
    /// Those of `names` that are new stand behind the ones that are known.
    fn add_columns(&mut self, nth: usize, names: &[String], baseline: Option<&Baseline>) {
        let known = self.profile.columns.len();
        if known < names.len() {
            self.profile.columns.extend(empty(&names[known..], baseline).columns);
            self.came_up.extend((known..names.len()).map(|at| (nth, at)));
        }
    }
}

/// Columns by the order of their coming, which is that of the files.
fn merge(lanes: Vec<Found>) -> Profile {
    let rows = lanes.iter().map(|found| found.profile.rows).sum();
    let mut columns: Vec<((usize, usize), ColumnProfile)> = Vec::new();
    for found in lanes {
        let alike = columns.len() == found.profile.columns.len();
        for (at, (column, came_up)) in found.profile.columns.into_iter().zip(found.came_up).enumerate() {
            let same = |(_, known): &(_, ColumnProfile)| known.name == column.name;
            let place = match alike && same(&columns[at]) {
                true => Some(at),
                false => columns.iter().position(same),
            };
            match place {
                Some(place) => {
                    columns[place].0 = columns[place].0.min(came_up);
                    columns[place].1.merge(&column);
                }
                None => columns.push((came_up, column)),
            }
        }
    }
    columns.sort_by_key(|(came_up, _)| *came_up);
    Profile {
        rows,
        columns: columns.into_iter().map(|(_, column)| column).collect(),
    }
}
