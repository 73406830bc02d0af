//! Stacks: what our templates make, and what becomes of a stack that cannot be made.

mod account_rules;
mod change_sets;
mod refusals;
mod updates;

use serde_json::{Value, json};

use crate::{ApiError, Caller, MemoryBlobs, Settings, World};

const PLATFORM: &str = include_str!("../../../../../template.yaml");
const PROJECT: &str = include_str!("../../../../../templates/ml-project.yaml");

fn world() -> World {
    let settings = Settings {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        started_at: 1_700_000_000_000,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Default::default(),
    };
    World::new(settings, MemoryBlobs::shared())
}

fn call(world: &mut World, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
    let operator = Caller {
        arn: "arn:aws:iam::123456789012:user/operator".into(),
    };
    world.call(&operator, service, operation, &input)
}

fn deploy(
    world: &mut World,
    operation: &str,
    name: &str,
    body: &str,
    parameters: &[(&str, &str)],
) -> Result<Value, ApiError> {
    let parameters = parameters
        .iter()
        .map(|(key, value)| json!({ "ParameterKey": key, "ParameterValue": value }));
    let input = json!({
        "StackName": name,
        "TemplateBody": body,
        "Parameters": parameters.collect::<Vec<_>>(),
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    });
    call(world, "cloudformation", operation, input)
}

fn stack(world: &mut World, name: &str) -> Value {
    let mut answer = call(world, "cloudformation", "DescribeStacks", json!({ "StackName": name })).unwrap();
    answer["Stacks"][0].take()
}

/// `status: reason`, one word without a reason.
fn status(world: &mut World, name: &str) -> String {
    let stack = stack(world, name);
    let reason = stack["StackStatusReason"]
        .as_str()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    format!("{}{reason}", stack["StackStatus"].as_str().unwrap())
}

fn output(stack: &Value, key: &str) -> String {
    let mut outputs = stack["Outputs"].as_array().unwrap().iter();
    outputs.find(|output| output["OutputKey"] == key).unwrap()["OutputValue"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn refusal(answer: Result<Value, ApiError>) -> String {
    answer.unwrap_err().to_string()
}

/// The newest events of a stack, oldest first: logical id and status.
fn events(world: &mut World, name: &str, newest: usize) -> Vec<String> {
    let answer = call(
        world,
        "cloudformation",
        "DescribeStackEvents",
        json!({ "StackName": name }),
    )
    .unwrap();
    let events = answer["StackEvents"].as_array().unwrap();
    let word = |event: &Value| {
        format!(
            "{} {}",
            event["LogicalResourceId"].as_str().unwrap(),
            event["ResourceStatus"].as_str().unwrap()
        )
    };
    events.iter().take(newest).rev().map(word).collect()
}

const QUEUES: &str = r#"
Parameters:
  Seconds: {Type: Number, Default: 30, MaxValue: 100}
Resources:
  Hints:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: hints
      VisibilityTimeout: !Ref Seconds
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: dead}
Outputs:
  Url: {Value: !Ref Hints}
"#;

#[test]
fn the_platform_and_a_project_are_made_from_their_templates() {
    let mut world = world();
    deploy(
        &mut world,
        "CreateStack",
        "windsock",
        PLATFORM,
        &[("OperationsEmail", "ops@example.com")],
    )
    .unwrap();
    assert_eq!(status(&mut world, "windsock"), "CREATE_COMPLETE");
    let platform = stack(&mut world, "windsock");
    assert_eq!(
        output(&platform, "DataBucketName"),
        "windsock-data-123456789012-eu-west-1"
    );
    let versioning = call(
        &mut world,
        "s3",
        "GetBucketVersioning",
        json!({ "Bucket": output(&platform, "WorkBucketName") }),
    );
    assert_eq!(versioning.unwrap(), json!({ "Status": "Enabled" }));

    let parameters = [
        ("Project", "flight-delay"),
        ("DataBucket", "windsock-data-123456789012-eu-west-1"),
        ("WorkBucket", "windsock-work-123456789012-eu-west-1"),
        ("ReaderEmail1", "manager@example.com"),
        ("InferenceSchedule", "cron(0 6 * * ? *)"),
        ("InferenceTimezone", "America/New_York"),
    ];
    deploy(
        &mut world,
        "CreateStack",
        "windsock-project-flight-delay",
        PROJECT,
        &parameters,
    )
    .unwrap();
    assert_eq!(status(&mut world, "windsock-project-flight-delay"), "CREATE_COMPLETE");
    let project = stack(&mut world, "windsock-project-flight-delay");
    assert_eq!(
        output(&project, "TopicArn"),
        "arn:aws:sns:eu-west-1:123456789012:windsock-flight-delay"
    );
    assert_eq!(
        output(&project, "JobsRoleArn"),
        "arn:aws:iam::123456789012:role/windsock-flight-delay-jobs"
    );
    // Training is on no schedule, and only one address reads.
    let resources = call(
        &mut world,
        "cloudformation",
        "ListStackResources",
        json!({ "StackName": "windsock-project-flight-delay" }),
    )
    .unwrap();
    let ids: Vec<_> = resources["StackResourceSummaries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["LogicalResourceId"])
        .collect();
    assert!(
        ids.contains(&&json!("InferenceTick")) && ids.contains(&&json!("Reader1")),
        "{ids:?}"
    );
    assert!(
        !ids.contains(&&json!("TrainingTick")) && !ids.contains(&&json!("Reader2")),
        "{ids:?}"
    );
}

#[test]
fn resources_are_made_after_what_they_need() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "queues", QUEUES, &[]).unwrap();
    let made = [
        "Dead CREATE_COMPLETE",
        "Hints CREATE_COMPLETE",
        "queues CREATE_COMPLETE",
    ];
    assert_eq!(events(&mut world, "queues", 9), made);
    let attributes = json!({ "QueueUrl": output(&stack(&mut world, "queues"), "Url"), "AttributeNames": ["All"] });
    let attributes = call(&mut world, "sqs", "GetQueueAttributes", attributes).unwrap();
    let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:dead","maxReceiveCount":5}"#;
    assert_eq!(attributes["Attributes"]["RedrivePolicy"], redrive);
    assert_eq!(attributes["Attributes"]["VisibilityTimeout"], "30");
}

#[test]
fn a_deleted_stack_leaves_only_what_it_was_told_to_retain() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &[]).unwrap();
    call(
        &mut world,
        "cloudformation",
        "DeleteStack",
        json!({ "StackName": "windsock" }),
    )
    .unwrap();
    let buckets = call(&mut world, "s3", "ListBuckets", json!({})).unwrap();
    assert_eq!(buckets["Buckets"].as_array().unwrap().len(), 2);
    for (service, operation, member) in [
        ("sqs", "ListQueues", "QueueUrls"),
        ("iam", "ListRoles", "Roles"),
        ("lambda", "ListFunctions", "Functions"),
    ] {
        let left = call(&mut world, service, operation, json!({})).unwrap();
        assert_eq!(left[member], json!([]), "{service}");
    }
}
