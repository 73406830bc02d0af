//! Whole definitions as golden files, and the rules that every definition keeps.

use std::collections::BTreeSet;

use expect_test::expect_file;
use serde_json::Value;

use super::*;
use crate::Project;

fn platform() -> Platform {
    Platform {
        name_prefix: "windsock".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        partition: "aws".into(),
        data_bucket: "windsock-data-111122223333-us-east-1".into(),
        work_bucket: "windsock-work-111122223333-us-east-1".into(),
        jobs_image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/windsock-jobs:0.1.0".into(),
        jobs_role_arn: "arn:aws:iam::111122223333:role/windsock-flight-delay-jobs".into(),
    }
}

fn project(lines: &str) -> Project {
    Project::from_yaml(&format!("project: flight-delay\n{lines}")).unwrap()
}

fn small() -> Project {
    project("data: { label: late }\n")
}

/// Every option that changes a definition.
fn everything() -> Project {
    project(
        r#"
data: { label: late, exclude: [flight_id, tail] }
training:
  image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/own:7
  objective: { metric: rmse }
  hyperparameters: { rounds: 100, learning_rate: 0.1 }
monitor: { method: simple, threshold: 0.2, min_rows: 500, columns: { pressure: 0.3 } }
compute:
  instance: ml.c5.xlarge
  max_runtime: 30m
  vpc: { subnets: [subnet-0123456789abcdef0, subnet-0fedcba9876543210], security_groups: [sg-0123456789abcdef0] }
  kms: alias/windsock
  network_isolation: false
  tags: { team: weather }
"#,
    )
}

fn analyzed_by_amazon() -> Project {
    project("data: { label: late }\nmonitor: { engine: sagemaker }\n")
}

fn pretty(definition: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(definition).unwrap())
}

fn all_definitions() -> Vec<Value> {
    let mut all = Vec::new();
    for project in [small(), everything(), analyzed_by_amazon()] {
        all.push(training_definition(&project, &platform()));
        all.push(inference_definition(&project, &platform()));
    }
    all
}

/// Steps, those inside conditions included.
fn steps(definition: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for step in definition["Steps"].as_array().unwrap() {
        all.push(step);
        all.extend(step["Arguments"]["IfSteps"].as_array().into_iter().flatten());
    }
    all
}

fn members(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys().map(String::as_str))
        .collect()
}

fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

#[test]
fn the_training_pipeline_of_a_small_project() {
    expect_file!["../../tests/golden/training-small.json"]
        .assert_eq(&pretty(&training_definition(&small(), &platform())));
}

#[test]
fn the_training_pipeline_with_every_option() {
    let definition = training_definition(&everything(), &platform());
    expect_file!["../../tests/golden/training-everything.json"].assert_eq(&pretty(&definition));
}

#[test]
fn the_inference_pipeline_of_a_small_project() {
    let definition = inference_definition(&small(), &platform());
    expect_file!["../../tests/golden/inference-small.json"].assert_eq(&pretty(&definition));
}

#[test]
fn the_inference_pipeline_with_every_option() {
    let definition = inference_definition(&everything(), &platform());
    expect_file!["../../tests/golden/inference-everything.json"].assert_eq(&pretty(&definition));
}

#[test]
fn the_inference_pipeline_with_amazons_analyzer() {
    let definition = inference_definition(&analyzed_by_amazon(), &platform());
    expect_file!["../../tests/golden/inference-analyzer.json"].assert_eq(&pretty(&definition));
}

#[test]
fn a_region_without_the_analyzer_keeps_our_engine() {
    let elsewhere = Platform {
        region: "xx-moon-1".into(),
        ..platform()
    };
    let definition = inference_definition(&analyzed_by_amazon(), &elsewhere);
    assert_eq!(definition["Steps"][2]["Type"], "Processing");
    assert_eq!(analyzer_image("xx-moon-1"), None);
}

#[test]
fn every_definition_has_two_parameters_a_format_and_no_experiment() {
    for definition in all_definitions() {
        assert_eq!(definition["Version"], "2020-12-01");
        assert_eq!(definition["PipelineExperimentConfig"], Value::Null);
        assert_eq!(format_of(&definition), Some(crate::state::FORMAT));
        let parameters = definition["Parameters"].as_array().unwrap();
        let names: Vec<&str> = parameters
            .iter()
            .filter_map(|parameter| parameter["Name"].as_str())
            .collect();
        assert_eq!(names, PARAMETERS);
        assert!(
            parameters
                .iter()
                .all(|parameter| members(parameter) == BTreeSet::from(["Name", "Type"]))
        );
    }
}

