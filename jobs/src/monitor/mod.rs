//! Monitor: profiles a data set in the files and the container contract of SageMaker Model Monitor, and, given a
//! baseline, says what has changed. Without a baseline the same run is Baseline.
//!
//! statistics.json and constraints.json of the data are always written; a check adds constraint_violations.json and
//! our own drift.json, which carries what the three files cannot: distances, sample sizes and thresholds.

mod categories;
pub mod check;
mod chi_squared;
pub mod column;
pub mod constraints;
mod distance;
mod distinct;
pub mod documents;
pub mod drift;
mod environment;
mod histograms;
mod kll;
pub mod laptop;
mod metrics;
mod moments;
mod number;
pub mod progress;
mod readable;
pub mod settings;
pub mod source;
pub mod statistics;
mod text_hash;
mod thinning;

use std::path::Path;

use anyhow::Result;
use serde::de::DeserializeOwned;

use crate::common::files;
use crate::common::paths::Root;
use column::ColumnProfile;
use documents::{Constraints, InferredType, Statistics, Violation, Violations};
use drift::Compared;
use environment::Environment;
use progress::Progress;
use settings::Settings;
use windsock_decisions::state::DriftReport;

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
    let profile = source::profile(
        std::slice::from_ref(&environment.source),
        environment.format,
        baseline.as_ref(),
        root,
        &mut Progress::in_log(),
    )?;
    let checked = write(&environment.output, &profile, baseline.as_ref(), &environment.settings)?;
    if let Some(to) = &environment.metrics {
        metrics::write(root, to, &profile, baseline.as_ref(), checked.as_ref())?;
    }
    Ok(match checked.map_or(0, |checked| checked.violations.len()) {
        0 => "Completed: Job completed successfully with no violations.".into(),
        count => format!("CompletedWithViolations: Job completed successfully with {count} violations."),
    })
}

/// What a comparison with a baseline found.
pub struct Checked {
    /// None for a baseline of constraints alone.
    pub compared: Option<Compared>,
    pub violations: Vec<Violation>,
}

impl Checked {
    pub fn report(&self) -> Option<&DriftReport> {
        self.compared.as_ref().map(|compared| &compared.report)
    }
}

/// Writes the files of a baseline, and with one to compare with those of a check.
fn write(
    output: &Path,
    profile: &Profile,
    baseline: Option<&Baseline>,
    settings: &Settings,
) -> Result<Option<Checked>> {
    // Whatever may be refused is refused before anything is written.
    let checked = baseline.map(|baseline| check(profile, baseline, settings));
    files::write_json(&output.join("statistics.json"), &statistics::Described(profile))?;
    files::write_json(&output.join("constraints.json"), &constraints::suggest(profile))?;
    if let (Some(checked), Some(baseline)) = (&checked, baseline) {
        let violations = Violations {
            violations: checked.violations.clone(),
        };
        files::write_json(&output.join("constraint_violations.json"), &violations)?;
        // Last: whoever wakes at this file finds the others.
        match checked.report() {
            Some(report) => {
                let report = histograms::beside(report, profile, baseline);
                files::write_json(&output.join("drift.json"), &report)?;
            }
            None => files::remove(&output.join("drift.json"))?,
        }
    }
    Ok(checked)
}

pub fn check(profile: &Profile, baseline: &Baseline, settings: &Settings) -> Checked {
    let compared = drift::compare(profile, baseline, settings);
    let of_values = compared.as_ref().map_or(&[][..], |it| &it.of_values);
    let violations = check::violations(profile, baseline, of_values);
    Checked { compared, violations }
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
        Baseline::from_files(statistics.as_deref(), constraints.as_deref()).map(Some)
    }

    pub fn from_files(statistics: Option<&Path>, constraints: Option<&Path>) -> Result<Baseline> {
        Ok(Baseline {
            statistics: statistics.map(document).transpose()?,
            constraints: constraints.map(document).transpose()?.unwrap_or_default(),
        })
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
mod accuracy;
#[cfg(test)]
mod tests;
