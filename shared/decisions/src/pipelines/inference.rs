//! The inference pipeline: Prepare, Transform, and Monitor against the champion's own baseline.

use serde_json::{Value, json};

use super::image::analyzer_image;
use super::step::{DataType, Processing, input, job_retries, no_cache, output, step, tagged};
use super::training::analyzer_environment;
use super::value::{Places, json_get, output_of, parameter};
use super::{Platform, definition};
use crate::layout;
use crate::project::{Engine, Project};
use windsock_events::facts::PipelineKind::Inference;

pub fn inference_definition(project: &Project, platform: &Platform) -> Value {
    let places = Places { project, platform };
    definition(vec![prepare(&places), transform(&places), monitor(&places)])
}

fn champion(places: &Places) -> Value {
    places.uri(|project, slot| layout::champion_manifest(Inference, project, slot))
}

fn prepare(places: &Places) -> Value {
    let objects = places.uri(|project, slot| layout::objects_manifest(Inference, project, slot));
    let processing = Processing {
        name: "Prepare",
        image: &places.platform.jobs_image,
        argument: Some("prepare"),
        inputs: vec![
            input("manifest", parameter("manifest"), DataType::Prefix),
            input("objects", objects, DataType::Manifest),
            input("champion", champion(places), DataType::Manifest),
        ],
        outputs: ["input", "features", "report"]
            .map(|name| output(name, places.jobs(&format!("prepare/{name}"))))
            .into(),
        environment: Vec::new(),
    };
    let mut step = processing.step(places.project, places.platform);
    step["PropertyFiles"] = json!([
        { "PropertyFileName": "PreparedReport", "OutputName": "report", "FilePath": "prepared.json" },
    ]);
    step
}

fn transform(places: &Places) -> Value {
    let compute = &places.project.compute;
    // The excluded columns come first and go round the model into the predictions.
    let input_filter = match places.project.data.exclude.len() {
        0 => "$".to_owned(),
        excluded => format!("$[{excluded}:]"),
    };
    let mut output =
        json!({ "S3OutputPath": places.jobs("predictions"), "Accept": "text/csv", "AssembleWith": "Line" });
    let mut resources = json!({ "InstanceType": compute.instance, "InstanceCount": 1 });
    if let Some(key) = &compute.kms {
        output["KmsKeyId"] = json!(key);
        resources["VolumeKmsKeyId"] = json!(key);
    }
    let arguments = json!({
        "ModelName": json_get("Prepare", "PreparedReport", "model_name"),
        "BatchStrategy": "MultiRecord",
        "MaxConcurrentTransforms": 1,
        "MaxPayloadInMB": 6,
        "TransformInput": {
            "DataSource": {
                "S3DataSource": { "S3DataType": "S3Prefix", "S3Uri": output_of("Prepare", "input") },
            },
            "ContentType": "text/csv",
            "CompressionType": "None",
            "SplitType": "Line",
        },
        "TransformOutput": output,
        "TransformResources": resources,
        "DataProcessing": { "InputFilter": input_filter, "OutputFilter": "$", "JoinSource": "Input" },
    });
    // The model carries network and isolation: a transform has no such members.
    step("Transform", "Transform", tagged(arguments, compute), job_retries())
}

fn monitor(places: &Places) -> Value {
    let analyzer = match places.project.monitor.engine {
        Engine::Sagemaker => analyzer_image(&places.platform.region),
        Engine::Windsock => None,
    };
    let mut step = match analyzer {
        Some(image) => quality_check(places, &image),
        None => own_monitor(places),
    };
    // Predictions come before the verdict on their input, and a failed transform needs none.
    step["DependsOn"] = json!(["Transform"]);
    step
}

fn own_monitor(places: &Places) -> Value {
    let project = places.project;
    let mut environment = analyzer_environment("/opt/ml/processing/input/data", &json!({ "header": true }));
    let baseline = "/opt/ml/processing/baseline";
    environment.push(("baseline_statistics", format!("{baseline}/baseline/statistics.json")));
    environment.push(("baseline_constraints", format!("{baseline}/baseline/constraints.json")));
    environment.push(("WINDSOCK_MONITOR", json!(project.monitor).to_string()));
    let processing = Processing {
        name: "Monitor",
        image: &places.platform.jobs_image,
        argument: Some("monitor"),
        inputs: vec![
            input("data", output_of("Prepare", "features"), DataType::Prefix),
            input("baseline", champion(places), DataType::Manifest).at(baseline),
        ],
        outputs: vec![output("monitoring_output", places.jobs("monitor")).at("/opt/ml/processing/output")],
        environment,
    };
    processing.step(project, places.platform)
}

/// Amazon's own check, for accounts that still have Model Monitor. It compares with the baseline of the group's
/// newest approved version, and a violation is a finding, not a failure. It takes no retry policies.
fn quality_check(places: &Places, image: &str) -> Value {
    let project = places.project;
    let dataset = "/opt/ml/processing/input/baseline_dataset_input";
    // As the SDK says it to the same image: where the predicted column would stand, were there one.
    let csv = json!({ "header": true, "output_columns_position": "START" });
    let processing = Processing {
        name: "Monitor",
        image,
        argument: None,
        inputs: vec![input(
            "baseline_dataset_input",
            output_of("Prepare", "features"),
            DataType::Prefix,
        )],
        outputs: vec![output("quality_check_output", places.jobs("monitor")).at("/opt/ml/processing/output")],
        environment: analyzer_environment(dataset, &csv),
    };
    json!({
        "Name": "Monitor",
        "Type": "QualityCheck",
        "Arguments": processing.arguments(project, places.platform),
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": layout::group_name(&places.platform.name_prefix, &project.project),
        "SkipCheck": false,
        "FailOnViolation": false,
        "RegisterNewBaseline": false,
        // None but the registry's.
        "SuppliedBaselineStatistics": null,
        "SuppliedBaselineConstraints": null,
        "CacheConfig": no_cache(),
    })
}
