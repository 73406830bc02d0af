//! Starting, stopping, retrying, listing and deleting.

use serde_json::json;
use windsock_world::{JobOutcome, Record};

use crate::{
    build::{definition, processing, start_input},
    support::{Aws, TOKEN},
};

const CHANGED: &str = "SageMaker Model Building Pipeline Execution Status Change";

fn one_step() -> Aws {
    let mut aws = Aws::new();
    aws.pipeline("one", &definition(&[processing("Only", json!([]))]));
    aws
}

#[test]
fn the_same_token_starts_once() {
    let mut aws = one_step();
    let first = aws.call(
        "StartPipelineExecution",
        start_input("one", TOKEN, json!({"slot": "a"})),
    );
    aws.pass(86_400_000);
    let arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/one";
    let second = aws.call("StartPipelineExecution", start_input(arn, TOKEN, json!({"slot": "a"})));
    assert_eq!(first, second);
    assert_eq!(aws.jobs().len(), 1);

    let (code, _) = aws.refused(
        "StartPipelineExecution",
        start_input("one", TOKEN, json!({"slot": "b"})),
    );
    assert_eq!(code, "ConflictException");
}

#[test]
fn a_start_is_checked() {
    let mut aws = one_step();
    let mut refused =
        |token: &str, parameters| aws.refused("StartPipelineExecution", start_input("one", token, parameters));
    let (code, message) = refused(TOKEN, json!({"slot": "a", "colour": "red"}));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("[colour]"), "{message}");
    let (_, message) = refused(TOKEN, json!({}));
    assert!(message.contains("[slot] has no default value"), "{message}");
    let (_, message) = refused("short", json!({"slot": "a"}));
    assert!(
        message.contains("'clientRequestToken' failed") && message.contains("equal to 32"),
        "{message}"
    );
    let (_, message) = refused(TOKEN, json!({"slot": "x".repeat(1025)}));
    assert!(message.contains("less than or equal to 1024"), "{message}");
    let (_, message) = refused(TOKEN, json!({"slot": 3}));
    assert!(message.contains("must be a string"), "{message}");
    let (code, _) = aws.refused("StartPipelineExecution", start_input("none", TOKEN, json!({})));
    assert_eq!(code, "ResourceNotFound");
    let mut extra = start_input("one", TOKEN, json!({"slot": "a"}));
    extra["Colour"] = json!("red");
    let (_, message) = aws.refused("StartPipelineExecution", extra);
    assert!(message.contains("Unknown parameter in input: \"Colour\""), "{message}");
}

#[test]
fn stopping_takes_until_the_job_has_stopped() {
    let mut aws = one_step();
    let execution = aws.start("one", json!({"slot": "a"}));
    let stop = json!({"PipelineExecutionArn": execution, "ClientRequestToken": TOKEN});
    aws.call("StopPipelineExecution", stop);
    assert_eq!(aws.status(&execution), "Stopping");
    assert_eq!(aws.stopping().len(), 1);
    let job = aws.job();
    aws.end(&job, JobOutcome::Stopped);
    assert_eq!(aws.status(&execution), "Stopped");
    assert_eq!(aws.steps(&execution), [("Only".into(), "Stopped".into())]);

    let retry = json!({"PipelineExecutionArn": execution, "ClientRequestToken": TOKEN});
    aws.call("RetryPipelineExecution", retry);
    assert_eq!(aws.status(&execution), "Executing");
    let job = aws.job();
    aws.complete(&job);
    assert_eq!(aws.status(&execution), "Succeeded");
}

#[test]
fn a_pipeline_is_not_deleted_under_a_running_execution() {
    let mut aws = one_step();
    let execution = aws.start("one", json!({"slot": "a"}));
    let delete = json!({"PipelineName": "one", "ClientRequestToken": TOKEN});
    assert_eq!(aws.refused("DeletePipeline", delete.clone()).0, "ConflictException");
    let job = aws.job();
    aws.complete(&job);
    aws.call("DeletePipeline", delete);
    let (code, _) = aws.refused("DescribePipelineExecution", json!({"PipelineExecutionArn": execution}));
    assert_eq!(code, "ResourceNotFound");
}

