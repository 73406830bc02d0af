//! Executions that fail, and what AWS says then.

use serde_json::json;
use windsock_world::JobOutcome;

use crate::{
    build::{definition, input, json_get, processing},
    support::{Aws, TOKEN},
};

fn fails(reason: &str) -> JobOutcome {
    JobOutcome::Failed { reason: reason.into() }
}

#[test]
fn a_failing_step_lets_the_others_end() {
    let mut aws = Aws::new();
    let mut after = processing("After", json!([]));
    after["DependsOn"] = json!(["B"]);
    aws.pipeline(
        "three",
        &definition(&[processing("A", json!([])), processing("B", json!([])), after]),
    );
    let execution = aws.start("three", json!({"slot": "s"}));
    let jobs = aws.jobs();
    aws.end(
        &jobs[0],
        fails("AlgorithmError: See job logs for more information, exit code: 1"),
    );
    assert_eq!(aws.status(&execution), "Executing");
    aws.complete(&jobs[1]);
    assert!(aws.jobs().is_empty(), "nothing new starts after a failure");
    let described = aws.call("DescribePipelineExecution", json!({"PipelineExecutionArn": execution}));
    assert_eq!(described["PipelineExecutionStatus"], "Failed");
    assert_eq!(
        described["FailureReason"],
        "Step failure: One or multiple steps failed."
    );
    assert_eq!(
        aws.step(&execution, "A")["FailureReason"],
        "ClientError: AlgorithmError: See job logs for more information, exit code: 1"
    );
}

#[test]
fn a_retry_runs_only_what_failed() {
    let mut aws = Aws::new();
    let mut second = processing("Second", json!([]));
    second["DependsOn"] = json!(["First"]);
    aws.pipeline("two", &definition(&[processing("First", json!([])), second]));
    let execution = aws.start("two", json!({"slot": "s"}));
    let first = aws.job();
    aws.complete(&first);
    let second = aws.job();
    aws.end(&second, fails("AlgorithmError: no"));
    aws.call(
        "RetryPipelineExecution",
        json!({"PipelineExecutionArn": execution, "ClientRequestToken": TOKEN}),
    );
    let again = aws.job();
    assert_eq!(again.step.as_deref(), Some("Second"));
    assert_ne!(again.id, second.id);
    aws.complete(&again);
    assert_eq!(aws.status(&execution), "Succeeded");
}

#[test]
fn a_retry_policy_waits_longer_each_time_and_gives_up() {
    let mut aws = Aws::new();
    let mut step = processing("Only", json!([]));
    step["RetryPolicies"] = json!([{
        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
        "IntervalSeconds": 10,
        "BackoffRate": 2.0,
        "MaxAttempts": 2,
    }]);
    aws.pipeline("retries", &definition(&[step]));
    let execution = aws.start("retries", json!({"slot": "s"}));
    for wait in [10_000, 20_000] {
        let job = aws.job();
        aws.end(
            &job,
            fails("InternalServerError: We encountered an internal error. Please try again."),
        );
        aws.pass(wait - 1);
        assert!(aws.jobs().is_empty());
        aws.pass(1);
    }
    let job = aws.job();
    aws.end(
        &job,
        fails("InternalServerError: We encountered an internal error. Please try again."),
    );
    assert_eq!(aws.status(&execution), "Failed");
    assert_eq!(aws.step(&execution, "Only")["AttemptCount"], 3);
}

