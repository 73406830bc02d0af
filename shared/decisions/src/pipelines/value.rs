//! Values that SageMaker works out when a run reaches them.

use serde_json::{Value, json};

use super::Platform;
use crate::Project;

/// Stands for the slot while a key of the layout is taken apart; no key contains it.
const SLOT: &str = "{slot}";

pub(super) fn parameter(name: &str) -> Value {
    json!({ "Get": format!("Parameters.{name}") })
}

pub(super) fn property(step: &str, path: &str) -> Value {
    json!({ "Get": format!("Steps.{step}.{path}") })
}

/// Where an earlier processing step put one of its outputs.
pub(super) fn output_of(step: &str, output: &str) -> Value {
    property(
        step,
        &format!("ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"),
    )
}

pub(super) fn join(values: Vec<Value>) -> Value {
    json!({ "Std:Join": { "On": "/", "Values": values } })
}

pub(super) fn json_get(step: &str, property_file: &str, path: &str) -> Value {
    let file = property(step, &format!("PropertyFiles.{property_file}"));
    json!({ "Std:JsonGet": { "PropertyFile": file, "Path": path } })
}

/// The project's places in the work bucket, for the slot that the run is started with.
pub(super) struct Places<'a> {
    pub project: &'a Project,
    pub platform: &'a Platform,
}

impl Places<'_> {
    /// The URI of a key of the layout. The layout wants a slot and the slot is a parameter, so the key is taken apart
    /// around it.
    pub fn uri(&self, key: impl Fn(&str, &str) -> String) -> Value {
        let key = key(&self.project.project, SLOT);
        let (before, after) = key.split_once(SLOT).unwrap_or((&key, ""));
        let mut values = vec![json!(format!(
            "s3://{}/{}",
            self.platform.work_bucket,
            before.trim_end_matches('/')
        ))];
        values.push(parameter("slot"));
        let after = after.trim_matches('/');
        if !after.is_empty() {
            values.push(json!(after));
        }
        join(values)
    }

    /// `jobs/<project>/<slot>/<below>`.
    pub fn jobs(&self, below: &str) -> Value {
        self.uri(|project, slot| format!("{}{below}", crate::layout::jobs(project, slot)))
    }
}
