//! What SageMaker does in a role's name: a pipeline's steps, their jobs' data, models.

use serde_json::{Value, json};
use windsock_world::{Caller, Work};

use crate::support::{Aws, allow, arn, role};

/// The statements of a role that runs one processing step from `s3://data/in/` on, one after another.
fn statements() -> Vec<Value> {
    let jobs = arn("sagemaker", "processing-job/pipelines-*");
    vec![
        allow("sagemaker:CreateProcessingJob", &jobs),
        allow("iam:PassRole", &role("jobs").arn),
        allow("sagemaker:AddTags", &jobs),
        allow("sagemaker:DescribeProcessingJob", &jobs),
        allow("s3:ListBucket", "arn:aws:s3:::data"),
        allow("s3:GetObject", "arn:aws:s3:::data/in/*"),
    ]
}

fn definition() -> Value {
    json!({
        "Version": "2020-12-01", "Metadata": {}, "Parameters": [], "PipelineExperimentConfig": null,
        "Steps": [{
            "Name": "Prepare", "Type": "Processing",
            "Arguments": {
                "ProcessingResources": {
                    "ClusterConfig": { "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30 }
                },
                "AppSpecification": { "ImageUri": "windsock-jobs:1" },
                "RoleArn": role("jobs").arn,
                "ProcessingInputs": [{
                    "InputName": "in",
                    "S3Input": { "S3Uri": "s3://data/in/", "LocalPath": "/opt/ml/processing/input/in",
                                 "S3DataType": "S3Prefix", "S3InputMode": "File" },
                }],
            },
        }],
    })
}

/// Runs the pipeline once and tells why its step failed; `None` when its job was handed out.
fn run(aws: &mut Aws, token: usize) -> Option<String> {
    let start = json!({ "PipelineName": "p", "ClientRequestToken": format!("{token:040}") });
    let execution = aws.call("sagemaker", "StartPipelineExecution", start)["PipelineExecutionArn"].clone();
    aws.advance(1000);
    let handed_out = aws.world.take_work().iter().any(|work| matches!(work, Work::Run(_)));
    let steps = aws.call(
        "sagemaker",
        "ListPipelineExecutionSteps",
        json!({ "PipelineExecutionArn": execution }),
    );
    let failure = steps["PipelineExecutionSteps"][0]["FailureReason"]
        .as_str()
        .map(str::to_owned);
    assert_eq!(handed_out, failure.is_none());
    failure
}

fn world() -> (Aws, Caller) {
    let mut aws = Aws::new();
    aws.bucket("data");
    aws.put("data", "in/x.csv");
    let jobs = aws.role("jobs", json!([]));
    let pipeline = json!({
        "PipelineName": "p", "PipelineDefinition": definition().to_string(), "RoleArn": jobs.arn,
        "ClientRequestToken": "0".repeat(32),
    });
    aws.call("sagemaker", "CreatePipeline", pipeline);
    (aws, jobs)
}

#[test]
fn a_step_fails_by_each_permission_that_its_role_lacks() {
    let (mut aws, _) = world();
    let reasons = [
        "sagemaker:CreateProcessingJob on resource",
        "iam:PassRole on resource",
        "sagemaker:AddTags on resource",
        "sagemaker:DescribeProcessingJob on resource",
        "\"s3:ListBucket\" permissions on bucket \"data\"",
        "s3:GetObject on resource: \"arn:aws:s3:::data/in/x.csv\"",
    ];
    for (given, reason) in reasons.iter().enumerate() {
        if given > 0 {
            aws.allow("jobs", json!(statements()[..given]));
        }
        let failure = run(&mut aws, given).unwrap_or_default();
        assert!(failure.contains(reason), "{failure} does not name {reason}");
        assert!(failure.starts_with("ClientError: "), "{failure}");
    }
    aws.allow("jobs", json!(statements()));
    assert_eq!(run(&mut aws, reasons.len()), None);
}

#[test]
fn a_job_is_stopped_if_its_pipelines_role_may_stop_it() {
    for (may_stop, status) in [(false, "Executing"), (true, "Stopping")] {
        let (mut aws, _) = world();
        let mut may = statements();
        if may_stop {
            let jobs = arn("sagemaker", "processing-job/pipelines-*");
            may.push(allow("sagemaker:StopProcessingJob", &jobs));
        }
        aws.allow("jobs", json!(may));
        let start = json!({ "PipelineName": "p", "ClientRequestToken": "1".repeat(40) });
        let execution = aws.call("sagemaker", "StartPipelineExecution", start)["PipelineExecutionArn"].clone();
        aws.advance(1000);
        let of_execution = json!({ "PipelineExecutionArn": execution });
        let mut stop = of_execution.clone();
        stop["ClientRequestToken"] = json!("2".repeat(40));
        aws.call("sagemaker", "StopPipelineExecution", stop);
        let steps = aws.call("sagemaker", "ListPipelineExecutionSteps", of_execution.clone());
        assert_eq!(steps["PipelineExecutionSteps"][0]["StepStatus"], status);
        let run = aws.call("sagemaker", "DescribePipelineExecution", of_execution);
        assert_eq!(run["PipelineExecutionStatus"], "Stopping");
    }
}

#[test]
fn a_refused_step_is_told_as_sagemaker_tells_it() {
    let (mut aws, _) = world();
    let failure = run(&mut aws, 1).unwrap();
    let start = "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: AccessDeniedException: \
                 User: arn:aws:sts::111122223333:assumed-role/jobs/local is not authorized to perform: \
                 sagemaker:CreateProcessingJob on resource: \
                 arn:aws:sagemaker:us-east-1:111122223333:processing-job/pipelines-";
    assert!(failure.starts_with(start), "{failure}");
    assert!(failure.ends_with("because no identity-based policy allows the sagemaker:CreateProcessingJob action"));
}

#[test]
fn a_model_is_made_if_its_role_may_read_the_archive() {
    let (mut aws, jobs) = world();
    let create = json!({
        "ModelName": "m", "ExecutionRoleArn": jobs.arn,
        "PrimaryContainer": { "Image": "windsock-jobs:1", "ModelDataUrl": "s3://data/in/x.csv" },
    });
    let operator = crate::support::user("operator");
    let refusal = aws
        .call_as(&operator, "sagemaker", "CreateModel", create.clone())
        .unwrap_err();
    assert!(
        refusal
            .message
            .starts_with("Could not access model data at s3://data/in/x.csv."),
        "{refusal}"
    );
    aws.allow("jobs", json!(statements()));
    aws.call("sagemaker", "CreateModel", create);
}

#[test]
fn an_image_of_ecr_is_pulled_by_the_jobs_role() {
    let (mut aws, _) = world();
    let mut definition = definition();
    let image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/windsock/jobs:1";
    definition["Steps"][0]["Arguments"]["AppSpecification"]["ImageUri"] = json!(image);
    let update = json!({ "PipelineName": "p", "PipelineDefinition": definition.to_string() });
    aws.call("sagemaker", "UpdatePipeline", update);
    aws.allow("jobs", json!(statements()));
    assert!(run(&mut aws, 1).unwrap().contains("ecr:GetAuthorizationToken"));
    let mut with_ecr = statements();
    with_ecr.push(allow("ecr:GetAuthorizationToken", "*"));
    with_ecr.push(allow("ecr:*", &arn("ecr", "repository/windsock/*")));
    aws.allow("jobs", json!(with_ecr));
    assert_eq!(run(&mut aws, 2), None);
}
