//! What a data set suggests as constraints on later ones, as constraints.json states it.

use super::Profile;
use super::column::ColumnProfile;
use super::documents::{
    Constraints, DistributionConstraints, FeatureConstraints, InferredType, MonitoringConfig, NumConstraints,
    StringConstraints, Switch,
};

pub fn suggest(profile: &Profile) -> Constraints {
    Constraints {
        version: 0.0,
        features: profile.columns.iter().map(feature).collect(),
        monitoring_config: Some(monitoring_config()),
    }
}

fn feature(column: &ColumnProfile) -> FeatureConstraints {
    let inferred_type = column.inferred_type();
    let domains = column
        .categories
        .listed()
        .filter(|_| inferred_type == InferredType::String);
    FeatureConstraints {
        name: column.name.clone(),
        inferred_type,
        completeness: Some(column.completeness()),
        num_constraints: inferred_type.is_numeric().then_some(NumConstraints {
            is_non_negative: column.moments.min >= 0.0,
            monitoring_config_overrides: None,
        }),
        string_constraints: domains.map(|domains| StringConstraints {
            domains: domains.into_keys().map(String::from).collect(),
            monitoring_config_overrides: None,
        }),
        monitoring_config_overrides: None,
    }
}

/// What the managed analyzer writes into every generated file.
fn monitoring_config() -> MonitoringConfig {
    MonitoringConfig {
        evaluate_constraints: Some(Switch::Enabled),
        emit_metrics: Some(Switch::Enabled),
        datatype_check_threshold: Some(1.0),
        domain_content_threshold: Some(1.0),
        distribution_constraints: Some(DistributionConstraints {
            perform_comparison: Some(Switch::Enabled),
            comparison_threshold: Some(0.1),
            comparison_method: Some("Robust".into()),
            categorical_comparison_threshold: Some(0.1),
            categorical_drift_method: Some("LInfinity".into()),
        }),
    }
}
