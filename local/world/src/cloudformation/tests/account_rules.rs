//! What an account's rules may ask of the platform: a key, a VPC, a path and a boundary for every role, a log of accesses.

use serde_json::{Value, json};

use super::{PLATFORM, PROJECT, call, deploy, output, stack, status, world};
use crate::World;

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
const RULES: [(&str, &str); 6] = [
    ("KmsKeyArn", KEY),
    ("VpcSubnetIds", "subnet-1,subnet-2"),
    ("VpcSecurityGroupIds", "sg-1"),
    ("RolePath", "/machine-learning/"),
    ("PermissionsBoundaryArn", BOUNDARY),
    ("AccessLogsBucket", "logs-of-the-account"),
];

fn asked(world: &mut World, service: &str, operation: &str, input: Value) -> Value {
    call(world, service, operation, input).unwrap()
}

fn function(world: &mut World) -> Value {
    let input = json!({ "FunctionName": "windsock-sweep" });
    asked(world, "lambda", "GetFunctionConfiguration", input)
}

fn role(world: &mut World, name: &str) -> Value {
    asked(world, "iam", "GetRole", json!({ "RoleName": name }))["Role"].take()
}

fn queue(world: &mut World) -> Value {
    let url = asked(
        world,
        "sqs",
        "GetQueueUrl",
        json!({ "QueueName": "windsock-dead-letters" }),
    );
    let input = json!({ "QueueUrl": url["QueueUrl"], "AttributeNames": ["All"] });
    asked(world, "sqs", "GetQueueAttributes", input)["Attributes"].take()
}

fn logs(world: &mut World) -> Value {
    asked(world, "logs", "DescribeLogGroups", json!({}))["logGroups"][0].take()
}

#[test]
fn the_platform_follows_the_rules_of_its_account() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &RULES).unwrap();
    assert_eq!(status(&mut world, "windsock"), "CREATE_COMPLETE");
    let function = function(&mut world);
    assert_eq!(function["KMSKeyArn"], KEY);
    assert_eq!(function["TracingConfig"], json!({ "Mode": "Active" }));
    let vpc = json!({ "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"] });
    assert_eq!(function["VpcConfig"], vpc);
    assert_eq!(
        function["Environment"]["Variables"]["WINDSOCK_ROLE_PATH"],
        "/machine-learning/"
    );
    let role = role(&mut world, "windsock-sweep");
    assert_eq!(
        role["Arn"],
        "arn:aws:iam::123456789012:role/machine-learning/windsock-sweep"
    );
    assert_eq!(role["PermissionsBoundary"]["PermissionsBoundaryArn"], BOUNDARY);
    assert_eq!(queue(&mut world)["KmsMasterKeyId"], KEY);
    assert_eq!(logs(&mut world)["kmsKeyId"], KEY);
    let bucket = json!({ "Bucket": "windsock-work-123456789012-eu-west-1" });
    let logging = asked(&mut world, "s3", "GetBucketLogging", bucket.clone());
    let expected = json!({ "TargetBucket": "logs-of-the-account", "TargetPrefix": "windsock-work/" });
    assert_eq!(logging["LoggingEnabled"], expected);
    let encryption = asked(&mut world, "s3", "GetBucketEncryption", bucket);
    let rule = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"], KEY);
}

#[test]
fn rules_that_are_taken_back_leave_nothing() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &RULES).unwrap();
    // A role's path cannot be changed under its name, here as on AWS.
    let path = [("RolePath", "/machine-learning/")];
    deploy(&mut world, "UpdateStack", "windsock", PLATFORM, &path).unwrap();
    assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");
    let function = function(&mut world);
    assert_eq!(function["KMSKeyArn"], "");
    assert_eq!(function["VpcConfig"]["SubnetIds"], json!([]));
    assert_eq!(role(&mut world, "windsock-sweep")["PermissionsBoundary"], Value::Null);
    assert_eq!(logs(&mut world)["kmsKeyId"], Value::Null);
    let queue = queue(&mut world);
    assert_eq!(
        (&queue["KmsMasterKeyId"], &queue["SqsManagedSseEnabled"]),
        (&Value::Null, &json!("true"))
    );
}

