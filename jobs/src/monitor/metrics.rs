//! CloudWatch metrics as Model Monitor's schedules take them from a container: one JSON object a line, which SageMaker puts into its
//! own namespace. Asked for with `publish_cloudwatch_metrics`; in the loop, publish-drift puts Windsock's metrics instead.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html> has the shape,
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html> the names. The file's own name is
//! nowhere documented: the folder is.

use anyhow::{Context, Result};
use serde::Serialize;

use super::column::ColumnProfile;
use super::documents::{Constraints, Switch};
use super::{Baseline, Checked, Profile};
use crate::common::files;
use crate::common::paths::Root;

const FILE: &str = "/opt/ml/output/metrics/cloudwatch/cloudwatch_metrics.jsonl";

/// What every metric of a run carries.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsTo {
    pub time: String,
    pub endpoint: Option<String>,
    pub schedule: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric<'m> {
    metric_name: String,
    timestamp: &'m str,
    dimensions: &'m [Dimension<'m>],
    #[serde(flatten)]
    value: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension<'m> {
    name: &'static str,
    value: &'m str,
}

/// One or the other, never both.
#[derive(Debug, Serialize)]
enum Value {
    Value(f64),
    StatisticValues(StatisticSet),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticSet {
    sample_count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

pub fn write(
    root: &Root,
    to: &MetricsTo,
    profile: &Profile,
    baseline: Option<&Baseline>,
    checked: Option<&Checked>,
) -> Result<()> {
    let named = [("Endpoint", &to.endpoint), ("MonitoringSchedule", &to.schedule)];
    let dimensions: Vec<Dimension> = named
        .into_iter()
        .filter_map(|(name, value)| {
            Some(Dimension {
                name,
                value: value.as_deref()?,
            })
        })
        .collect();
    let emitted = |column: &&ColumnProfile| baseline.is_none_or(|baseline| emits(&baseline.constraints, &column.name));
    let mut lines = String::new();
    for column in profile.columns.iter().filter(emitted) {
        for (metric_name, value) in metrics(column, checked) {
            let metric = Metric {
                metric_name,
                timestamp: &to.time,
                dimensions: &dimensions,
                value,
            };
            lines.push_str(&serde_json::to_string(&metric).context("write a metric")?);
            lines.push('\n');
        }
    }
    files::write(&root.at(FILE), lines.as_bytes())
}

/// Unless the constraints, or those of the feature, switch its metrics off.
fn emits(constraints: &Constraints, name: &str) -> bool {
    let feature = constraints.features.iter().find(|feature| feature.name == name);
    let special = feature.and_then(|feature| feature.overrides());
    let general = constraints.monitoring_config.as_ref();
    let said = [special, general]
        .into_iter()
        .flatten()
        .find_map(|config| config.emit_metrics);
    said != Some(Switch::Disabled)
}

fn metrics(column: &ColumnProfile, checked: Option<&Checked>) -> Vec<(String, Value)> {
    let name = &column.name;
    let mut metrics = Vec::new();
    if column.inferred_type().is_numeric() {
        let set = StatisticSet {
            sample_count: column.numbers() as f64,
            sum: column.moments.sum(),
            minimum: column.moments.min,
            maximum: column.moments.max,
        };
        metrics.push((format!("feature_data_{name}"), Value::StatisticValues(set)));
    }
    metrics.push((format!("feature_non_null_{name}"), Value::Value(column.completeness())));
    let compared = checked.and_then(|checked| checked.compared.as_ref());
    let drift = compared.and_then(|compared| compared.of_values.iter().find(|feature| feature.feature == *name));
    if let Some(drift) = drift {
        metrics.push((format!("feature_baseline_drift_{name}"), Value::Value(drift.distance)));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_switch_metrics_off_for_all_or_for_one() {
        let constraints: Constraints = serde_json::from_str(
            r#"{"features": [
                {"name": "a", "inferred_type": "Integral", "monitoringConfigOverrides": {"emit_metrics": "Enabled"}},
                {"name": "b", "inferred_type": "Integral"}],
                "monitoring_config": {"emit_metrics": "Disabled"}}"#,
        )
        .unwrap();
        assert_eq!(
            ["a", "b", "new"].map(|name| emits(&constraints, name)),
            [true, false, false]
        );
        assert!(emits(&Constraints::default(), "a"));
    }
}
