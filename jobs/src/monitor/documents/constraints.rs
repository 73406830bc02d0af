//! constraints.json, with the settings and overrides that a person may have put there.

use serde::{Deserialize, Deserializer, Serialize};
use windsock_decisions::project::Method;

use super::InferredType;

/// `constraints.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Constraints {
    #[serde(default)]
    pub version: f64,
    #[serde(default)]
    pub features: Vec<FeatureConstraints>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring_config: Option<MonitoringConfig>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureConstraints {
    pub name: String,
    pub inferred_type: InferredType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_constraints: Option<NumConstraints>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_constraints: Option<StringConstraints>,
    #[serde(
        default,
        rename = "monitoringConfigOverrides",
        alias = "monitoring_config_overrides",
        skip_serializing_if = "Option::is_none"
    )]
    pub monitoring_config_overrides: Option<MonitoringConfig>,
}

impl FeatureConstraints {
    /// The overrides, wherever this generation of files keeps them.
    pub fn overrides(&self) -> Option<&MonitoringConfig> {
        self.monitoring_config_overrides
            .as_ref()
            .or_else(|| {
                self.num_constraints
                    .as_ref()
                    .and_then(|it| it.monitoring_config_overrides.as_ref())
            })
            .or_else(|| {
                self.string_constraints
                    .as_ref()
                    .and_then(|it| it.monitoring_config_overrides.as_ref())
            })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NumConstraints {
    #[serde(default)]
    pub is_non_negative: bool,
    #[serde(
        default,
        alias = "monitoringConfigOverrides",
        skip_serializing_if = "Option::is_none"
    )]
    pub monitoring_config_overrides: Option<MonitoringConfig>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StringConstraints {
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(
        default,
        alias = "monitoringConfigOverrides",
        skip_serializing_if = "Option::is_none"
    )]
    pub monitoring_config_overrides: Option<MonitoringConfig>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MonitoringConfig {
    #[serde(default, deserialize_with = "switch", skip_serializing_if = "Option::is_none")]
    pub evaluate_constraints: Option<Switch>,
    #[serde(default, deserialize_with = "switch", skip_serializing_if = "Option::is_none")]
    pub emit_metrics: Option<Switch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype_check_threshold: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_content_threshold: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_constraints: Option<DistributionConstraints>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DistributionConstraints {
    #[serde(
        default,
        alias = "enable_comparisons",
        deserialize_with = "switch",
        skip_serializing_if = "Option::is_none"
    )]
    pub perform_comparison: Option<Switch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison_threshold: Option<f64>,
    #[serde(default, alias = "comparion_method", skip_serializing_if = "Option::is_none")]
    pub comparison_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categorical_comparison_threshold: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categorical_drift_method: Option<String>,
}

impl DistributionConstraints {
    /// The categorical threshold came later; before it, one threshold served all.
    pub fn threshold(&self, kind: InferredType) -> Option<f64> {
        let categorical = self
            .categorical_comparison_threshold
            .filter(|_| kind == InferredType::String);
        categorical.or(self.comparison_threshold)
    }

    /// `Simple`, `linf_simple`, `Robust`, `linf_robust`, in any case.
    pub fn method(&self) -> Option<Method> {
        let text = self.comparison_method.as_deref()?.to_ascii_lowercase();
        match text.strip_prefix("linf_").unwrap_or(&text) {
            "simple" => Some(Method::Simple),
            "robust" => Some(Method::Robust),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Switch {
    Enabled,
    Disabled,
}

/// `Enabled` or `Disabled`, or as old files say it: true or false.
fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Switch>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Flag(bool),
        Text(String),
        Nothing(()),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Flag(true) => Some(Switch::Enabled),
        Written::Flag(false) => Some(Switch::Disabled),
        Written::Text(text) if text.eq_ignore_ascii_case("disabled") => Some(Switch::Disabled),
        Written::Text(_) => Some(Switch::Enabled),
        Written::Nothing(()) => None,
    })
}
