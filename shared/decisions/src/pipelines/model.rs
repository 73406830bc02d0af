//! The registration of an accepted challenger: what the registry, the approver and later runs read.

use serde_json::{Value, json};

use super::image::model_image;
use super::step::step_retries;
use super::value::{Places, join, json_get, output_of, parameter, property};
use crate::layout;

/// Key of CustomerMetadataProperties that names the slot of the run that made a version.
pub const SLOT_PROPERTY: &str = "windsock-slot";
pub const PROJECT_PROPERTY: &str = "windsock-project";

pub(super) fn register(places: &Places) -> Value {
    let project = places.project;
    let evaluation = join(vec![output_of("Evaluate", "evaluation"), json!("evaluation.json")]);
    let baseline = |file: &str| source(join(vec![output_of("Baseline", "monitoring_output"), json!(file)]));
    let data_quality =
        json!({ "Statistics": baseline("statistics.json"), "Constraints": baseline("constraints.json") });
    json!({
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": layout::group_name(&places.platform.name_prefix, &project.project),
            "ModelPackageDescription": format!("Trained by Windsock for the project {}", project.project),
            "InferenceSpecification": {
                "Containers": [{
                    "Image": model_image(project, places.platform),
                    "ModelDataUrl": property("Train", "ModelArtifacts.S3ModelArtifacts"),
                    "Environment": {},
                }],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
                "SupportedTransformInstanceTypes": [project.compute.instance],
                "SupportedRealtimeInferenceInstanceTypes": [project.compute.instance],
            },
            "ModelMetrics": {
                "ModelQuality": { "Statistics": source(evaluation) },
                "ModelDataQuality": data_quality,
            },
            "DriftCheckBaselines": { "ModelDataQuality": data_quality },
            "CustomerMetadataProperties": { SLOT_PROPERTY: parameter("slot"), PROJECT_PROPERTY: project.project },
            "Domain": "MACHINE_LEARNING",
            "Task": task(&project.training.objective.metric),
            // Evaluate applied the project's rule: Approved, or pending until a person says so.
            "ModelApprovalStatus": json_get("Evaluate", "EvaluationReport", "approval_status"),
            "SkipModelValidation": "None",
        },
        // A registration takes the step's own exceptions only; it is no job.
        "RetryPolicies": step_retries(),
    })
}

fn source(uri: Value) -> Value {
    json!({ "ContentType": "application/json", "S3Uri": uri })
}

fn task(metric: &str) -> &'static str {
    match metric {
        "auc" | "logloss" | "accuracy" | "macro_f1" | "multi_accuracy" | "multi_logloss" => "CLASSIFICATION",
        "rmse" | "mae" => "REGRESSION",
        _ => "OTHER",
    }
}
