//! What `sam deploy` and `aws cloudformation deploy` ask for, in their order.

use serde_json::{Value, json};

use super::{call, stack, status, world};
use crate::{Caller, S3Request, World};

const QUEUES: &str = "\
Parameters: {Seconds: {Type: Number, Default: 30}}
Resources:
  One: {Type: AWS::SQS::Queue, Properties: {QueueName: one, VisibilityTimeout: !Ref Seconds}}
";
const TWO: &str = "  Two: {Type: AWS::SQS::Queue, Properties: {QueueName: two}}\n";

fn create(world: &mut World, kind: &str, name: &str, body: &str) -> Value {
    let input = json!({ "StackName": "s", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": body });
    call(world, "cloudformation", "CreateChangeSet", input).unwrap()
}

fn described(world: &mut World, id: &Value) -> Value {
    let input = json!({ "ChangeSetName": id });
    call(world, "cloudformation", "DescribeChangeSet", input).unwrap()
}

fn execute(world: &mut World, name: &str) -> Result<Value, String> {
    let input = json!({ "StackName": "s", "ChangeSetName": name });
    call(world, "cloudformation", "ExecuteChangeSet", input).map_err(|error| error.to_string())
}

/// `Add One`, `Modify One (False)`.
fn changes(described: &Value) -> Vec<String> {
    let of = |change: &Value| {
        let change = &change["ResourceChange"];
        let text = |member: &str| change[member].as_str().map(str::to_owned).unwrap_or_default();
        let replacement = change["Replacement"].as_str().map(|it| format!(" ({it})"));
        format!(
            "{} {}{}",
            text("Action"),
            text("LogicalResourceId"),
            replacement.unwrap_or_default()
        )
    };
    described["Changes"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_stack_is_made_by_executing_its_first_change_set() {
    let mut world = world();
    let made = create(&mut world, "CREATE", "c1", QUEUES);
    assert_eq!(stack(&mut world, "s")["StackStatus"], "REVIEW_IN_PROGRESS");
    let events = call(
        &mut world,
        "cloudformation",
        "DescribeStackEvents",
        json!({ "StackName": "s" }),
    )
    .unwrap();
    assert_eq!(events["StackEvents"][0]["ResourceStatus"], "REVIEW_IN_PROGRESS");
    let shown = described(&mut world, &made["Id"]);
    assert_eq!(
        (&shown["Status"], &shown["ExecutionStatus"]),
        (&json!("CREATE_COMPLETE"), &json!("AVAILABLE"))
    );
    assert_eq!(changes(&shown), ["Add One"]);
    execute(&mut world, "c1").unwrap();
    assert_eq!(stack(&mut world, "s")["StackStatus"], "CREATE_COMPLETE");
    assert_eq!(
        stack(&mut world, "s")["StackId"],
        made["StackId"],
        "it is the stack that was under review"
    );
    assert!(execute(&mut world, "c1").unwrap_err().contains("EXECUTE_COMPLETE"));
}

#[test]
fn a_change_set_tells_what_it_would_change_and_then_does() {
    let mut world = world();
    create(&mut world, "CREATE", "c1", QUEUES);
    execute(&mut world, "c1").unwrap();
    let longer = QUEUES.replace("Default: 30", "Default: 60");
    let made = create(&mut world, "UPDATE", "c2", &format!("{longer}{TWO}"));
    assert_eq!(
        changes(&described(&mut world, &made["Id"])),
        ["Modify One (False)", "Add Two"]
    );
    execute(&mut world, "c2").unwrap();
    assert_eq!(status(&mut world, "s"), "UPDATE_COMPLETE");
    let made = create(
        &mut world,
        "UPDATE",
        "c3",
        &longer.replace("QueueName: one", "QueueName: uno"),
    );
    assert_eq!(
        changes(&described(&mut world, &made["Id"])),
        ["Modify One (True)", "Remove Two"]
    );
    let input = json!({ "StackName": "s", "ChangeSetName": "c3" });
    call(&mut world, "cloudformation", "DeleteChangeSet", input).unwrap();
    assert!(execute(&mut world, "c3").unwrap_err().contains("ChangeSetNotFound"));
}

/// The AWS CLI names its change sets by the second, and the local AWS deploys within one.
#[test]
fn the_name_of_an_executed_change_set_is_free_again() {
    let mut world = world();
    create(&mut world, "CREATE", "c1", QUEUES);
    let input = json!({ "StackName": "s", "ChangeSetName": "c1", "ChangeSetType": "CREATE", "TemplateBody": QUEUES });
    let taken = call(&mut world, "cloudformation", "CreateChangeSet", input).unwrap_err();
    assert_eq!(taken.code, "AlreadyExistsException");
    execute(&mut world, "c1").unwrap();
    let made = create(&mut world, "UPDATE", "c1", &format!("{QUEUES}{TWO}"));
    assert_eq!(changes(&described(&mut world, &made["Id"])), ["Add Two"]);
}

#[test]
fn without_a_change_it_fails_in_the_words_that_tools_look_for() {
    let mut world = world();
    create(&mut world, "CREATE", "c1", QUEUES);
    execute(&mut world, "c1").unwrap();
    let made = create(&mut world, "UPDATE", "c2", QUEUES);
    let shown = described(&mut world, &made["Id"]);
    assert_eq!(shown["Status"], "FAILED");
    let reason = shown["StatusReason"].as_str().unwrap();
    assert!(
        reason.starts_with("The submitted information didn't contain changes."),
        "{reason}"
    );
    assert!(execute(&mut world, "c2").unwrap_err().contains("UNAVAILABLE"));
    let listed = call(
        &mut world,
        "cloudformation",
        "ListChangeSets",
        json!({ "StackName": "s" }),
    )
    .unwrap();
    assert_eq!(listed["Summaries"].as_array().unwrap().len(), 2);
}

fn lay(world: &mut World, body: &str) {
    let operator = Caller {
        arn: "arn:aws:iam::123456789012:user/operator".into(),
    };
    let bucket = "templates".to_owned();
    call(world, "s3", "CreateBucket", json!({ "Bucket": bucket })).unwrap();
    let put = S3Request::Put {
        bucket,
        key: "s.yaml".into(),
        blob: world.blobs.put(body.as_bytes()).unwrap(),
        if_none_match: false,
        if_match: None,
        content_type: None,
        content_encoding: None,
        metadata: Default::default(),
    };
    world.s3_request(&operator, put).unwrap();
}

#[test]
fn a_template_may_lie_in_s3() {
    let mut world = world();
    let url = "https://s3.eu-west-1.amazonaws.com/templates/s.yaml";
    let input = json!({ "StackName": "s", "TemplateURL": url });
    let missing = call(&mut world, "cloudformation", "CreateStack", input.clone()).unwrap_err();
    assert!(
        missing.message.contains("s3://templates/s.yaml cannot be read"),
        "{missing}"
    );
    lay(&mut world, QUEUES);
    call(&mut world, "cloudformation", "CreateStack", input).unwrap();
    assert_eq!(stack(&mut world, "s")["StackStatus"], "CREATE_COMPLETE");
}
