//! A project as its `project.yaml` describes it, with every default filled in.

mod columns;
mod names;
mod problem;
mod read;
mod read_compute;
mod read_objective;
mod read_serving;
mod read_split;
mod read_training;
mod schedule;
mod section;
mod split;
#[cfg(test)]
mod tests;
mod tree;
mod units;

use serde::{Deserialize, Serialize};

pub use problem::Problem;
pub use split::{Split, SplitBy, instant};
pub use units::written_duration;

impl Project {
    /// Reads a project.yaml and fills in every default, or tells everything that is wrong with it at once.
    pub fn from_yaml(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = problem::Problems::default();
        let Some(root) = tree::parse(text, &mut problems) else {
            return Err(problems.into_sorted(text));
        };
        if !matches!(root.value, tree::Value::Map(_)) {
            let wrong = format!("the file holds {}", root.value.kind());
            problems.add(
                root.line,
                "",
                wrong,
                "write `key: value` lines, the first `project: name`",
            );
            return Err(problems.into_sorted(text));
        }
        let project = read::project(&root, &mut problems);
        if problems.is_empty() {
            Ok(project)
        } else {
            Err(problems.into_sorted(text))
        }
    }
}

/// Frozen into every manifest, so that jobs and later runs see what was true when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// a-z0-9-, 1 to 32 characters: the name of everything it owns.
    pub project: String,
    pub data: Data,
    pub training: Training,
    pub approval: Approval,
    pub inference: Option<Inference>,
    pub monitor: Monitor,
    pub drift: Drift,
    pub compute: Compute,
    pub letters: Letters,
    /// Civil date, e.g. 2027-12-31.
    pub expires: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Data {
    pub format: Format,
    pub label: String,
    pub exclude: Vec<String>,
    pub split: Split,
    /// Columns whose values divide the holdout into segments that are measured one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Csv,
    Parquet,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub on: Vec<Trigger>,
    /// With trigger `schedule`: an AWS cron(...) or rate(...) expression.
    pub schedule: Option<String>,
    pub window: Window,
    pub settle_s: i64,
    pub cooldown_s: i64,
    pub per_day: u32,
    /// Failed runs of one coverage set before it is parked until new data comes.
    pub retries: u32,
    /// `windsock` or an image URI.
    pub image: String,
    pub objective: Objective,
    /// As strings, the way SageMaker passes them.
    pub hyperparameters: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    Arrival,
    Drift,
    Schedule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    All,
    /// Only arrivals no run accounts for.
    New,
    /// Arrivals of the last so many seconds.
    LastS(i64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// auc, logloss, accuracy (two classes); macro_f1, multi_accuracy, multi_logloss (any classes); rmse, mae
    pub metric: String,
    pub direction: Direction,
    pub must_beat_champion_by: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Maximize,
    Minimize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    Manual,
    /// Metric name to rule; all must hold.
    Automatic(std::collections::BTreeMap<String, Rule>),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    AtLeast(f64),
    AtMost(f64),
    Above(f64),
    Below(f64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    pub schedule: Option<String>,
    pub timezone: String,
    /// Score what arrives under `inference/<project>/` at once, without waiting for the schedule.
    pub on_arrival: bool,
    pub on_promotion: bool,
    pub settle_s: i64,
    pub per_day: u32,
    pub retries: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    pub method: Method,
    pub threshold: f64,
    pub min_rows: u64,
    /// Thresholds of single columns.
    pub columns: std::collections::BTreeMap<String, f64>,
    /// Categories are told apart by the chi-squared test in place of the method, and a p-value below this is drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chi_squared: Option<f64>,
    pub engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Simple,
    Robust,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    Windsock,
    Sagemaker,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub cooldown_s: i64,
    pub feature_metrics: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compute {
    pub instance: String,
    pub max_runtime_s: i64,
    pub vpc: Option<Vpc>,
    pub kms: Option<String>,
    pub network_isolation: bool,
    pub tags: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letters {
    pub managers: Vec<String>,
    pub approvers: Vec<String>,
    pub engineers: Vec<String>,
    pub digest: Digest,
    /// Hours between reminders of a waiting approval.
    pub remind_approvers_h: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    Weekly,
    Never,
}
