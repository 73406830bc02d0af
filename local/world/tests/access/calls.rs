//! Callers of every service: refused in the service's own words, and allowed by the statement that the journal names.

use serde_json::{Value, json};
use windsock_world::{Enforcement, Record};

use crate::support::{ACCOUNT, Aws, allow, arn, policy, role};

/// One call, and how it is refused.
struct Case {
    service: &'static str,
    operation: &'static str,
    input: Value,
    action: &'static str,
    resource: String,
    error: (u16, &'static str),
    /// As the message writes action and resource.
    told: String,
}

fn case(
    (service, operation): (&'static str, &'static str),
    input: Value,
    action: &'static str,
    resource: String,
    error: (u16, &'static str),
) -> Case {
    let told = format!("{action} on resource: {resource}");
    Case {
        service,
        operation,
        input,
        action,
        resource,
        error,
        told,
    }
}

fn cases() -> Vec<Case> {
    let denied = (403, "AccessDenied");
    let exception = (400, "AccessDeniedException");
    let forbidden = (403, "AccessDeniedException");
    let queue = arn("sqs", "q");
    let topic = arn("sns", "t");
    let sqs = case(
        ("sqs", "SendMessage"),
        json!({ "QueueUrl": "q", "MessageBody": "x" }),
        "sqs:SendMessage",
        queue.clone(),
        forbidden,
    );
    let sns = case(
        ("sns", "Publish"),
        json!({ "TopicArn": topic, "Message": "x" }),
        "sns:Publish",
        topic.clone(),
        (403, "AuthorizationError"),
    );
    let metrics = json!({ "Namespace": "Windsock", "MetricData": [{ "MetricName": "m", "Value": 1.0 }] });
    let mut all = vec![
        // SQS writes actions small, SNS its service large, and S3 its resource in quotes.
        Case {
            told: format!("sqs:sendmessage on resource: {queue}"),
            ..sqs
        },
        Case {
            told: format!("SNS:Publish on resource: {topic}"),
            ..sns
        },
        case(
            ("events", "PutEvents"),
            json!({ "Entries": [{ "Source": "windsock", "DetailType": "Fact", "Detail": "{}" }] }),
            "events:PutEvents",
            arn("events", "event-bus/default"),
            exception,
        ),
        case(
            ("scheduler", "ListSchedules"),
            json!({}),
            "scheduler:ListSchedules",
            "*".into(),
            forbidden,
        ),
        case(
            ("cloudwatch", "PutMetricData"),
            metrics,
            "cloudwatch:PutMetricData",
            "*".into(),
            forbidden,
        ),
        case(
            ("lambda", "GetFunction"),
            json!({ "FunctionName": "f" }),
            "lambda:GetFunction",
            arn("lambda", "function:f"),
            forbidden,
        ),
        case(
            ("logs", "CreateLogGroup"),
            json!({ "logGroupName": "g" }),
            "logs:CreateLogGroup",
            arn("logs", "log-group:g:*"),
            exception,
        ),
        case(
            ("sagemaker", "CreateModelPackageGroup"),
            json!({ "ModelPackageGroupName": "g" }),
            "sagemaker:CreateModelPackageGroup",
            arn("sagemaker", "model-package-group/g"),
            exception,
        ),
        case(
            ("cloudformation", "ListStacks"),
            json!({}),
            "cloudformation:ListStacks",
            "*".into(),
            denied,
        ),
        case(
            ("iam", "GetRole"),
            json!({ "RoleName": "caller" }),
            "iam:GetRole",
            role("caller").arn,
            denied,
        ),
        case(
            ("s3", "ListBuckets"),
            json!({}),
            "s3:ListAllMyBuckets",
            "*".into(),
            denied,
        ),
    ];
    for case in &mut all {
        if case.resource == "*" {
            case.told = match case.service {
                "s3" => format!("{} on resource: \"*\"", case.action),
                _ => case.action.to_owned(),
            };
        }
    }
    all
}

fn world() -> Aws {
    let mut aws = Aws::new();
    let caller = aws.role("caller", json!([]));
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "q" }));
    aws.call("sns", "CreateTopic", json!({ "Name": "t" }));
    aws.function("f", &caller);
    aws
}

