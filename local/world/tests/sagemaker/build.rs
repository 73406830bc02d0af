//! Small pipeline definitions, built from a few words.

use serde_json::{Value, json};

use crate::support::ROLE;

pub fn start_input(pipeline: &str, token: &str, parameters: Value) -> Value {
    let parameters = parameters
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}));
    json!({
        "PipelineName": pipeline,
        "PipelineExecutionDisplayName": "windsock-0123",
        "ClientRequestToken": token,
        "PipelineParameters": parameters.collect::<Vec<_>>(),
    })
}

/// A definition with a text parameter `slot`.
pub fn definition(steps: &[Value]) -> Value {
    json!({
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [{"Name": "slot", "Type": "String"}],
        "PipelineExperimentConfig": null,
        "Steps": steps,
    })
}

/// A processing step with one output `out` under `s3://work/out/<slot>/<name>`, which is also a property file.
pub fn processing(name: &str, inputs: Value) -> Value {
    json!({
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            "AppSpecification": {"ImageUri": "windsock-jobs:1", "ContainerArguments": [name]},
            "RoleArn": ROLE,
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {"Outputs": [{
                "OutputName": "out",
                "S3Output": {
                    "S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://work/out", {"Get": "Parameters.slot"}, name]}},
                    "LocalPath": "/opt/ml/processing/output",
                    "S3UploadMode": "EndOfJob",
                },
            }]},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
        "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}],
    })
}

pub fn input(name: &str, uri: Value, kind: &str) -> Value {
    json!({
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": format!("/opt/ml/processing/input/{name}"),
            "S3DataType": kind,
            "S3InputMode": "File",
        },
    })
}

pub fn output_of(step: &str) -> Value {
    json!({"Get": format!("Steps.{step}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")})
}

pub fn json_get(step: &str, path: &str) -> Value {
    json!({"Std:JsonGet": {"PropertyFile": {"Get": format!("Steps.{step}.PropertyFiles.Report")}, "Path": path}})
}
