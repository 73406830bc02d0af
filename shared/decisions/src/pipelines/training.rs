//! The training pipeline: Preprocess, Baseline, Train, Evaluate, and Register where the challenger is accepted.

use serde_json::{Value, json};

use super::image::model_image;
use super::model::register;
use super::step::{DataType, Processing, VOLUME_GB, input, job_retries, output, step, tagged, vpc};
use super::value::{Places, json_get, output_of, parameter, property};
use super::{Platform, definition};
use crate::layout;
use crate::mutants::{self, Mutant};
use crate::project::Project;
use windsock_events::facts::PipelineKind::Training;

pub fn training_definition(project: &Project, platform: &Platform) -> Value {
    let places = Places { project, platform };
    definition(vec![
        preprocess(&places).step(project, platform),
        baseline(&places).step(project, platform),
        train(&places),
        evaluate(&places),
        accepted(&places),
    ])
}

fn preprocess<'a>(places: &Places<'a>) -> Processing<'a> {
    let objects = places.uri(|project, slot| layout::objects_manifest(Training, project, slot));
    let outputs = ["train", "validation", "holdout", "features", "report"];
    Processing {
        name: "Preprocess",
        image: &places.platform.jobs_image,
        argument: Some("preprocess"),
        inputs: vec![
            input("manifest", parameter("manifest"), DataType::Prefix),
            input("objects", objects, DataType::Manifest),
        ],
        outputs: outputs
            .map(|name| output(name, places.jobs(&format!("preprocess/{name}"))))
            .into(),
        environment: Vec::new(),
    }
}

/// What the monitor compares with later, in the form that Amazon's analyzer writes.
fn baseline<'a>(places: &Places<'a>) -> Processing<'a> {
    let dataset = "/opt/ml/processing/input/baseline_dataset_input";
    Processing {
        name: "Baseline",
        image: &places.platform.jobs_image,
        argument: Some("baseline"),
        inputs: vec![input(
            "baseline_dataset_input",
            output_of("Preprocess", "features"),
            DataType::Prefix,
        )],
        outputs: vec![output("monitoring_output", places.jobs("baseline")).at("/opt/ml/processing/output")],
        environment: analyzer_environment(dataset, &json!({ "header": true })),
    }
}

/// The variables of the managed analyzer, which our own engine understands too.
pub(super) fn analyzer_environment(dataset: &str, csv: &Value) -> Vec<(&'static str, String)> {
    vec![
        ("dataset_format", json!({ "csv": csv }).to_string()),
        ("dataset_source", dataset.to_owned()),
        ("output_path", "/opt/ml/processing/output".to_owned()),
        ("publish_cloudwatch_metrics", "Disabled".to_owned()),
    ]
}

fn train(places: &Places) -> Value {
    let compute = &places.project.compute;
    let channel = |name: &str, output: &str, content: &str| {
        json!({
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": output_of("Preprocess", output),
                    "S3DataDistributionType": "FullyReplicated",
                },
            },
            "ContentType": content,
            "CompressionType": "None",
            "RecordWrapperType": "None",
            "InputMode": "File",
        })
    };
    let mut hyperparameters = places.project.training.hyperparameters.clone();
    hyperparameters.insert(
        "objective_metric".to_owned(),
        places.project.training.objective.metric.clone(),
    );
    let mut output = json!({ "S3OutputPath": places.jobs("train") });
    let mut resources = json!({ "InstanceType": compute.instance, "InstanceCount": 1, "VolumeSizeInGB": VOLUME_GB });
    if let Some(key) = &compute.kms {
        output["KmsKeyId"] = json!(key);
        resources["VolumeKmsKeyId"] = json!(key);
    }
    let mut algorithm = json!({
        "TrainingImage": model_image(places.project, places.platform),
        "TrainingInputMode": "File",
    });
    if places.project.training.image == "windsock" {
        algorithm["MetricDefinitions"] = metric_definitions(&places.project.training.objective.metric);
    }
    let mut arguments = json!({
        "AlgorithmSpecification": algorithm,
        "HyperParameters": hyperparameters,
        "InputDataConfig": [
            channel("train", "train", "text/csv"),
            channel("validation", "validation", "text/csv"),
            channel("schema", "report", "application/json"),
        ],
        "OutputDataConfig": output,
        "ResourceConfig": resources,
        "RoleArn": places.platform.jobs_role_arn,
        "EnableNetworkIsolation": compute.network_isolation,
        "StoppingCondition": { "MaxRuntimeInSeconds": compute.max_runtime_s },
        // New accounts have no right to the profiler, which is on by default; the debugger is off when not named.
        "ProfilerConfig": { "DisableProfiler": true },
    });
    if let Some(vpc) = vpc(compute) {
        arguments["VpcConfig"] = vpc;
    }
    step("Train", "Training", tagged(arguments, compute), job_retries())
}

