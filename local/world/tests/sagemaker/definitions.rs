//! What is wrong with a definition is said when the pipeline is created.

use serde_json::{Value, json};

use crate::{
    build::{definition, json_get, output_of, processing},
    support::{Aws, ROLE, TOKEN},
};

fn refused(definition: &str) -> String {
    let mut aws = Aws::new();
    let (code, message) = aws.refused(
        "CreatePipeline",
        json!({
            "PipelineName": "broken",
            "PipelineDefinition": definition,
            "RoleArn": ROLE,
            "ClientRequestToken": TOKEN,
        }),
    );
    assert_eq!(code, "ValidationException");
    assert!(
        message.starts_with("Unable to parse pipeline definition. "),
        "{message}"
    );
    message
}

#[track_caller]
fn check(step: Value, part: &str) {
    let message = refused(&definition(&[processing("First", json!([])), step]).to_string());
    assert!(message.contains(part), "{message}");
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut step = processing("Second", json!([]));
    change(&mut step);
    step
}

#[test]
fn the_frame_is_checked() {
    assert!(refused("{").contains("It is no JSON"));
    assert!(refused(r#"{"Version": "2019"}"#).contains("Version must be \"2020-12-01\""));
    assert!(refused(&definition(&[]).to_string()).contains("at least one step"));
    let mut extra = definition(&[processing("First", json!([]))]);
    extra["Colour"] = json!("red");
    assert!(refused(&extra.to_string()).contains("unknown member Colour"));
}

#[test]
fn a_step_type_that_is_not_run_is_named() {
    check(
        with(|step| step["Type"] = json!("QualityCheck")),
        "'Second' has the type QualityCheck, which is not run locally",
    );
    check(
        with(|step| step["Type"] = json!("Dance")),
        "'Second' has the unknown type Dance",
    );
}

#[test]
fn references_must_lead_somewhere() {
    let word = |value: Value| with(|step| step["Arguments"]["Environment"] = json!({"WORD": value}));
    check(
        word(json!({"Get": "Parameters.colour"})),
        "the parameter 'colour' does not exist",
    );
    check(
        word(json!({"Get": "Execution.Colour"})),
        "`Execution.Colour` is no variable",
    );
    check(
        word(output_of("Third")),
        "refers to the step 'Third', which does not exist",
    );
    check(
        word(json!({"Get": "Steps.First.ModelArtifacts.S3ModelArtifacts"})),
        "has no property 'ModelArtifacts'",
    );
    check(
        word(json_get("Third", "a")),
        "refers to the step 'Third', which does not exist",
    );
    let other_file = json!({"PropertyFile": {"Get": "Steps.First.PropertyFiles.Other"}, "Path": "a"});
    check(
        word(json!({"Std:JsonGet": other_file})),
        "step 'First' has no property file 'Other'",
    );
    check(word(json!({"Std:Length": "a"})), "Std:Length is not run locally");
    check(
        with(|step| step["DependsOn"] = json!(["Third"])),
        "refers to the step 'Third'",
    );
}

#[test]
fn steps_must_not_wait_for_each_other() {
    let mut first = processing("First", json!([]));
    first["DependsOn"] = json!(["Second"]);
    let second = with(|step| step["DependsOn"] = json!(["First"]));
    assert!(refused(&definition(&[first, second]).to_string()).contains("First, Second wait for each other"));
    check(processing("First", json!([])), "the step 'First' is defined twice");
}

#[test]
fn arguments_are_those_of_the_call_that_the_step_makes() {
    check(
        with(|step| step["Arguments"]["Colour"] = json!("red")),
        "Unknown parameter in input: \"Colour\"",
    );
    check(
        with(|step| step["Arguments"]["RoleArn"] = json!("me")),
        "'roleArn' failed to satisfy constraint",
    );
    check(
        with(|step| step["Arguments"]["Environment"] = json!({"N": 3})),
        "Member must be a string",
    );
    let no_image = with(|step| step["Arguments"]["AppSpecification"] = json!({}));
    check(no_image, "Value null at 'appSpecification.imageUri'");
}

#[test]
fn conditions_and_retries_are_checked() {
    let decide = |condition: Value| {
        json!({
            "Name": "Decide",
            "Type": "Condition",
            "Arguments": {"Conditions": [condition], "IfSteps": [], "ElseSteps": []},
        })
    };
    check(decide(json!({"Type": "Maybe"})), "unknown type 'Maybe'");
    check(
        decide(json!({"Type": "Equals", "LeftValue": 1})),
        "Equals has no RightValue",
    );
    let policy = |policy: Value| with(|step| step["RetryPolicies"] = json!([policy]));
    check(policy(json!({"ExceptionType": ["Bad.LUCK"]})), "'Bad.LUCK'");
    check(
        policy(json!({"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3, "ExpireAfterMin": 3})),
        "both MaxAttempts and ExpireAfterMin",
    );
}

#[test]
fn parameters_have_types_and_values() {
    let mut aws = Aws::new();
    let step = with(|step| {
        step["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = json!({"Get": "Parameters.count"});
    });
    let mut typed = definition(&[step]);
    typed["Parameters"] = json!([
        {"Name": "slot", "Type": "String", "DefaultValue": "s"},
        {"Name": "count", "Type": "Integer", "DefaultValue": 1},
        {"Name": "mode", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    ]);
    aws.pipeline("typed", &typed);
    aws.start("typed", json!({"count": "2"}));
    assert_eq!(
        aws.job().request["ProcessingResources"]["ClusterConfig"]["InstanceCount"],
        2
    );
    let mut start = crate::build::start_input("typed", TOKEN, json!({"count": "two"}));
    assert!(
        aws.refused("StartPipelineExecution", start)
            .1
            .contains("'two' of parameter [count] is no Integer")
    );
    start = crate::build::start_input("typed", TOKEN, json!({"mode": "c"}));
    assert!(
        aws.refused("StartPipelineExecution", start)
            .1
            .contains("none of \"a\", \"b\"")
    );

    typed["Parameters"][1]["DefaultValue"] = json!("one");
    assert!(refused(&typed.to_string()).contains("the DefaultValue \"one\" of parameter 'count' is no Integer"));
}

#[test]
fn a_pipeline_name_is_unique() {
    let mut aws = Aws::new();
    let definition = definition(&[processing("First", json!([]))]);
    aws.pipeline("one", &definition);
    // The same token: the same answer.
    aws.pipeline("one", &definition);
    let (code, message) = aws.refused(
        "CreatePipeline",
        json!({
            "PipelineName": "one",
            "PipelineDefinition": definition.to_string(),
            "RoleArn": ROLE,
            "ClientRequestToken": "x".repeat(32),
        }),
    );
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("Pipeline names must be unique within an AWS account"),
        "{message}"
    );
}
