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
mod moments;
mod number;
pub mod settings;
mod source;
pub mod statistics;

use std::path::Path;

use anyhow::Result;
use serde::de::DeserializeOwned;

use crate::common::files;
use crate::common::paths::Root;
use column::ColumnProfile;
use documents::{Constraints, InferredType, Statistics, Violations};
use environment::Environment;

/// Every column of a data set, profiled in one pass over its files.
#[derive(Default)]
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
    let profile = source::profile(&environment.source, environment.format, baseline.as_ref(), root)?;
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

#[cfg(test)]
mod tests;
