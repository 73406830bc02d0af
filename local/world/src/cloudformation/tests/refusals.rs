//! What is refused, and what a stack that cannot be made leaves behind.

use serde_json::json;

use super::{PLATFORM, QUEUES, call, deploy, refusal, status, world};

#[test]
fn a_stack_that_cannot_be_made_leaves_nothing_behind_and_says_why() {
    let mut world = world();
    call(&mut world, "sqs", "CreateQueue", json!({ "QueueName": "hints" })).unwrap();
    deploy(&mut world, "CreateStack", "queues", QUEUES, &[]).unwrap();
    let expected = "ROLLBACK_COMPLETE: The following resource(s) failed to create: [Hints]. \
                    Hints: hints already exists (AlreadyExists)";
    assert_eq!(status(&mut world, "queues"), expected);
    let queues = call(&mut world, "sqs", "ListQueues", json!({})).unwrap();
    assert_eq!(queues["QueueUrls"].as_array().unwrap().len(), 1);
    // It can only be deleted.
    let update = refusal(deploy(&mut world, "UpdateStack", "queues", QUEUES, &[]));
    assert!(
        update.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."),
        "{update}"
    );
    call(
        &mut world,
        "cloudformation",
        "DeleteStack",
        json!({ "StackName": "queues" }),
    )
    .unwrap();
    let gone = call(
        &mut world,
        "cloudformation",
        "DescribeStacks",
        json!({ "StackName": "queues" }),
    );
    assert_eq!(refusal(gone), "ValidationError: Stack with id queues does not exist");
}

#[test]
fn what_this_world_does_not_know_is_refused_by_name() {
    let mut world = world();
    let unknown = QUEUES.replace("QueueName: dead", "QueueName: dead, FifoQueue: true");
    let refused = refusal(deploy(&mut world, "CreateStack", "queues", &unknown, &[]));
    let expected =
        "ValidationError: line 11: Dead: AWS::SQS::Queue has no property `FifoQueue` in this world; it knows";
    assert!(refused.starts_with(expected), "{refused}");
    let unknown = "Resources: {Table: {Type: 'AWS::DynamoDB::Table'}}";
    let refused = refusal(deploy(&mut world, "CreateStack", "tables", unknown, &[]));
    assert!(
        refused.contains("Table: Unrecognized resource types: [AWS::DynamoDB::Table]"),
        "{refused}"
    );
}

#[test]
fn roles_with_names_and_transforms_must_be_acknowledged() {
    let mut world = world();
    let input = json!({ "StackName": "windsock", "TemplateBody": PLATFORM });
    let refused = refusal(call(&mut world, "cloudformation", "CreateStack", input.clone()));
    let expected =
        "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]";
    assert_eq!(refused, expected);
    let valid = call(
        &mut world,
        "cloudformation",
        "ValidateTemplate",
        json!({ "TemplateBody": PLATFORM }),
    )
    .unwrap();
    assert_eq!(
        valid["Capabilities"],
        json!(["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    );
}

#[test]
fn parameters_must_fit() {
    let mut world = world();
    let refused = refusal(deploy(
        &mut world,
        "CreateStack",
        "queues",
        QUEUES,
        &[("Seconds", "101")],
    ));
    let expected = "ValidationError: Parameter Seconds failed to satisfy constraint: 101 is too small or too large";
    assert_eq!(refused, expected);
    let refused = refusal(deploy(&mut world, "CreateStack", "queues", QUEUES, &[("Minutes", "1")]));
    assert_eq!(
        refused,
        "ValidationError: Parameters: [Minutes] do not exist in the template; it has Seconds"
    );
}