#[test]
fn a_project_may_use_keys_and_networks_only_when_it_asks() {
    let of_jobs = |parameters: &[(&str, &str)]| {
        let mut world = world();
        let needed = [("Project", "demo"), ("DataBucket", "data"), ("WorkBucket", "work")];
        let parameters: Vec<_> = needed.iter().chain(parameters).copied().collect();
        deploy(&mut world, "CreateStack", "demo", PROJECT, &parameters).unwrap();
        assert_eq!(status(&mut world, "demo"), "CREATE_COMPLETE");
        let input = json!({ "RoleName": "windsock-demo-jobs", "PolicyName": "jobs" });
        let policy = asked(&mut world, "iam", "GetRolePolicy", input)["PolicyDocument"].take();
        policy.as_str().unwrap().to_owned()
    };
    let plain = of_jobs(&[]);
    assert!(!plain.contains("kms:") && !plain.contains("ec2:"), "{plain}");
    assert!(of_jobs(&[("ComputeKmsKeyArn", KEY)]).contains(KEY));
    assert!(of_jobs(&[("ComputeKmsAlias", "alias/ml")]).contains(r#""kms:ResourceAliases":"alias/ml""#));
    assert!(of_jobs(&[("ComputeInVpc", "true")]).contains("ec2:CreateNetworkInterface"));
}

#[test]
fn a_managed_policy_keeps_one_version() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &[]).unwrap();
    let arn = "arn:aws:iam::123456789012:policy/windsock-functions";
    for key in [KEY, ""] {
        deploy(&mut world, "UpdateStack", "windsock", PLATFORM, &[("KmsKeyArn", key)]).unwrap();
        assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");
        let versions = asked(&mut world, "iam", "ListPolicyVersions", json!({ "PolicyArn": arn }));
        let versions = versions["Versions"].as_array().unwrap();
        assert_eq!(versions.len(), 1, "{versions:?}");
        let input = json!({ "PolicyArn": arn, "VersionId": versions[0]["VersionId"] });
        let document = asked(&mut world, "iam", "GetPolicyVersion", input)["PolicyVersion"]["Document"].take();
        assert_eq!(document.as_str().unwrap().contains("kms:Decrypt"), !key.is_empty());
    }
    let attached = asked(
        &mut world,
        "iam",
        "ListAttachedRolePolicies",
        json!({ "RoleName": "windsock-notify" }),
    );
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], arn);
    let refused = call(&mut world, "iam", "DeletePolicy", json!({ "PolicyArn": arn }));
    assert_eq!(refused.unwrap_err().code, "DeleteConflict");
}