#[test]
fn every_service_refuses_in_its_own_words_and_allows_by_one_statement() {
    for case in cases() {
        let mut aws = world();
        let caller = role("caller");
        let refusal = aws
            .call_as(&caller, case.service, case.operation, case.input.clone())
            .expect_err(case.operation);
        let action = case.told.split(' ').next().unwrap();
        let message = format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/caller/local is not authorized to perform: {} because no \
             identity-based policy allows the {action} action",
            case.told
        );
        assert_eq!(
            (refusal.status, refusal.code.as_str()),
            case.error,
            "{}",
            case.operation
        );
        assert_eq!(refusal.message, message);

        let statement = aws.records.iter().find_map(|record| match record {
            Record::Denied { would_allow, .. } => would_allow.clone(),
            _ => None,
        });
        assert_eq!(statement, Some(allow(case.action, &case.resource)));
        aws.allow("caller", json!([statement]));
        aws.call_as(&caller, case.service, case.operation, case.input)
            .expect(case.operation);
    }
}

#[test]
fn a_refused_call_is_one_line_of_the_journal_and_its_reason_another() {
    let mut aws = world();
    aws.records.clear();
    aws.call_as(&role("caller"), "iam", "ListRoles", json!({})).unwrap_err();
    let [Record::Call { error, .. }, Record::Denied { action, reason, .. }] = aws.records.as_slice() else {
        panic!("{:#?}", aws.records);
    };
    assert_eq!(error.as_deref(), Some("AccessDenied"));
    assert_eq!(action, "iam:ListRoles");
    assert_eq!(
        reason,
        "because no identity-based policy allows the iam:ListRoles action"
    );
}

#[test]
fn a_near_miss_names_the_condition() {
    let mut aws = world();
    let mut statement = allow("events:PutEvents", "*");
    statement["Sid"] = json!("TellFacts");
    statement["Condition"] = json!({ "StringEquals": { "events:source": "windsock" } });
    aws.allow("caller", json!([statement]));
    let tell = |source: &str| json!({ "Entries": [{ "Source": source, "DetailType": "Fact", "Detail": "{}" }] });
    aws.call_as(&role("caller"), "events", "PutEvents", tell("windsock"))
        .unwrap();
    aws.call_as(&role("caller"), "events", "PutEvents", tell("other"))
        .unwrap_err();
    let near = aws.records.iter().find_map(|record| match record {
        Record::Denied { near_misses, .. } => Some(near_misses.join("; ")),
        _ => None,
    });
    assert_eq!(
        near.unwrap(),
        "TellFacts of caller/own would, but for StringEquals events:source \"windsock\": the request has [\"other\"]"
    );
}

#[test]
fn handing_a_role_to_a_service_has_to_be_allowed() {
    let mut aws = world();
    let models = arn("sagemaker", "model/*");
    let create = json!({
        "ModelName": "m",
        "ExecutionRoleArn": role("caller").arn,
        "PrimaryContainer": { "Image": "windsock-jobs:1" },
    });
    aws.allow("caller", json!([allow("sagemaker:CreateModel", &models)]));
    let refusal = aws.call_as(&role("caller"), "sagemaker", "CreateModel", create.clone());
    assert!(refusal.unwrap_err().message.contains("iam:PassRole"));

    let mut pass = allow("iam:PassRole", &role("caller").arn);
    for (service, allowed) in [("lambda.amazonaws.com", false), ("sagemaker.amazonaws.com", true)] {
        pass["Condition"] = json!({ "StringEquals": { "iam:PassedToService": service } });
        aws.allow("caller", json!([allow("sagemaker:CreateModel", &models), pass]));
        let answer = aws.call_as(&role("caller"), "sagemaker", "CreateModel", create.clone());
        assert_eq!(answer.is_ok(), allowed, "passed to {service}");
    }
}