#[test]
fn what_the_code_did_wrong_is_not_tried_again() {
    let mut aws = Aws::new();
    let mut step = processing("Only", json!([]));
    step["RetryPolicies"] = json!([{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR", "Step.SERVICE_FAULT"]}]);
    aws.pipeline("retries", &definition(&[step]));
    let execution = aws.start("retries", json!({"slot": "s"}));
    let job = aws.job();
    aws.end(&job, fails("AlgorithmError: no"));
    assert_eq!(aws.status(&execution), "Failed");
}

#[test]
fn an_execution_is_stopped_while_a_step_waits_for_its_next_attempt() {
    let mut aws = Aws::new();
    let mut step = processing("Only", json!([]));
    step["RetryPolicies"] = json!([{"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 60}]);
    aws.pipeline("retries", &definition(&[step]));
    let execution = aws.start("retries", json!({"slot": "s"}));
    let job = aws.job();
    aws.end(
        &job,
        fails("CapacityError: Unable to provision requested ML compute capacity."),
    );
    aws.call(
        "StopPipelineExecution",
        json!({"PipelineExecutionArn": execution, "ClientRequestToken": TOKEN}),
    );
    assert_eq!(aws.status(&execution), "Stopping");
    aws.pass(600_000);
    assert_eq!(aws.status(&execution), "Stopped");
    assert!(aws.jobs().is_empty());
}

#[test]
fn a_fail_step_says_what_it_was_told_to() {
    let mut aws = Aws::new();
    let fail = json!({
        "Name": "TooFew",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["no rows in", {"Get": "Parameters.slot"}]}}},
    });
    aws.pipeline("fail", &definition(&[fail]));
    let execution = aws.start("fail", json!({"slot": "s1"}));
    assert_eq!(aws.status(&execution), "Failed");
    let step = aws.step(&execution, "TooFew");
    assert_eq!(step["FailureReason"], "no rows in s1");
    assert_eq!(step["Metadata"], json!({"Fail": {"ErrorMessage": "no rows in s1"}}));
}

#[test]
fn a_condition_fails_when_its_value_is_missing() {
    let mut aws = Aws::new();
    let decide = json!({
        "Name": "Decide",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "GreaterThan", "LeftValue": json_get("First", "auc.value"), "RightValue": 0.5}],
            "IfSteps": [],
            "ElseSteps": [],
        },
    });
    aws.pipeline("missing", &definition(&[processing("First", json!([])), decide]));
    let execution = aws.start("missing", json!({"slot": "s"}));
    let first = aws.job();
    aws.put("out/s/First/report.json", r#"{"auc": {"deviation": 0.1}}"#);
    aws.complete(&first);
    assert_eq!(aws.status(&execution), "Failed");
    assert_eq!(
        aws.step(&execution, "Decide")["FailureReason"],
        "ClientError: The path 'auc.value' does not exist in the property file s3://work/out/s/First/report.json"
    );
}

#[test]
fn a_job_that_runs_too_long_is_stopped_and_fails() {
    let mut aws = Aws::new();
    aws.pipeline("slow", &definition(&[processing("Only", json!([]))]));
    let execution = aws.start("slow", json!({"slot": "s"}));
    aws.pass(3_600_000);
    assert_eq!(aws.stopping().len(), 1);
    let job = aws.job();
    aws.end(&job, JobOutcome::Stopped);
    assert_eq!(aws.status(&execution), "Failed");
    // One that ended in time leaves no timer behind.
    let mut aws = Aws::new();
    aws.pipeline("quick", &definition(&[processing("Only", json!([]))]));
    aws.start("quick", json!({"slot": "s"}));
    let job = aws.job();
    aws.complete(&job);
    assert_eq!(aws.world.next_timer(), None);
}

#[test]
fn an_input_that_is_not_there_fails_the_job() {
    let mut aws = Aws::new();
    let step = processing("Only", json!([input("rows", json!("s3://work/none/"), "S3Prefix")]));
    aws.pipeline("none", &definition(&[step]));
    let execution = aws.start("none", json!({"slot": "s"}));
    assert!(aws.jobs().is_empty());
    aws.pass(0);
    assert_eq!(aws.status(&execution), "Failed");
    let reason = aws.step(&execution, "Only")["FailureReason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        reason.starts_with("ClientError: No S3 objects found under S3 URL \"s3://work/none/\""),
        "{reason}"
    );
}