#[test]
fn executions_are_listed_in_pages_newest_first() {
    let mut aws = one_step();
    let mut started = Vec::new();
    for slot in 0..12 {
        aws.pass(1000);
        started.push(aws.start("one", json!({"slot": slot.to_string()})));
    }
    started.reverse();
    let arns = |page: &serde_json::Value| -> Vec<String> {
        let summaries = page["PipelineExecutionSummaries"].as_array().unwrap().iter();
        summaries
            .map(|summary| summary["PipelineExecutionArn"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = aws.call("ListPipelineExecutions", json!({"PipelineName": "one"}));
    // One that starts in between moves nothing to another page.
    aws.pass(1000);
    aws.start("one", json!({"slot": "late"}));
    let next = aws.call(
        "ListPipelineExecutions",
        json!({"PipelineName": "one", "NextToken": first["NextToken"]}),
    );
    assert_eq!([arns(&first), arns(&next)].concat(), started);
    assert!(next.get("NextToken").is_none());
    assert_eq!(
        first["PipelineExecutionSummaries"][0]["PipelineExecutionDisplayName"],
        "windsock-0123"
    );
}

#[test]
fn every_change_of_status_is_told_as_often_as_the_settings_say() {
    let mut aws = one_step();
    let execution = aws.start("one", json!({"slot": "a"}));
    let job = aws.job();
    aws.complete(&job);
    let statuses: Vec<_> = aws
        .events(CHANGED)
        .iter()
        .map(|detail| detail["currentPipelineExecutionStatus"].clone())
        .collect();
    assert_eq!(statuses, ["Executing", "Executing", "Succeeded", "Succeeded"]);
    assert_eq!(
        aws.events(CHANGED)[2],
        json!({
            "pipelineExecutionDisplayName": "windsock-0123",
            "currentPipelineExecutionStatus": "Succeeded",
            "previousPipelineExecutionStatus": "Executing",
            "executionStartTime": "2026-11-22T10:25:02Z",
            "executionEndTime": "2026-11-22T10:25:03Z",
            "pipelineArn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/one",
            "pipelineExecutionArn": execution,
        })
    );
    let steps = aws.events("SageMaker Model Building Pipeline Execution Step Status Change");
    assert_eq!(
        steps[2],
        json!({
            "metadata": {"processingJob": {"arn": job.arn}},
            "stepStartTime": "2026-11-22T10:25:02Z",
            "stepEndTime": "2026-11-22T10:25:03Z",
            "stepName": "Only",
            "stepType": "Processing",
            "previousStepStatus": "Executing",
            "currentStepStatus": "Succeeded",
            "pipelineArn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/one",
            "pipelineExecutionArn": execution,
        })
    );
}

#[test]
fn the_journal_has_each_change_once() {
    let mut aws = one_step();
    aws.start("one", json!({"slot": "a"}));
    let job = aws.job();
    aws.complete(&job);
    let told: Vec<_> = aws
        .records()
        .iter()
        .filter_map(|record| match record {
            Record::Execution { status, parameters, .. } => Some(format!("{status} {parameters}")),
            Record::Step { step, status, .. } => Some(format!("{step} {status}")),
            _ => None,
        })
        .collect();
    let expected = [
        r#"Executing {"slot":"a"}"#,
        "Only Executing",
        "Only Succeeded",
        r#"Succeeded {"slot":"a"}"#,
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_changed_definition_is_a_new_version_and_a_running_execution_keeps_its_own() {
    let mut aws = one_step();
    let execution = aws.start("one", json!({"slot": "a"}));
    let second = definition(&[processing("Other", json!([]))]);
    let update = json!({"PipelineName": "one", "PipelineDefinition": second.to_string()});
    assert_eq!(aws.call("UpdatePipeline", update.clone())["PipelineVersionId"], 2);
    assert_eq!(aws.call("UpdatePipeline", update)["PipelineVersionId"], 2);
    let job = aws.job();
    aws.complete(&job);
    assert_eq!(aws.steps(&execution), [("Only".into(), "Succeeded".into())]);
    aws.start("one", json!({"slot": "b"}));
    assert_eq!(aws.job().step.as_deref(), Some("Other"));
    let input = json!({"PipelineExecutionArn": execution});
    let kept = aws.call("DescribePipelineDefinitionForExecution", input);
    assert!(kept["PipelineDefinition"].as_str().unwrap().contains("Only"));
}
