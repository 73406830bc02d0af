//! What kind of question a project asks, which its objective metric tells.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Two classes, 0 and 1.
    Binary,
    /// Any number of classes, named by texts. A label is a class's place in the schema.
    Multiclass,
    Regression,
}

impl Task {
    pub fn of_metric(metric: &str) -> Result<Task> {
        let tasks = [Task::Binary, Task::Multiclass, Task::Regression];
        match tasks.into_iter().find(|task| task.metrics().contains(&metric)) {
            Some(task) => Ok(task),
            None => bail!(
                "The objective metric `{metric}` is unknown: auc, logloss and accuracy (two classes), multi_logloss, \
                 multi_accuracy and macro_f1 (any number of classes), rmse and mae (a number) are right"
            ),
        }
    }

    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Task::Binary => &["auc", "logloss", "accuracy"],
            Task::Multiclass => &["multi_logloss", "multi_accuracy", "macro_f1"],
            Task::Regression => &["rmse", "mae"],
        }
    }

    pub fn question(self) -> &'static str {
        match self {
            Task::Binary => "one of two classes",
            Task::Multiclass => "one of any number of classes",
            Task::Regression => "a number",
        }
    }
}
