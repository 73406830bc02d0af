//! Where a data set breaks the baseline's constraints: the six checks of Model Monitor, in words that its readers parse.

use std::collections::HashSet;

use windsock_decisions::state::FeatureDrift;

use super::column::ColumnProfile;
use super::documents::{FeatureConstraints, InferredType, MonitoringConfig, Switch, Violation};
use super::{Baseline, Profile};
use crate::common::values::named;

pub const COMPLETENESS: &str = "completeness_check";
/// Where a column is missing there is no feature at fault, so these stand in place of its name.
const EXTRA_COLUMNS: &str = "Extra columns";
const MISSING_COLUMNS: &str = "Missing columns";

/// `of_values` are the distances of columns' values. For missing ones Model Monitor has the completeness check.
pub fn violations(profile: &Profile, baseline: &Baseline, of_values: &[FeatureDrift]) -> Vec<Violation> {
    let constraints = &baseline.constraints;
    let general = constraints.monitoring_config.as_ref();
    let mut found = Vec::new();
    if !constraints.features.is_empty() && !disabled(general) {
        found.extend(columns(profile, &constraints.features));
    }
    for feature in &constraints.features {
        let special = feature.overrides();
        let switched_off = special
            .and_then(|it| it.evaluate_constraints)
            .map(|switch| switch == Switch::Disabled);
        let Some(column) = profile.column(&feature.name) else {
            continue;
        };
        if switched_off.unwrap_or_else(|| disabled(general)) {
            continue;
        }
        let setting = |of: fn(&MonitoringConfig) -> Option<f64>| {
            special.and_then(of).or_else(|| general.and_then(of)).unwrap_or(1.0)
        };
        found.extend(data_type(feature, column, setting(|it| it.datatype_check_threshold)));
        found.extend(completeness(feature, column));
        found.extend(domain(feature, column, setting(|it| it.domain_content_threshold)));
    }
    found.extend(
        of_values
            .iter()
            .filter(|feature| feature.violated)
            .map(|feature| Violation {
                feature_name: feature.feature.clone(),
                constraint_check_type: "baseline_drift_check".into(),
                description: format!(
                    "Baseline drift distance: {} exceeds threshold: {}",
                    feature.distance, feature.threshold
                ),
            }),
    );
    found
}

/// The categories of a baseline, which are counted one by one whatever else comes.
pub fn known_categories(baseline: &Baseline, column: &str) -> Vec<String> {
    let constraint = baseline
        .constraints
        .features
        .iter()
        .find(|feature| feature.name == column);
    let domain = constraint
        .and_then(|feature| feature.string_constraints.as_ref())
        .map(|it| it.domains.clone());
    let statistics = baseline
        .statistics
        .as_ref()
        .and_then(|it| it.features.iter().find(|it| it.name == column));
    let buckets = statistics
        .and_then(|it| it.string_statistics.as_ref())
        .and_then(|it| it.distribution.as_ref());
    let mut known: Vec<String> = domain.unwrap_or_default();
    known.extend(
        buckets
            .into_iter()
            .flat_map(|it| &it.categorical.buckets)
            .map(|bucket| bucket.value.clone()),
    );
    known
}

fn disabled(config: Option<&MonitoringConfig>) -> bool {
    config.and_then(|it| it.evaluate_constraints) == Some(Switch::Disabled)
}

/// By their names, not only by their number: one that is called otherwise is missing and extra.
fn columns(profile: &Profile, baseline: &[FeatureConstraints]) -> Vec<Violation> {
    let current: HashSet<&str> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    let known: HashSet<&str> = baseline.iter().map(|feature| feature.name.as_str()).collect();
    let missing = baseline.iter().map(|feature| feature.name.as_str());
    let missing: Vec<&str> = missing.filter(|name| !current.contains(name)).collect();
    let extra = profile.columns.iter().map(|column| column.name.as_str());
    let extra: Vec<&str> = extra.filter(|name| !known.contains(name)).collect();
    let kinds = [
        (MISSING_COLUMNS, "missing_column_check", "missing", missing),
        (EXTRA_COLUMNS, "extra_column_check", "extra", extra),
    ];
    let found = kinds.into_iter().filter(|(.., names)| !names.is_empty());
    let violation = found.map(|(name, check, which, names)| Violation {
        feature_name: name.into(),
        constraint_check_type: check.into(),
        description: format!(
            "There are {which} columns in current dataset. Number of columns in current dataset: {}, Number of columns \
             in baseline constraints: {}. They are {}",
            current.len(),
            known.len(),
            named(&names)
        ),
    });
    violation.collect()
}

fn data_type(feature: &FeatureConstraints, column: &ColumnProfile, threshold: f64) -> Option<Violation> {
    let kind = feature.inferred_type;
    let share = column.share_of(kind);
    (kind != InferredType::Unknown && share < threshold).then(|| Violation {
        feature_name: feature.name.clone(),
        constraint_check_type: "data_type_check".into(),
        description: format!(
            "Data type match requirement is not met. Expected data type: {kind:?}, Expected match: {:?}%. Observed: \
             Only {:?}% of data is {kind:?}.",
            threshold * 100.0,
            share * 100.0
        ),
    })
}

fn completeness(feature: &FeatureConstraints, column: &ColumnProfile) -> Option<Violation> {
    let (wanted, found) = (feature.completeness?, column.completeness());
    (found < wanted).then(|| Violation {
        feature_name: feature.name.clone(),
        constraint_check_type: COMPLETENESS.into(),
        description: format!(
            "Completeness constraint is not met. Expected completeness: {:?}%. Observed: Only {:?}% of data is present.",
            wanted * 100.0,
            found * 100.0
        ),
    })
}

fn domain(feature: &FeatureConstraints, column: &ColumnProfile, threshold: f64) -> Option<Violation> {
    let domains = &feature.string_constraints.as_ref()?.domains;
    if domains.is_empty() || column.present() == 0 {
        return None;
    }
    let known: HashSet<&str> = domains.iter().map(String::as_str).collect();
    let matching: u64 = column
        .categories
        .counted()
        .filter(|(value, _)| known.contains(value))
        .map(|(_, count)| count)
        .sum();
    let share = matching as f64 / column.present() as f64;
    (share < threshold).then(|| Violation {
        feature_name: feature.name.clone(),
        constraint_check_type: "categorical_values_check".into(),
        description: format!(
            "Unknown categorical values are observed. Expected match: {:?}%. Observed: Only {:?}% of data is in the \
             baseline's domain.",
            threshold * 100.0,
            share * 100.0
        ),
    })
}
