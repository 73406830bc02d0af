//! A project's stack beside the platform's: with nothing but a name, and as Studio makes it.

use serde_json::{Value, json};
use windsock_tidy::{platform::Platform, tree};

fn with_project(parameters: &[(&str, &str)]) -> Platform {
    let mut platform = Platform::deploy().unwrap();
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(key, value)| json!({ "ParameterKey": key, "ParameterValue": value }))
        .collect();
    let input = json!({
        // As Service Catalog calls it, which no name in the template may depend on.
        "StackName": "SC-111122223333-pp-abcdefghijklm",
        "TemplateBody": tree::read("templates/ml-project.yaml").unwrap(),
        "Parameters": parameters,
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    });
    platform.call("cloudformation", "CreateStack", input).unwrap();
    platform
}

fn group_tags(platform: &mut Platform) -> Value {
    let arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package-group/windsock-flight-delay";
    let tags = platform
        .call("sagemaker", "ListTags", json!({ "ResourceArn": arn }))
        .unwrap();
    tags["Tags"].clone()
}

#[test]
fn a_name_is_enough_for_a_project() {
    let mut platform = with_project(&[("Project", "flight-delay")]);
    let role = platform
        .call(
            "iam",
            "GetRolePolicy",
            json!({ "RoleName": "windsock-flight-delay-jobs", "PolicyName": "jobs" }),
        )
        .unwrap();
    let policy = role["PolicyDocument"].to_string();
    for bucket in [windsock_tidy::platform::DATA, windsock_tidy::platform::WORK] {
        assert!(policy.contains(bucket), "the role knows nothing of {bucket}: {policy}");
    }
    assert_eq!(group_tags(&mut platform), json!([]));
}

#[test]
fn what_studio_makes_is_tagged_so_that_studio_finds_it() {
    let mut platform = with_project(&[
        ("Project", "flight-delay"),
        ("SageMakerProjectName", "Late-flights"),
        ("SageMakerProjectId", "p-0123456789ab"),
    ]);
    assert_eq!(
        group_tags(&mut platform),
        json!([
            { "Key": "sagemaker:project-id", "Value": "p-0123456789ab" },
            { "Key": "sagemaker:project-name", "Value": "Late-flights" },
        ])
    );
}

/// How `windsock apply` finds the stack of a project that a catalogue made.
#[test]
fn a_projects_stack_is_found_by_its_role() {
    let mut platform = with_project(&[("Project", "flight-delay")]);
    let mut owner = |role: &str| {
        let found = platform.call(
            "cloudformation",
            "DescribeStackResources",
            json!({ "PhysicalResourceId": role }),
        );
        found.map(|found| found["StackResources"][0]["StackName"].clone())
    };
    assert_eq!(
        owner("windsock-flight-delay-jobs").unwrap(),
        "SC-111122223333-pp-abcdefghijklm"
    );
    let nowhere = format!("{:#}", owner("windsock-other-jobs").unwrap_err());
    assert!(nowhere.contains("does not exist"), "{nowhere}");
}
