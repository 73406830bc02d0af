//! statistics.json.

use serde::{Deserialize, Serialize, Serializer};

use super::InferredType;

/// `statistics.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Statistics {
    #[serde(default)]
    pub version: f64,
    #[serde(default)]
    pub dataset: Dataset,
    #[serde(default)]
    pub features: Vec<FeatureStatistics>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Dataset {
    pub item_count: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureStatistics {
    pub name: String,
    pub inferred_type: InferredType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerical_statistics: Option<NumericalStatistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_statistics: Option<StringStatistics>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Common {
    pub num_present: u64,
    pub num_missing: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NumericalStatistics {
    pub common: Common,
    pub mean: f64,
    pub sum: f64,
    pub std_dev: f64,
    pub min: f64,
    pub max: f64,
    #[serde(default, serialize_with = "whole", skip_serializing_if = "Option::is_none")]
    pub approximate_num_distinct_values: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<NumericalDistribution>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NumericalDistribution {
    pub kll: Kll,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kll {
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<Sketch>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    pub lower_bound: f64,
    pub upper_bound: f64,
    pub count: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sketch {
    pub parameters: SketchParameters,
    /// An item of level i stands for 2^i values.
    pub data: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SketchParameters {
    pub c: f64,
    pub k: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StringStatistics {
    pub common: Common,
    pub distinct_count: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<StringDistribution>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StringDistribution {
    pub categorical: Categorical,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Categorical {
    pub buckets: Vec<CategoryBucket>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryBucket {
    pub value: String,
    pub count: u64,
}

/// Read from either kind of number, written as an integer like the analyzer does.
fn whole<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.serialize_u64(value.round() as u64),
        None => serializer.serialize_none(),
    }
}