/// What our own trainer prints of the model that it kept, so that the console shows it beside the job.
fn metric_definitions(objective: &str) -> Value {
    let definition = |set: &str, metric: &str| {
        json!({
            "Name": format!("{set}:{metric}"),
            "Regex": format!("{set}-{metric}=([-+]?[0-9]*\\.?[0-9]+)"),
        })
    };
    let metrics = metrics_beside(objective).iter();
    let both = metrics.flat_map(|metric| ["train", "validation"].map(|set| definition(set, metric)));
    both.collect::<Vec<_>>().into()
}

/// The metrics of the question that a metric belongs to.
fn metrics_beside(metric: &str) -> &'static [&'static str] {
    match metric {
        "auc" | "logloss" | "accuracy" => &["auc", "logloss", "accuracy"],
        "multi_logloss" | "multi_accuracy" | "macro_f1" => &["multi_logloss", "multi_accuracy", "macro_f1"],
        _ => &["rmse", "mae"],
    }
}

/// Challenger and frozen champion on the same holdout.
fn evaluate(places: &Places) -> Value {
    let champion = places.uri(|project, slot| layout::champion_manifest(Training, project, slot));
    let processing = Processing {
        name: "Evaluate",
        image: model_image(places.project, places.platform),
        argument: Some("evaluate"),
        inputs: vec![
            input("manifest", parameter("manifest"), DataType::Prefix),
            input(
                "challenger",
                property("Train", "ModelArtifacts.S3ModelArtifacts"),
                DataType::Prefix,
            ),
            input("champion", champion, DataType::Manifest),
            input("holdout", output_of("Preprocess", "holdout"), DataType::Prefix),
            input("report", output_of("Preprocess", "report"), DataType::Prefix),
        ],
        outputs: vec![output("evaluation", places.jobs("evaluate")).at("/opt/ml/processing/output")],
        environment: Vec::new(),
    };
    let mut step = processing.step(places.project, places.platform);
    step["PropertyFiles"] = json!([
        { "PropertyFileName": "EvaluationReport", "OutputName": "evaluation", "FilePath": "evaluation.json" },
    ]);
    // It needs nothing of Baseline, which runs beside Train. But who asks only S3 takes evaluation.json for the end of a
    // run that succeeded, and a run whose Baseline fails does not.
    step["DependsOn"] = json!(["Baseline"]);
    step
}

/// Losing to the champion is success, so there is nothing in the other branch.
fn accepted(places: &Places) -> Value {
    let mut otherwise = json!([]);
    if mutants::is(Mutant::LosingIsFailing) {
        otherwise = json!([{ "Name": "Lost", "Type": "Fail", "Arguments": { "ErrorMessage": "it lost" } }]);
    }
    json!({
        "Name": "Accepted",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{
                "Type": "GreaterThanOrEqualTo",
                "LeftValue": json_get("Evaluate", "EvaluationReport", "accepted"),
                "RightValue": 1.0,
            }],
            "IfSteps": [register(places)],
            "ElseSteps": otherwise,
        },
    })
}
