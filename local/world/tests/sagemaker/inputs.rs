//! What a job finds: prefixes and manifest files; and jobs created without a pipeline.

use serde_json::{Value, json};
use windsock_world::Job;

use crate::{
    build::{definition, input, processing},
    support::{Aws, ROLE, TOKEN},
};

fn start_with(aws: &mut Aws, uri: &str, kind: &str) -> String {
    let step = processing("Only", json!([input("objects", json!(uri), kind)]));
    aws.pipeline("inputs", &definition(&[step]));
    aws.start("inputs", json!({"slot": "s"}))
}

fn files(job: &Job) -> Vec<(&str, &str)> {
    job.inputs[0]
        .files
        .iter()
        .map(|file| (file.relative.as_str(), file.key.as_str()))
        .collect()
}

#[test]
fn a_manifest_file_names_objects_relative_to_its_prefix() {
    let mut aws = Aws::new();
    aws.put("training/p/2013/01 jan+.csv", "1");
    aws.put("training/p/b.csv", "2");
    aws.put("training/p/unnamed.csv", "3");
    aws.put(
        "list.manifest",
        r#"[{"prefix": "s3://work/training/p/"}, "b.csv", "2013/01 jan+.csv"]"#,
    );
    start_with(&mut aws, "s3://work/list.manifest", "ManifestFile");
    let job = aws.job();
    let expected = [
        ("b.csv", "training/p/b.csv"),
        ("2013/01 jan+.csv", "training/p/2013/01 jan+.csv"),
    ];
    assert_eq!(files(&job), expected);
    // A later change of the bucket does not change what the job reads.
    let before = job.inputs[0].files[0].blobs.clone();
    aws.put("training/p/b.csv", "22");
    assert_eq!(job.inputs[0].files[0].blobs, before);
}

#[test]
fn every_object_of_a_manifest_file_must_exist() {
    let mut aws = Aws::new();
    aws.put("list.manifest", r#"[{"prefix": "s3://work/training/p/"}, "gone.csv"]"#);
    let execution = start_with(&mut aws, "s3://work/list.manifest", "ManifestFile");
    aws.pass(0);
    let reason = aws.step(&execution, "Only")["FailureReason"].clone();
    let expected = "ClientError: Data download failed: NoSuchKey (404): The specified key does not exist. \
                    s3://work/training/p/gone.csv";
    assert_eq!(reason, expected);
}

#[test]
fn a_broken_manifest_file_is_refused_by_name() {
    for (body, why) in [
        ("{", "no JSON list"),
        (r#"["a"]"#, "no \"prefix\""),
        (r#"[{"prefix": "s3://work/"}]"#, "names no object"),
    ] {
        let mut aws = Aws::new();
        aws.put("list.manifest", body);
        let execution = start_with(&mut aws, "s3://work/list.manifest", "ManifestFile");
        aws.pass(0);
        let reason = aws.step(&execution, "Only")["FailureReason"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            reason.contains("s3://work/list.manifest") && reason.contains(why),
            "{reason}"
        );
    }
}

#[test]
fn a_prefix_is_a_tree_and_folder_markers_are_no_files() {
    let mut aws = Aws::new();
    for key in ["in/", "in/a.csv", "in/deep/b.csv", "other/c.csv"] {
        aws.put(key, "1");
    }
    start_with(&mut aws, "s3://work/in", "S3Prefix");
    assert_eq!(
        files(&aws.job()),
        [("a.csv", "in/a.csv"), ("deep/b.csv", "in/deep/b.csv")]
    );
}

fn transform(name: &str, model: &str) -> Value {
    json!({
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://work/in"}}},
        "TransformOutput": {"S3OutputPath": "s3://work/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    })
}

#[test]
fn a_transform_job_needs_a_model_and_a_new_name() {
    let mut aws = Aws::new();
    aws.put("in/a.csv", "1");
    aws.put("model.tar.gz", "archive");
    let (code, message) = aws.refused("CreateTransformJob", transform("score", "churn"));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "Could not find model \"arn:aws:sagemaker:us-east-1:111122223333:model/churn\"."
    );
    let container =
        json!({"Image": "windsock-jobs:1", "ModelDataUrl": "s3://work/model.tar.gz", "Environment": {"A": "1"}});
    aws.call(
        "CreateModel",
        json!({"ModelName": "churn", "ExecutionRoleArn": ROLE, "PrimaryContainer": container}),
    );
    aws.call("CreateTransformJob", transform("score", "churn"));
    let job = aws.job();
    assert_eq!((job.role_arn.as_str(), job.environment["A"].as_str()), (ROLE, "1"));
    assert_eq!(job.execution_arn, None);
    aws.complete(&job);
    let described = aws.call("DescribeTransformJob", json!({"TransformJobName": "score"}));
    assert_eq!(described["TransformJobStatus"], "Completed");
    assert_eq!(
        aws.refused("CreateTransformJob", transform("score", "churn")).0,
        "ResourceInUse"
    );

    let mut large = transform("large", "churn");
    large["MaxPayloadInMB"] = json!(50);
    large["MaxConcurrentTransforms"] = json!(3);
    assert_eq!(aws.refused("CreateTransformJob", large).0, "ValidationException");
    let mut filter = transform("filter", "churn");
    filter["DataProcessing"] = json!({"InputFilter": "x".repeat(64)});
    assert_eq!(aws.refused("CreateTransformJob", filter).0, "ValidationException");
}

#[test]
fn a_definition_may_lie_in_s3() {
    let mut aws = Aws::new();
    aws.put(
        "definition.json",
        &definition(&[processing("Only", json!([]))]).to_string(),
    );
    aws.call(
        "CreatePipeline",
        json!({
            "PipelineName": "stored",
            "PipelineDefinitionS3Location": {"Bucket": "work", "ObjectKey": "definition.json"},
            "RoleArn": ROLE,
            "ClientRequestToken": TOKEN,
        }),
    );
    aws.start("stored", json!({"slot": "s"}));
    assert_eq!(aws.job().step.as_deref(), Some("Only"));
}