#[test]
fn every_processing_input_and_output_is_explicit() {
    let input: BTreeSet<&str> = [
        "S3Uri",
        "LocalPath",
        "S3DataType",
        "S3InputMode",
        "S3DataDistributionType",
        "S3CompressionType",
    ]
    .into();
    let output: BTreeSet<&str> = ["S3Uri", "LocalPath", "S3UploadMode"].into();
    for definition in all_definitions() {
        for step in steps(&definition) {
            for given in step["Arguments"]["ProcessingInputs"].as_array().into_iter().flatten() {
                assert_eq!(members(&given["S3Input"]), input, "{given}");
                assert!(
                    given["S3Input"]["LocalPath"]
                        .as_str()
                        .unwrap()
                        .starts_with("/opt/ml/processing/")
                );
            }
            let outputs = &step["Arguments"]["ProcessingOutputConfig"]["Outputs"];
            for given in outputs.as_array().into_iter().flatten() {
                assert_eq!(members(&given["S3Output"]), output, "{given}");
            }
        }
    }
}

#[test]
fn every_reference_finds_its_step_its_output_and_its_property_file() {
    for definition in all_definitions() {
        let all = steps(&definition);
        let mut found = Vec::new();
        texts(&definition["Steps"], &mut found);
        for reference in found.into_iter().filter_map(|text| text.strip_prefix("Steps.")) {
            let (name, path) = reference.split_once('.').unwrap();
            let step = all
                .iter()
                .find(|step| step["Name"] == name)
                .unwrap_or_else(|| panic!("{reference}"));
            let mut own = Vec::new();
            texts(step, &mut own);
            let quoted = path.split('\'').nth(1);
            let named = quoted.or_else(|| path.strip_prefix("PropertyFiles."));
            assert!(named.is_none_or(|named| own.contains(&named)), "{reference}");
        }
    }
}

#[test]
fn retries_are_bounded_and_a_registration_takes_the_steps_own() {
    for definition in all_definitions() {
        for step in steps(&definition) {
            let policies = step["RetryPolicies"].as_array();
            let kind = step["Type"].as_str().unwrap();
            assert_eq!(
                policies.is_some(),
                !matches!(kind, "Condition" | "QualityCheck"),
                "{kind}"
            );
            for policy in policies.into_iter().flatten() {
                let bounds = ["MaxAttempts", "ExpireAfterMin"]
                    .iter()
                    .filter(|bound| policy.get(**bound).is_some());
                assert_eq!(bounds.count(), 1, "{policy}");
                let types = policy["ExceptionType"].as_array().unwrap();
                let own = types.iter().all(|name| name.as_str().unwrap().starts_with("Step."));
                assert!(own || kind != "RegisterModel", "{policy}");
            }
        }
    }
}

#[test]
fn no_step_asks_for_the_profiler_or_the_debugger_or_a_cache() {
    for definition in all_definitions() {
        for step in steps(&definition) {
            assert!(step["Arguments"].get("DebugHookConfig").is_none());
            if step["Type"] == "Training" {
                assert_eq!(step["Arguments"]["ProfilerConfig"]["DisableProfiler"], true);
            }
            assert_ne!(step["CacheConfig"]["Enabled"], true);
        }
    }
}

/// The members that the service knows for each call; the SDK's own definitions were the source.
#[test]
fn steps_have_no_members_that_sagemaker_does_not_know() {
    let known = |kind: &str| -> &[&str] {
        match kind {
            "Processing" | "QualityCheck" => &[
                "ProcessingResources",
                "AppSpecification",
                "RoleArn",
                "ProcessingInputs",
                "ProcessingOutputConfig",
                "Environment",
                "NetworkConfig",
                "StoppingCondition",
                "Tags",
            ],
            "Training" => &[
                "AlgorithmSpecification",
                "HyperParameters",
                "InputDataConfig",
                "OutputDataConfig",
                "ResourceConfig",
                "RoleArn",
                "EnableNetworkIsolation",
                "VpcConfig",
                "StoppingCondition",
                "ProfilerConfig",
                "Tags",
            ],
            "Transform" => &[
                "ModelName",
                "BatchStrategy",
                "MaxConcurrentTransforms",
                "MaxPayloadInMB",
                "TransformInput",
                "TransformOutput",
                "TransformResources",
                "DataProcessing",
                "Tags",
            ],
            "RegisterModel" => &[
                "ModelPackageGroupName",
                "ModelPackageDescription",
                "InferenceSpecification",
                "ModelMetrics",
                "DriftCheckBaselines",
                "CustomerMetadataProperties",
                "Domain",
                "Task",
                "ModelApprovalStatus",
                "SkipModelValidation",
            ],
            "Condition" => &["Conditions", "IfSteps", "ElseSteps"],
            other => panic!("unexpected step type {other}"),
        }
    };
    for definition in all_definitions() {
        for step in steps(&definition) {
            let known = known(step["Type"].as_str().unwrap());
            let unknown: Vec<&str> = members(&step["Arguments"])
                .into_iter()
                .filter(|name| !known.contains(name))
                .collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", step["Name"]);
        }
    }
}