#[test]
fn an_approver_approves_and_promotion_only_stamps() {
    let mut aws = world();
    aws.call(
        "sagemaker",
        "CreateModelPackageGroup",
        json!({ "ModelPackageGroupName": "g" }),
    );
    let input = json!({
        "ModelPackageGroupName": "g",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{ "Image": "windsock-jobs:1" }],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    });
    let package = aws.call("sagemaker", "CreateModelPackage", input)["ModelPackageArn"].clone();
    let mut stamp = allow("sagemaker:UpdateModelPackage", &arn("sagemaker", "model-package/g/*"));
    stamp["Condition"] = json!({ "Null": { "sagemaker:ModelApprovalStatus": "true" } });
    aws.allow("caller", json!([stamp]));
    let cycle =
        json!({ "ModelPackageArn": package, "ModelLifeCycle": { "Stage": "Production", "StageStatus": "Active" } });
    aws.call_as(&role("caller"), "sagemaker", "UpdateModelPackage", cycle)
        .unwrap();
    let approve = json!({ "ModelPackageArn": package, "ModelApprovalStatus": "Approved" });
    aws.call_as(&role("caller"), "sagemaker", "UpdateModelPackage", approve)
        .unwrap_err();
}

#[test]
fn tags_of_request_and_resource_are_keys() {
    let mut aws = world();
    let pipeline = arn("sagemaker", "model-package-group/*");
    let mut create = allow("sagemaker:CreateModelPackageGroup", &pipeline);
    create["Condition"] = json!({ "StringEquals": { "aws:RequestTag/team": "blue" },
                                  "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } });
    let mut describe = allow("sagemaker:DescribeModelPackageGroup", &pipeline);
    describe["Condition"] = json!({ "StringEquals": { "aws:ResourceTag/team": "blue" } });
    aws.allow(
        "caller",
        json!([create, describe, allow("sagemaker:AddTags", &pipeline)]),
    );
    let tagged = |team: &str| json!({ "ModelPackageGroupName": "g", "Tags": [{ "Key": "team", "Value": team }] });
    let caller = role("caller");
    aws.call_as(&caller, "sagemaker", "CreateModelPackageGroup", tagged("red"))
        .unwrap_err();
    aws.call_as(&caller, "sagemaker", "CreateModelPackageGroup", tagged("blue"))
        .unwrap();
    let named = |name: &str| json!({ "ModelPackageGroupName": name });
    aws.call_as(&caller, "sagemaker", "DescribeModelPackageGroup", named("g"))
        .unwrap();
    aws.call("sagemaker", "CreateModelPackageGroup", named("other"));
    aws.call_as(&caller, "sagemaker", "DescribeModelPackageGroup", named("other"))
        .unwrap_err();
}

#[test]
fn a_boundary_limits_a_role() {
    let mut aws = world();
    let document = policy(json!([allow("sqs:*", "*")]));
    let boundary = aws.call(
        "iam",
        "CreatePolicy",
        json!({ "PolicyName": "limit", "PolicyDocument": document }),
    );
    aws.allow("caller", json!([allow("*", "*")]));
    aws.call_as(&role("caller"), "iam", "ListRoles", json!({})).unwrap();
    let input = json!({ "RoleName": "caller", "PermissionsBoundary": boundary["Policy"]["Arn"] });
    aws.call("iam", "PutRolePermissionsBoundary", input);
    let refusal = aws.call_as(&role("caller"), "iam", "ListRoles", json!({})).unwrap_err();
    assert!(
        refusal
            .message
            .ends_with("because no permissions boundary allows the iam:ListRoles action")
    );
    aws.call_as(&role("caller"), "sqs", "ListQueues", json!({})).unwrap();
}

#[test]
fn a_document_that_iam_would_refuse_is_refused_when_it_arrives() {
    let mut aws = world();
    let put = json!({ "RoleName": "caller", "PolicyName": "p", "PolicyDocument": "{\"Statement\": []}" });
    let refusal = aws
        .call_as(&crate::support::user("operator"), "iam", "PutRolePolicy", put)
        .unwrap_err();
    assert_eq!(refusal.code, "MalformedPolicyDocument");
    let bad = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let bad = policy(json!([bad])).to_string();
    let cases = [
        (
            "sqs",
            "SetQueueAttributes",
            json!({ "QueueUrl": "q", "Attributes": { "Policy": bad } }),
            "InvalidAttributeValue",
        ),
        (
            "sns",
            "SetTopicAttributes",
            json!({ "TopicArn": arn("sns", "t"), "AttributeName": "Policy", "AttributeValue": bad }),
            "InvalidParameter",
        ),
    ];
    for (service, operation, input, code) in cases {
        let refusal = aws
            .call_as(&crate::support::user("operator"), service, operation, input)
            .unwrap_err();
        assert_eq!(refusal.code, code);
        assert!(refusal.message.contains("needs a Principal"), "{}", refusal.message);
    }
}

#[test]
fn a_stack_is_made_in_its_callers_name() {
    let mut aws = world();
    let template =
        json!({ "Resources": { "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": "made" } } } });
    let create = json!({ "StackName": "s", "TemplateBody": template.to_string() });
    aws.allow("caller", json!([allow("cloudformation:*", "*")]));
    aws.call_as(&role("caller"), "cloudformation", "CreateStack", create)
        .unwrap();
    let stack = aws.call("cloudformation", "DescribeStacks", json!({ "StackName": "s" }));
    assert_eq!(stack["Stacks"][0]["StackStatus"], "ROLLBACK_COMPLETE");
    let denied = aws.denied();
    assert!(
        denied.iter().any(|(_, action, _)| action.starts_with("sqs:")),
        "{denied:?}"
    );
}

