//! The Serverless transform: what a function becomes. The whole platform is compared with AWS's own transform by
//! `referee.py`; here are its rules one by one.

use expect_test::expect;
use serde_json::{Value, json};
use windsock_cloudformation::Template;

const HEAD: &str = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 60
    Environment: {Variables: {A: global, B: global}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role}
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/sweep/
";

fn parse(properties: &str) -> Result<Template, windsock_cloudformation::Error> {
    let indented: String = properties.lines().map(|line| format!("      {line}\n")).collect();
    Template::parse(&format!("{HEAD}{indented}"))
}

/// Types of what the function became, by logical id.
fn added(template: &Template) -> Vec<(String, String)> {
    let resources = template.expanded().unwrap().resources;
    let ours = resources.into_iter().filter(|(id, _)| id != "Queue" && id != "Role");
    ours.map(|(id, resource)| (id, resource.kind.replace("AWS::", "")))
        .collect()
}

fn property(template: &Template, id: &str, property: &str) -> Value {
    template.expanded().unwrap().resources[id].properties[property].to_json()
}

#[test]
fn globals_are_merged_into_every_function() {
    let template = parse("Role: !GetAtt Role.Arn\nTimeout: 300\nEnvironment: {Variables: {B: own, C: own}}").unwrap();
    assert_eq!(property(&template, "Sweep", "Timeout"), json!(300));
    let environment = json!({ "Variables": { "A": "global", "B": "own", "C": "own" } });
    assert_eq!(property(&template, "Sweep", "Environment"), environment);
    let function = &template.functions().unwrap()[0];
    assert_eq!(
        (function.program.as_str(), function.role.as_deref(), function.timeout_s),
        ("sweep", Some("Role"), Some(300))
    );
    assert_eq!(function.environment.keys().collect::<Vec<_>>(), ["A", "B", "C"]);
}

#[test]
fn uploaded_code_lies_in_s3() {
    let written = HEAD.replace("target/lambda/sweep/", "s3://uploads/windsock/8e80");
    let template = Template::parse(&format!("{written}      Role: !GetAtt Role.Arn\n")).unwrap();
    let code = json!({ "S3Bucket": "uploads", "S3Key": "windsock/8e80" });
    assert_eq!(property(&template, "Sweep", "Code"), code);
}

#[test]
fn a_function_without_a_role_gets_one() {
    let policy = "Policies:\n  - Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]";
    let template = parse(policy).unwrap();
    assert_eq!(
        added(&template),
        [
            ("Sweep".into(), "Lambda::Function".into()),
            ("SweepRole".into(), "IAM::Role".into())
        ]
    );
    expect![[r#"
        [
          {
            "PolicyName": "SweepRolePolicy0",
            "PolicyDocument": {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": "s3:GetObject",
                  "Resource": "*"
                }
              ]
            }
          }
        ]"#]]
    .assert_eq(&format!("{:#}", property(&template, "SweepRole", "Policies")));
    assert_eq!(
        property(&template, "Sweep", "Role"),
        json!({ "Fn::GetAtt": ["SweepRole", "Arn"] })
    );
}

#[test]
fn events_become_rules_permissions_and_mappings() {
    let template = parse(
        "Role: !GetAtt Role.Arn
Events:
  Asked:
    Type: EventBridgeRule
    Properties: {RuleName: asked, Pattern: {source: [windsock]}, DeadLetterConfig: {Arn: !GetAtt Queue.Arn}}
  Daily:
    Type: Schedule
    Properties: {Schedule: rate(1 day), Enabled: false}
  Hints:
    Type: SQS
    Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 10}",
    )
    .unwrap();
    let expected = [
        ("Sweep", "Lambda::Function"),
        ("SweepAsked", "Events::Rule"),
        ("SweepAskedPermission", "Lambda::Permission"),
        ("SweepDaily", "Events::Rule"),
        ("SweepDailyPermission", "Lambda::Permission"),
        ("SweepHints", "Lambda::EventSourceMapping"),
    ];
    assert_eq!(
        added(&template),
        expected.map(|(id, kind)| (id.to_owned(), kind.to_owned()))
    );
    expect![[r#"
        [
          {
            "Arn": {
              "Fn::GetAtt": [
                "Sweep",
                "Arn"
              ]
            },
            "Id": "SweepAskedLambdaTarget",
            "DeadLetterConfig": {
              "Arn": {
                "Fn::GetAtt": [
                  "Queue",
                  "Arn"
                ]
              }
            }
          }
        ]"#]]
    .assert_eq(&format!("{:#}", property(&template, "SweepAsked", "Targets")));
    assert_eq!(
        property(&template, "SweepAskedPermission", "SourceArn"),
        json!({ "Fn::GetAtt": ["SweepAsked", "Arn"] })
    );
    assert_eq!(property(&template, "SweepDaily", "State"), json!("DISABLED"));
}

#[test]
fn destinations_and_dead_letters_lose_their_type() {
    let template = parse(
        "Role: !GetAtt Role.Arn
DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}
EventInvokeConfig:
  MaximumRetryAttempts: 2
  DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}",
    )
    .unwrap();
    let arn = json!({ "Fn::GetAtt": ["Queue", "Arn"] });
    assert_eq!(
        property(&template, "Sweep", "DeadLetterConfig"),
        json!({ "TargetArn": arn })
    );
    assert_eq!(
        property(&template, "SweepEventInvokeConfig", "Qualifier"),
        json!("$LATEST")
    );
    let destination = json!({ "OnFailure": { "Destination": arn } });
    assert_eq!(
        property(&template, "SweepEventInvokeConfig", "DestinationConfig"),
        destination
    );
}

#[test]
fn what_the_transform_does_not_know_is_refused_by_name() {
    let refusal = |properties: &str| parse(properties).unwrap_err().to_string();
    let refused = refusal("Layers: [x]");
    assert!(
        refused.starts_with("line 16: Sweep: AWS::Serverless::Function has no member `Layers`; it may have"),
        "{refused}"
    );
    assert_eq!(
        refusal("Events: {New: {Type: S3, Properties: {Bucket: x}}}"),
        "line 16: SweepNew: the event type `S3` is not supported; SQS, EventBridgeRule, Schedule are"
    );
    assert_eq!(
        refusal("Role: !GetAtt Role.Arn\nPolicies: []"),
        "line 17: Sweep: a function with a `Role` cannot have `Policies`: write them into the role"
    );
    let api = HEAD.replace("AWS::SQS::Queue", "AWS::Serverless::Api");
    assert_eq!(
        Template::parse(&api).unwrap_err().to_string(),
        "line 10: Queue: the resource type `AWS::Serverless::Api` is not supported; AWS::Serverless::Function is"
    );
}
