//! What kind of question a project asks, which its objective metric tells.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Two classes, 0 and 1.
    Binary,
    Regression,
}

impl Task {
    pub fn of_metric(metric: &str) -> Result<Task> {
        match metric {
            "auc" | "logloss" | "accuracy" => Ok(Task::Binary),
            "rmse" | "mae" => Ok(Task::Regression),
            other => bail!("The objective metric `{other}` is unknown: auc, logloss, accuracy, rmse and mae are right"),
        }
    }
}