#[test]
fn without_enforcement_everybody_may_do_everything() {
    let mut aws = Aws::with(Enforcement::Off);
    aws.call_as(&role("nobody"), "iam", "ListRoles", json!({})).unwrap();
    assert!(aws.denied().is_empty());
    assert!(
        aws.world
            .statements()
            .iter()
            .all(|statement| statement.actions.is_empty())
    );
}

#[test]
fn a_stack_bounds_its_roles() {
    let mut aws = world();
    let document = policy(json!([allow("sqs:*", "*")]));
    let boundary = aws.call(
        "iam",
        "CreatePolicy",
        json!({ "PolicyName": "limit", "PolicyDocument": document }),
    );
    let template = |boundary: Value| {
        let trust = policy(json!([{ "Effect": "Allow", "Principal": { "AWS": ACCOUNT }, "Action": "sts:AssumeRole" }]));
        let own = json!([{ "PolicyName": "own", "PolicyDocument": policy(json!([allow("*", "*")])) }]);
        let mut properties = json!({ "RoleName": "made", "AssumeRolePolicyDocument": trust, "Policies": own });
        if !boundary.is_null() {
            properties["PermissionsBoundary"] = boundary;
        }
        let body = json!({ "Resources": { "Role": { "Type": "AWS::IAM::Role", "Properties": properties } } });
        json!({ "StackName": "s", "TemplateBody": body.to_string(), "Capabilities": ["CAPABILITY_NAMED_IAM"] })
    };
    aws.call(
        "cloudformation",
        "CreateStack",
        template(boundary["Policy"]["Arn"].clone()),
    );
    aws.call_as(&role("made"), "iam", "ListRoles", json!({})).unwrap_err();
    aws.call_as(&role("made"), "sqs", "ListQueues", json!({})).unwrap();
    aws.call("cloudformation", "UpdateStack", template(Value::Null));
    aws.call_as(&role("made"), "iam", "ListRoles", json!({})).unwrap();
}
