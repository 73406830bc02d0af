//! Pipeline definitions: a project's two pipelines in SageMaker's pipeline language (Version 2020-12-01).
//!
//! Everything that a run depends on is baked in here or frozen in its manifest, so a run is started with exactly two
//! parameters, `slot` and `manifest`, for ever. The format number in Metadata lets functions refuse an older
//! definition by name.

mod image;
mod inference;
mod model;
mod step;
#[cfg(test)]
mod tests;
mod training;
mod value;

use serde_json::{Value, json};

pub use image::{analyzer_image, model_image};
pub use inference::inference_definition;
pub use model::{PROJECT_PROPERTY, SLOT_PROPERTY};
pub use training::training_definition;

use crate::state::FORMAT;

/// Member of a definition's Metadata that carries its format number, as text.
pub const FORMAT_MEMBER: &str = "windsock-format";
/// The parameters of both pipelines.
pub const PARAMETERS: [&str; 2] = ["slot", "manifest"];

/// Where a project's pipelines run: what the deployed platform says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub name_prefix: String,
    pub account: String,
    pub region: String,
    /// `aws`, `aws-cn`, ...
    pub partition: String,
    pub data_bucket: String,
    pub work_bucket: String,
    /// The image of the built-in jobs.
    pub jobs_image: String,
    /// What the pipeline and its jobs run as.
    pub jobs_role_arn: String,
}

/// The frame around the steps.
fn definition(steps: Vec<Value>) -> Value {
    let parameters: Vec<Value> = PARAMETERS
        .iter()
        .map(|name| json!({ "Name": name, "Type": "String" }))
        .collect();
    json!({
        "Version": "2020-12-01",
        "Metadata": { FORMAT_MEMBER: FORMAT.to_string() },
        "Parameters": parameters,
        // Null, or the service makes an experiment and a trial for every run.
        "PipelineExperimentConfig": null,
        "Steps": steps,
    })
}

/// The format number that a definition carries; none where it is not one of ours.
pub fn format_of(definition: &Value) -> Option<u32> {
    definition["Metadata"][FORMAT_MEMBER].as_str()?.parse().ok()
}
