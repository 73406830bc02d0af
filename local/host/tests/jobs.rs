//! Jobs as processes: what they are given, what they leave, and how they end.

mod common;

use common::*;
use serde_json::{Value, json};
use windsock_host::Host;

fn resources() -> Value {
    json!({"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}})
}

fn start_processing(host: &Host, name: &str, arguments: &[&str], more: &Value) {
    let input = json!({"InputName": "in", "S3Input": {"S3Uri": "s3://work/in/", "S3DataType": "S3Prefix",
        "LocalPath": "/opt/ml/processing/input", "S3InputMode": "File"}});
    let output = json!({"OutputName": "report", "S3Output": {"S3Uri": "s3://work/out",
        "LocalPath": "/opt/ml/processing/output/report", "S3UploadMode": "EndOfJob"}});
    call(
        host,
        "sagemaker",
        "CreateProcessingJob",
        json!({
            "ProcessingJobName": name, "RoleArn": ROLE, "ProcessingResources": resources(),
            "AppSpecification": {"ImageUri": more["image"].as_str().unwrap_or(IMAGE), "ContainerArguments": arguments},
            "ProcessingInputs": [input], "ProcessingOutputConfig": {"Outputs": [output]},
            "Environment": more["environment"],
        }),
    );
}

fn described(host: &Host, name: &str) -> Value {
    call(
        host,
        "sagemaker",
        "DescribeProcessingJob",
        json!({"ProcessingJobName": name}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processing_job_reads_its_inputs_and_leaves_its_outputs() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "in/2013/jan.csv", "1");
    put(&host, &place, "in/../../../escape.csv", "2");
    put(&host, &place, "in/ü +%.csv", "3");
    start_processing(&host, "copy-1", &["copy"], &json!({"environment": {"COLOUR": "red"}}));
    within(host.settle()).await;

    let job = described(&host, "copy-1");
    assert_eq!(
        (&job["ProcessingJobStatus"], &job["ExitMessage"]),
        (&json!("Completed"), &json!("all is well"))
    );
    let listing = text(&host, &place, "out/sub/listing.txt").unwrap();
    assert!(
        listing.contains("2013/jan.csv=1\n") && listing.contains("ü +%.csv=3\n"),
        "{listing}"
    );
    assert!(
        listing.contains("%windsock-"),
        "a key that leads elsewhere has another name: {listing}"
    );
    assert!(!place.path("escape.csv").exists() && !place.state_dir().join("escape.csv").exists());

    let config: Value = serde_json::from_str(&text(&host, &place, "out/config.json").unwrap()).unwrap();
    assert_eq!(config["ProcessingJobName"], "copy-1");
    assert_eq!(
        config["ProcessingJobArn"],
        "arn:aws:sagemaker:eu-central-1:123456789012:processing-job/copy-1"
    );
    let environment = text(&host, &place, "out/environment.txt").unwrap();
    let mut names: Vec<&str> = environment.lines().collect();
    names.sort_unstable();
    let expected = [
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "COLOUR",
        "HOME",
        "PATH",
        "WINDSOCK_ML_ROOT",
    ];
    assert_eq!(
        names, expected,
        "nothing else is inherited, and there are no credentials"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_gives_its_own_reason_and_leaves_nothing() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "in/a", "1");
    start_processing(&host, "fail-1", &["fail"], &json!({}));
    start_processing(
        &host,
        "strange-1",
        &["x"],
        &json!({"image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/churn:7"}),
    );
    within(host.settle()).await;
    let job = described(&host, "fail-1");
    assert_eq!(job["ProcessingJobStatus"], "Failed");
    let reason = "AlgorithmError: nothing usable is left: 2 of 2 files were rejected, exit code: 3";
    assert_eq!(job["FailureReason"], reason);
    let strange = described(&host, "strange-1")["FailureReason"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(
        strange.contains("name one for `churn` under `images` in windsock.local.yaml"),
        "{strange}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_of_ones_own_is_a_command() {
    let place = Place::new();
    let fixture = env!("CARGO_BIN_EXE_windsock-host-fixture").to_string();
    let mut config = place.config();
    config.images.insert("churn".into(), vec![fixture, "copy".into()]);
    let host = Host::start(config).await.unwrap();
    bucket(&host);
    put(&host, &place, "in/a", "1");
    start_processing(
        &host,
        "own-1",
        &["ignored"],
        &json!({"image": "registry.example.com/churn:7"}),
    );
    within(host.settle()).await;
    assert_eq!(described(&host, "own-1")["ProcessingJobStatus"], "Completed");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_job_is_ended_and_a_restarted_host_runs_its_jobs_again() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "in/a", "1");
    let environment = json!({"environment": mark_variable(&place)});
    start_processing(&host, "hang-1", &["hang"], &environment);
    let first = mark(&place).await;
    std::fs::remove_file(place.path("mark")).unwrap();
    host.shutdown().await;
    within(dead(&first)).await;

    let host = place.start().await;
    let second = mark(&place).await;
    assert!(is_alive(&second), "the job runs again");
    call(
        &host,
        "sagemaker",
        "StopProcessingJob",
        json!({"ProcessingJobName": "hang-1"}),
    );
    within(host.settle()).await;
    assert_eq!(described(&host, "hang-1")["ProcessingJobStatus"], "Stopped");
    within(dead(&second)).await;
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_told_to_stop_does_not_run_again() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "in/a", "1");
    start_processing(
        &host,
        "deaf-1",
        &["deaf"],
        &json!({"environment": mark_variable(&place)}),
    );
    let process = mark(&place).await;
    call(
        &host,
        "sagemaker",
        "StopProcessingJob",
        json!({"ProcessingJobName": "deaf-1"}),
    );
    assert_eq!(described(&host, "deaf-1")["ProcessingJobStatus"], "Stopping");
    host.shutdown().await;
    within(dead(&process)).await;

    let host = place.start().await;
    within(host.settle()).await;
    assert_eq!(described(&host, "deaf-1")["ProcessingJobStatus"], "Stopped");
    host.shutdown().await;
}
