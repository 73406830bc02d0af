//! When a distance is drift: the project's word first, then what the baseline's constraints say, then Model Monitor's
//! own defaults.

use std::collections::BTreeMap;

use serde::Deserialize;
use windsock_decisions::project::Method;

use super::documents::{Constraints, InferredType, Switch};

const THRESHOLD_DEFAULT: f64 = 0.1;

/// `WINDSOCK_MONITOR`: the project's monitor section. What it leaves out, the constraints decide.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default)]
    pub method: Option<Method>,
    #[serde(default)]
    pub threshold: Option<f64>,
    #[serde(default)]
    pub min_rows: u64,
    #[serde(default)]
    pub columns: BTreeMap<String, f64>,
    /// Categories are told apart by the chi-squared test, and a p-value below this is drift.
    #[serde(default)]
    pub chi_squared: Option<f64>,
    /// `categorical_drift_method` of the environment; without it, the constraints decide.
    #[serde(skip)]
    pub categorical: Option<CategoricalMethod>,
    /// Which engine monitors was decided before we were started.
    #[serde(default, rename = "engine")]
    _engine: Option<String>,
}

/// What tells categories apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoricalMethod {
    /// The largest difference of shares: drift is a distance above the threshold.
    LInfinity,
    /// Pearson's test: drift is a p-value below the threshold, and so 1 - p above 1 - threshold.
    ChiSquared,
}

impl CategoricalMethod {
    /// As the managed analyzer spells them, in any case.
    pub fn parse(text: &str) -> Option<CategoricalMethod> {
        match text.to_ascii_lowercase().as_str() {
            "linfinity" => Some(CategoricalMethod::LInfinity),
            "chisquared" => Some(CategoricalMethod::ChiSquared),
            _ => None,
        }
    }
}

/// How one column is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub method: Method,
    pub categorical: CategoricalMethod,
    pub threshold: f64,
    /// By how much the share of missing values may differ: the threshold, unless that is a p-value.
    pub missing: f64,
}

impl Settings {
    /// Nothing said but how many rows say anything.
    pub fn from_rows_on(min_rows: u64) -> Settings {
        Settings {
            min_rows,
            ..Settings::default()
        }
    }

    /// None when comparisons are switched off for this column.
    pub fn rule(&self, constraints: &Constraints, column: &str, kind: InferredType) -> Option<Rule> {
        let general = constraints.monitoring_config.as_ref();
        let feature = constraints.features.iter().find(|feature| feature.name == column);
        let special = feature.and_then(|feature| feature.overrides());
        let distributions = |config: &super::documents::MonitoringConfig| config.distribution_constraints.clone();
        let configs: Vec<_> = [special, general].into_iter().flatten().collect();
        let evaluated = configs.iter().find_map(|config| config.evaluate_constraints);
        let compared = configs
            .iter()
            .filter_map(|config| distributions(config))
            .find_map(|it| it.perform_comparison);
        if evaluated == Some(Switch::Disabled) || compared == Some(Switch::Disabled) {
            return None;
        }
        let threshold_in = |config: Option<&super::documents::MonitoringConfig>| {
            config.and_then(distributions).and_then(|it| it.threshold(kind))
        };
        let threshold = self
            .columns
            .get(column)
            .copied()
            .or_else(|| threshold_in(special))
            .or(self.chi_squared.filter(|_| kind == InferredType::String))
            .or(self.threshold)
            .or_else(|| threshold_in(general))
            .unwrap_or(THRESHOLD_DEFAULT);
        let method_in_files = configs
            .iter()
            .filter_map(|config| distributions(config))
            .find_map(|it| it.method());
        let method = self.method.or(method_in_files).unwrap_or(Method::Robust);
        let categorical_in_files = configs
            .iter()
            .filter_map(|config| distributions(config))
            .find_map(|it| CategoricalMethod::parse(it.categorical_drift_method.as_deref()?));
        let in_project = self.chi_squared.map(|_| CategoricalMethod::ChiSquared);
        let categorical = self.categorical.or(in_project).or(categorical_in_files);
        let categorical = categorical.unwrap_or(CategoricalMethod::LInfinity);
        let of_all = self.threshold.or_else(|| {
            let distributions = general.and_then(distributions)?;
            distributions.threshold(InferredType::Fractional)
        });
        let is_p_value = kind == InferredType::String && categorical == CategoricalMethod::ChiSquared;
        Some(Rule {
            method,
            categorical,
            threshold,
            missing: match is_p_value {
                true => of_all.unwrap_or(THRESHOLD_DEFAULT),
                false => threshold,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraints() -> Constraints {
        serde_json::from_str(
            r#"{"version": 0.0, "features": [
                {"name": "a", "inferred_type": "Fractional", "completeness": 1.0,
                 "monitoringConfigOverrides": {"distribution_constraints": {"comparison_threshold": 0.4}}},
                {"name": "b", "inferred_type": "String", "completeness": 1.0},
                {"name": "c", "inferred_type": "Integral",
                 "num_constraints": {"is_non_negative": true, "monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}}],
                "monitoring_config": {"evaluate_constraints": "Enabled",
                  "distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.2,
                    "comparison_method": "linf_simple", "categorical_comparison_threshold": 0.3}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_most_special_word_counts() {
        let constraints = constraints();
        let rule = |settings: &Settings, column: &str, kind| settings.rule(&constraints, column, kind);
        let simple = |threshold| {
            Some(Rule {
                method: Method::Simple,
                categorical: CategoricalMethod::LInfinity,
                threshold,
                missing: threshold,
            })
        };
        let silent = Settings::default();
        assert_eq!(rule(&silent, "a", InferredType::Fractional), simple(0.4));
        assert_eq!(rule(&silent, "b", InferredType::String), simple(0.3));
        assert_eq!(rule(&silent, "b", InferredType::Fractional), simple(0.2));
        assert_eq!(rule(&silent, "c", InferredType::Integral), None);
        let project: Settings =
            serde_json::from_str(r#"{"method": "robust", "threshold": 0.15, "columns": {"b": 0.5}}"#).unwrap();
        let robust = |threshold| {
            Some(Rule {
                method: Method::Robust,
                categorical: CategoricalMethod::LInfinity,
                threshold,
                missing: threshold,
            })
        };
        assert_eq!(rule(&project, "a", InferredType::Fractional), robust(0.4));
        assert_eq!(rule(&project, "b", InferredType::String), robust(0.5));
        assert_eq!(rule(&project, "new", InferredType::String), robust(0.15));
        let tested: Settings = serde_json::from_str(r#"{"threshold": 0.15, "chi_squared": 0.01}"#).unwrap();
        let of_texts = rule(&tested, "b", InferredType::String).unwrap();
        assert_eq!(
            (of_texts.categorical, of_texts.threshold),
            (CategoricalMethod::ChiSquared, 0.01)
        );
        assert_eq!(of_texts.missing, 0.15);
        assert_eq!(rule(&tested, "b", InferredType::Fractional).unwrap().threshold, 0.15);
        let bare = Constraints::default();
        assert_eq!(silent.rule(&bare, "x", InferredType::String), robust(0.1));
    }
}
