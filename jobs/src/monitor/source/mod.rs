//! The data set: every file below its folder, read once, cut into pieces, and profiled on every core.
//!
//! Some pieces make a round, whose columns are profiled side by side (round.rs). Which thread works when changes nothing:
//! the same files give the same bytes.

mod csv;
mod cut;
mod json_lines;
mod open;
mod parquet;
mod reading;
mod round;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::reading::Reading;
use self::round::{Problem, Profiler, Round};
use super::progress::Progress;
use super::{Baseline, Profile};
use crate::common::files;
use crate::common::paths::Root;
use crate::common::table::Header;

/// How the files of a data set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv(Header),
    JsonLines,
    Parquet,
}

/// One pass over all files.
pub fn profile(
    sources: &[PathBuf],
    format: Format,
    baseline: Option<&Baseline>,
    root: &Root,
    progress: &mut Progress,
) -> Result<Profile> {
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
    let told = |(file, problem): Problem| problem.about(&root.shown(&paths[file]));
    let mut found = read(&paths, format, baseline, progress, false);
    if let Ok(None) = found {
        found = read(&paths, format, baseline, progress, true);
    }
    progress.done();
    let mut profile = found.map_err(told)?.context("a careful look guesses nothing")?;
    if profile.rows == 0 {
        bail!("{asked} holds no rows");
    }
    if profile.columns.is_empty() {
        bail!("{asked} holds no columns");
    }
    for column in &mut profile.columns {
        // A line of JSON may simply lack a member.
        column.missing = profile.rows - column.present();
    }
    Ok(profile)
}

/// While one round is profiled, the next one is read. None when a guess was wrong about where a record ends.
fn read(
    paths: &[PathBuf],
    format: Format,
    baseline: Option<&Baseline>,
    progress: &mut Progress,
    careful: bool,
) -> Result<Option<Profile>, Problem> {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |it| it.len());
    progress.expect(paths.len(), paths.iter().map(size).sum());
    let mut reading = Reading::new(format, paths, careful);
    let mut profiler = Profiler::new(baseline);
    let (mut ready, mut next) = (Round::default(), Round::default());
    let mut read = reading.fill(&mut ready);
    while !ready.is_empty() {
        let goes_on = read.is_ok();
        let (taken, then) = rayon::join(
            || profiler.take(&ready),
            || {
                next.clear();
                if goes_on { reading.fill(&mut next) } else { Ok(()) }
            },
        );
        // Whatever is wrong with a piece lies before what stopped the reading.
        if !taken? {
            return Ok(None);
        }
        progress.tell(profiler.profile.rows, reading.bytes(), ready.file());
        read = read.and(then);
        std::mem::swap(&mut ready, &mut next);
    }
    read.map(|()| Some(profiler.profile))
}

#[cfg(test)]
mod tests;
