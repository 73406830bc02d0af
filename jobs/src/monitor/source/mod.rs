//! The data set: every file below its folder, read once, cut into pieces, and profiled on every core.
//!
//! Pieces go by turns to a fixed number of lanes, each with a profile of its own, and the lanes' profiles are merged in
//! the end. Which thread works when changes nothing: the same files give the same bytes.

mod csv;
mod cut;
mod json_lines;
mod lane;
mod open;
mod parquet;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use self::csv::{CsvFile, Places};
use self::cut::{Cutter, Quotes};
use self::lane::{Lanes, Work};
use self::parquet::{ParquetFile, ParquetPiece};
use super::{Baseline, Profile};
use crate::common::files;
use crate::common::paths::Root;
use crate::common::table::{Header, Unreadable};

/// How the files of a data set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv(Header),
    JsonLines,
    Parquet,
}

/// A line in the log this often tells that the job is alive.
const PROGRESS_EVERY: Duration = Duration::from_secs(60);

/// One pass over all files. Files may order their columns differently when they have names.
pub fn profile(sources: &[PathBuf], format: Format, baseline: Option<&Baseline>, root: &Root) -> Result<Profile> {
    let mut paths = Vec::new();
    for source in sources {
        match source.is_dir() {
            true => paths.extend(files::list(source)?),
            false => paths.push(source.clone()),
        }
    }
    let asked: Vec<String> = sources.iter().map(|source| root.shown(source)).collect();
    let asked = asked.join(", ");
    if paths.is_empty() {
        bail!("{asked} holds no data");
    }
    let shown = |path: &PathBuf| root.shown(path);
    let names: Vec<String> = paths.iter().map(shown).collect();
    let read = Lanes::run(baseline, |lanes| {
        let mut reading = Reading {
            format,
            lanes,
            columns: None,
            told: Instant::now(),
        };
        for (file, path) in paths.iter().enumerate() {
            reading
                .file(file, path, &names[file])
                .map_err(|problem| (file, problem))?;
        }
        Ok(())
    });
    let mut profile = read.map_err(|(file, problem)| problem.about(&names[file]))?;
    if profile.rows == 0 {
        bail!("{asked} holds no rows");
    }
    for column in &mut profile.columns {
        // A line of JSON may simply lack a member.
        column.missing = profile.rows - column.present();
    }
    Ok(profile)
}

struct Reading<'l, 'b> {
    format: Format,
    lanes: &'l mut Lanes<'b>,
    columns: Option<Vec<String>>,
    told: Instant,
}

impl Reading<'_, '_> {
    /// Hands a file on in pieces. False pieces are found by the lanes, later: `send` says when to stop.
    fn file(&mut self, at: usize, path: &Path, name: &str) -> Result<(), Unreadable> {
        match self.format {
            Format::Csv(header) => {
                let mut file = CsvFile::open(path, header)?;
                let places = self.places(&file.header)?;
                while let Some(piece) = file.next(self.lanes.buffer(), &places)? {
                    self.send(at, name, Work::Csv(piece))?;
                }
            }
            Format::JsonLines => {
                let mut cutter = Cutter::new(open::text(path)?, Quotes::None);
                while let Some(piece) = cutter.next(self.lanes.buffer())? {
                    self.send(at, name, Work::JsonLines(piece))?;
                }
            }
            Format::Parquet => {
                let file = ParquetFile::open(path)?;
                let (path, places) = (Arc::new(path.to_path_buf()), self.places(&file.header)?);
                for group in 0..file.groups() {
                    let (path, places) = (path.clone(), places.clone());
                    self.send(at, name, Work::Parquet(ParquetPiece { path, group, places }))?;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, file: usize, name: &str, work: Work) -> Result<(), Unreadable> {
        if self.told.elapsed() > PROGRESS_EVERY {
            self.told = Instant::now();
            tracing::info!("Profiling {name}, file {}", file + 1);
        }
        self.lanes.send(file, work)
    }

    /// Which column of the profile each field of this file belongs to.
    fn places(&mut self, header: &[String]) -> Result<Arc<Places>, Unreadable> {
        let columns = match &self.columns {
            Some(columns) => columns,
            None => {
                self.lanes.lay(header);
                self.columns.insert(header.to_vec())
            }
        };
        let place = |name: &String| columns.iter().position(|column| column == name);
        let places: Vec<usize> = match columns == header {
            true => (0..header.len()).collect(),
            false => header.iter().filter_map(place).collect(),
        };
        if places.len() != header.len() || places.len() != columns.len() {
            return Err(cut::refused(
                "has other columns than the files before it: all files of one data set must have the same".into(),
            ));
        }
        Ok(Arc::new(Places(places)))
    }
}

#[cfg(test)]
mod tests;
