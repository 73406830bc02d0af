//! A model trained and then used: training jobs and batch transform as processes.

mod common;

use common::*;
use serde_json::{Value, json};
use windsock_host::Host;

fn start_training(host: &Host, name: &str) {
    call(
        host,
        "sagemaker",
        "CreateTrainingJob",
        json!({
            "TrainingJobName": name, "RoleArn": ROLE, "HyperParameters": {"rounds": "100"},
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "validation:auc", "Regex": "validation-auc:([0-9.]+)"}]},
            "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": {
                "S3DataType": "S3Prefix", "S3Uri": "s3://work/train/", "S3DataDistributionType": "FullyReplicated"}}}],
            "OutputDataConfig": {"S3OutputPath": "s3://work/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_job_leaves_a_model_and_its_metrics_and_a_transform_uses_it() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "train/data.csv", "1,2\n");
    start_training(&host, "train-1");
    within(host.settle()).await;
    let job = call(
        &host,
        "sagemaker",
        "DescribeTrainingJob",
        json!({"TrainingJobName": "train-1"}),
    );
    assert_eq!(job["TrainingJobStatus"], "Completed", "{job}");
    let metric = &job["FinalMetricDataList"][0];
    assert_eq!(metric["MetricName"], "validation:auc");
    assert!((metric["Value"].as_f64().unwrap() - 0.83).abs() < 1e-6);
    assert!(get(&host, &place, "models/train-1/output/output.tar.gz").is_some());
    let model = "s3://work/models/train-1/output/model.tar.gz";
    assert_eq!(job["ModelArtifacts"]["S3ModelArtifacts"], model);

    let container = json!({"Image": IMAGE, "ModelDataUrl": model});
    let created = json!({"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container});
    call(&host, "sagemaker", "CreateModel", created);
    put(&host, &place, "score/a.csv", "F1,\"x,y\",1\nF2,z,2\n");
    put(&host, &place, "score/sub/b.csv", "F3,q,3");
    transform(
        &host,
        "transform-1",
        "score/",
        &json!({"InputFilter": "$[1:]", "JoinSource": "Input"}),
    );
    within(host.settle()).await;
    let job = call(
        &host,
        "sagemaker",
        "DescribeTransformJob",
        json!({"TransformJobName": "transform-1"}),
    );
    assert_eq!(job["TransformJobStatus"], "Completed", "{job}");
    let scored = text(&host, &place, "predictions/a.csv.out");
    assert_eq!(
        scored.as_deref(),
        Some("F1,\"x,y\",1,3\nF2,z,2,2\n"),
        "the fixture counts the commas it was sent"
    );
    assert_eq!(
        text(&host, &place, "predictions/sub/b.csv.out").as_deref(),
        Some("F3,q,3,2\n")
    );

    put(&host, &place, "mixed/bad.csv", "1,2\nbad\n");
    put(&host, &place, "mixed/good.csv", "1,2\n");
    transform(
        &host,
        "transform-2",
        "mixed/",
        &json!({"OutputFilter": "$[-1]", "JoinSource": "Input"}),
    );
    within(host.settle()).await;
    let job = call(
        &host,
        "sagemaker",
        "DescribeTransformJob",
        json!({"TransformJobName": "transform-2"}),
    );
    assert_eq!(job["TransformJobStatus"], "Failed");
    let reason = job["FailureReason"].as_str().unwrap();
    assert!(
        reason.contains("s3://work/mixed/bad.csv") && reason.contains("answered 1 records to 2"),
        "{reason}"
    );
    assert_eq!(text(&host, &place, "predictions/bad.csv.out"), None);
    assert_eq!(text(&host, &place, "predictions/good.csv.out").as_deref(), Some("2\n"));
    host.shutdown().await;
}

fn transform(host: &Host, name: &str, prefix: &str, processing: &Value) {
    call(
        host,
        "sagemaker",
        "CreateTransformJob",
        json!({
            "TransformJobName": name, "ModelName": "m", "DataProcessing": processing,
            "TransformInput": {"ContentType": "text/csv", "SplitType": "Line", "DataSource": {"S3DataSource": {
                "S3DataType": "S3Prefix", "S3Uri": format!("s3://work/{prefix}")}}},
            "TransformOutput": {"S3OutputPath": "s3://work/predictions", "Accept": "text/csv", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        }),
    );
}
