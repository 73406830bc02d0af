//! Monitor: profiles a data set in the files and the container contract of SageMaker Model Monitor, and, given a
//! baseline, says what has changed. Without a baseline the same run is Baseline.
//!
//! statistics.json and constraints.json of the data are always written; a check adds constraint_violations.json and
//! our own drift.json, which carries what the three files cannot: distances, sample sizes and thresholds.

mod categories;
pub mod check;
pub mod column;
pub mod constraints;
mod distance;
mod distinct;
pub mod documents;
pub mod drift;
mod environment;
mod kll;
pub mod settings;
pub mod statistics;

use std::path::Path;

use anyhow::{Result, bail};
use serde::de::DeserializeOwned;

use crate::common::files;
use crate::common::paths::Root;
use crate::common::table::{Table, Unreadable};
use column::ColumnProfile;
use documents::{Constraints, InferredType, Statistics, Violations};
use environment::Environment;

/// Every column of a data set, profiled in one pass over its files.
pub struct Profile {
    pub rows: u64,
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }
}

pub fn run(root: &Root) -> Result<String> {
    let environment = Environment::read(root, |name| std::env::var(name).ok())?;
    let baseline = Baseline::read(&environment)?;
    let profile = profile(&environment, baseline.as_ref(), root)?;
    let output = &environment.output;
    let statistics = statistics::describe(&profile);
    let constraints = constraints::suggest(&profile);
    files::write_json(&output.join("statistics.json"), &statistics)?;
    files::write_json(&output.join("constraints.json"), &constraints)?;
    let Some(baseline) = baseline else {
        return Ok("Completed: Job completed successfully with no violations.".into());
    };
    let report = drift::report(&profile, &baseline, &environment.settings)?;
    let violations = Violations {
        violations: check::violations(&profile, &baseline, &report),
    };
    files::write_json(&output.join("constraint_violations.json"), &violations)?;
    // Last: whoever wakes at this file finds the others.
    files::write_json(&output.join("drift.json"), &report)?;
    Ok(match violations.violations.len() {
        0 => "Completed: Job completed successfully with no violations.".into(),
        count => format!("CompletedWithViolations: Job completed successfully with {count} violations."),
    })
}

/// What the data is compared with. Either file may be absent, as in the managed analyzer.
#[derive(Debug, Default)]
pub struct Baseline {
    pub statistics: Option<Statistics>,
    pub constraints: Constraints,
}

impl Baseline {
    fn read(environment: &Environment) -> Result<Option<Baseline>> {
        let (statistics, constraints) = (&environment.baseline_statistics, &environment.baseline_constraints);
        if statistics.is_none() && constraints.is_none() {
            return Ok(None);
        }
        Ok(Some(Baseline {
            statistics: statistics.as_deref().map(document).transpose()?,
            constraints: constraints.as_deref().map(document).transpose()?.unwrap_or_default(),
        }))
    }

    /// A column's type according to the constraints, else the statistics.
    pub fn inferred_type(&self, column: &str) -> Option<InferredType> {
        let stated = self.constraints.features.iter().find(|feature| feature.name == column);
        let measured = || {
            let features = self.statistics.as_ref()?.features.iter();
            features
                .into_iter()
                .find(|feature| feature.name == column)
                .map(|feature| feature.inferred_type)
        };
        stated.map(|feature| feature.inferred_type).or_else(measured)
    }
}

fn document<T: DeserializeOwned>(path: &Path) -> Result<T> {
    files::read_json(path)
}

/// One pass over all files. Files may order their columns differently when they have headers.
fn profile(environment: &Environment, baseline: Option<&Baseline>, root: &Root) -> Result<Profile> {
    let paths = files::list(&environment.source)?;
    if paths.is_empty() {
        bail!("{} holds no data", root.shown(&environment.source));
    }
    let mut profile: Option<Profile> = None;
    for path in paths {
        let name = root.shown(&path);
        let about = |problem: Unreadable| problem.about(&name);
        let mut table = Table::open(&path, environment.header).map_err(about)?;
        let profile = profile.get_or_insert_with(|| empty(table.header(), baseline));
        let places = places(table.header(), profile, &name)?;
        while let Some(record) = table.next_record().map_err(about)? {
            profile.rows += 1;
            for (at, field) in places.iter().zip(record) {
                profile.columns[*at].add(field);
            }
        }
    }
    match profile {
        Some(profile) => Ok(profile),
        None => bail!("{} holds no data", root.shown(&environment.source)),
    }
}

fn empty(header: &[String], baseline: Option<&Baseline>) -> Profile {
    let column = |name: &String| {
        let known = baseline
            .map(|baseline| check::known_categories(baseline, name))
            .unwrap_or_default();
        ColumnProfile::new(name, known)
    };
    Profile {
        rows: 0,
        columns: header.iter().map(column).collect(),
    }
}

/// Which column of the profile each field of this file belongs to.
fn places(header: &[String], profile: &Profile, file: &str) -> Result<Vec<usize>> {
    let place = |name: &String| profile.columns.iter().position(|column| column.name == *name);
    let places: Vec<usize> = header.iter().filter_map(place).collect();
    if places.len() != header.len() || places.len() != profile.columns.len() {
        bail!("{file} has other columns than the files before it: all files of one data set must have the same");
    }
    Ok(places)
}

#[cfg(test)]
mod tests;