#[test]
fn people_data_and_the_trail_are_as_the_account_has_them() {
    let mut world = world();
    asked(&mut world, "s3", "CreateBucket", json!({ "Bucket": "the-data" }));
    let parameters = [
        ("ExistingDataBucket", "the-data"),
        ("AuditTrail", "on"),
        ("ApproverPrincipals", "arn:aws:iam::123456789012:role/lead"),
        ("KmsKeyArn", KEY),
    ];
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &parameters).unwrap();
    assert_eq!(status(&mut world, "windsock"), "CREATE_COMPLETE");
    let platform = stack(&mut world, "windsock");
    assert_eq!(output(&platform, "DataBucketName"), "the-data");
    assert_eq!(
        function(&mut world)["Environment"]["Variables"]["WINDSOCK_DATA_BUCKET"],
        "the-data"
    );
    let rule = asked(
        &mut world,
        "events",
        "DescribeRule",
        json!({ "Name": "windsock-training-data-arrived" }),
    );
    assert!(
        rule["EventPattern"]
            .as_str()
            .unwrap()
            .contains(r#""name":["the-data"]"#),
        "{rule}"
    );

    let mut trusts = |name: &str| {
        let trust = role(&mut world, name)["AssumeRolePolicyDocument"].take();
        let trust: Value = serde_json::from_str(trust.as_str().unwrap()).unwrap();
        trust["Statement"][0]["Principal"]["AWS"].clone()
    };
    assert_eq!(
        trusts("windsock-approver"),
        json!(["arn:aws:iam::123456789012:role/lead"])
    );
    assert_eq!(trusts("windsock-data-scientist"), "arn:aws:iam::123456789012:root");

    let trail = asked(
        &mut world,
        "cloudtrail",
        "GetTrail",
        json!({ "Name": "windsock-audit" }),
    )["Trail"]
        .take();
    assert_eq!(trail["S3BucketName"], "windsock-audit-123456789012-eu-west-1");
    assert_eq!(
        (&trail["KmsKeyId"], &trail["LogFileValidationEnabled"]),
        (&json!(KEY), &json!(true))
    );
    let status = asked(
        &mut world,
        "cloudtrail",
        "GetTrailStatus",
        json!({ "Name": trail["TrailARN"] }),
    );
    assert_eq!(status["IsLogging"], true);
    let selected = asked(
        &mut world,
        "cloudtrail",
        "GetEventSelectors",
        json!({ "TrailName": "windsock-audit" }),
    );
    assert_eq!(selected["EventSelectors"][0]["ReadWriteType"], "WriteOnly");
}

#[test]
fn a_trail_that_is_turned_off_goes_and_its_bucket_stays() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &[("AuditTrail", "on")]).unwrap();
    deploy(&mut world, "UpdateStack", "windsock", PLATFORM, &[]).unwrap();
    assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");
    let trails = asked(&mut world, "cloudtrail", "DescribeTrails", json!({}));
    assert_eq!(trails["trailList"], json!([]));
    let bucket = json!({ "Bucket": "windsock-audit-123456789012-eu-west-1" });
    asked(&mut world, "s3", "HeadBucket", bucket);
}

#[test]
fn the_dashboard_is_there_unless_it_is_unwanted() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &[]).unwrap();
    let name = json!({ "DashboardName": "windsock-eu-west-1" });
    let dashboard = asked(&mut world, "cloudwatch", "GetDashboard", name.clone());
    let body: Value = serde_json::from_str(dashboard["DashboardBody"].as_str().unwrap()).unwrap();
    let texts = body.to_string();
    for shown in [
        "'/aws/lambda/windsock-promote-model'",
        "PipelineName=windsock'",
        "alarm:windsock-sweep-errors",
        "${PROP(",
    ] {
        assert!(texts.contains(shown), "{shown}: {texts}");
    }
    deploy(
        &mut world,
        "UpdateStack",
        "windsock",
        PLATFORM,
        &[("ShowDashboard", "off")],
    )
    .unwrap();
    assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");
    let gone = call(&mut world, "cloudwatch", "GetDashboard", name);
    assert_eq!(gone.unwrap_err().code, "ResourceNotFound");
}

#[test]
fn a_dashboard_that_cannot_be_drawn_is_refused() {
    let mut world = world();
    let mut refused = |body: &str| {
        let input = json!({ "DashboardName": "d", "DashboardBody": body });
        call(&mut world, "cloudwatch", "PutDashboard", input)
            .unwrap_err()
            .message
    };
    assert!(refused("{").contains("must be JSON"));
    assert_eq!(refused(r#"{"widgets": {}}"#), "The field \"widgets\" must be an array");
    let wide = refused(r#"{"widgets": [{"type": "text", "x": 20, "width": 6, "properties": {}}]}"#);
    assert_eq!(wide, "/widgets/0 does not fit into 24 columns");
    let kind = refused(r#"{"widgets": [{"type": "graph", "properties": {}}]}"#);
    assert_eq!(kind, "/widgets/0/type is no kind of widget: \"graph\"");
}
