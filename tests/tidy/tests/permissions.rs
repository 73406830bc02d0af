//! The templates where policies are enforced: they deploy, their services reach each other, and each function may do
//! its own work and not another's.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use windsock_tidy::{
    platform::{ACCOUNT, DATA, Platform, REGION, WORK},
    tree,
};
use windsock_world::{ApiError, BlobRef, Enforcement, Output, S3Request, Work};

fn enforced() -> Platform {
    let mut platform = Platform::deploy_where(Enforcement::On).unwrap();
    let parameter = |key: &str, value: &str| json!({ "ParameterKey": key, "ParameterValue": value });
    let input = json!({
        "StackName": "windsock-flight-delay",
        "TemplateBody": tree::read("templates/ml-project.yaml").unwrap(),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [
            parameter("Project", "flight-delay"),
            parameter("DataBucket", DATA),
            parameter("WorkBucket", WORK),
            parameter("InferenceSchedule", "rate(1 hour)"),
        ],
    });
    platform.call("cloudformation", "CreateStack", input).unwrap();
    let stacks = platform
        .call(
            "cloudformation",
            "DescribeStacks",
            json!({ "StackName": "windsock-flight-delay" }),
        )
        .unwrap();
    let stack = &stacks["Stacks"][0];
    assert_eq!(
        stack["StackStatus"], "CREATE_COMPLETE",
        "{}",
        stack["StackStatusReason"]
    );
    platform
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn put(bucket: &str, key: &str, if_none_match: bool) -> S3Request {
    S3Request::Put {
        bucket: bucket.into(),
        key: key.into(),
        blob: BlobRef::of(key.as_bytes()),
        if_none_match,
        if_match: None,
        content_type: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
    }
}

fn invoked(platform: &mut Platform) -> Vec<String> {
    let work = platform.world.take_work().into_iter();
    let names = work.filter_map(|work| match work {
        Work::Invoke(invocation) => Some(invocation.function),
        _ => None,
    });
    names.collect()
}

fn advance(platform: &mut Platform, by: i64) {
    let at = platform.world.now() + by;
    platform.world.apply(at, windsock_world::Input::Advance).unwrap();
}

/// Whether a policy let it through, whatever the service then made of it.
fn let_through(answer: &Result<Output, ApiError>) -> bool {
    !answer.as_ref().is_err_and(|error| {
        matches!(
            error.code.as_str(),
            "AccessDenied" | "AccessDeniedException" | "AuthorizationError"
        )
    })
}

#[test]
fn an_arrival_and_a_tick_reach_their_functions() {
    let mut platform = enforced();
    platform
        .s3_as("user/operator", put(DATA, "training/flight-delay/x.csv", false))
        .unwrap();
    advance(&mut platform, 3_600_000);
    let invoked = invoked(&mut platform);
    for function in ["windsock-start-training", "windsock-sweep", "windsock-start-inference"] {
        assert!(invoked.contains(&function.to_owned()), "{invoked:?}");
    }
}

#[test]
fn a_fact_reaches_the_function_that_it_is_for() {
    let mut platform = enforced();
    for (detail_type, detail, function) in [
        ("HintDue", json!({ "to": "promote-model" }), "windsock-promote-model"),
        (
            "HintDue",
            json!({ "to": "respond-to-drift" }),
            "windsock-respond-to-drift",
        ),
        ("HintDue", json!({ "to": "publish-drift" }), "windsock-publish-drift"),
        ("ModelPromoted", json!({}), "windsock-notify"),
    ] {
        let entry = json!({ "Source": "windsock", "DetailType": detail_type, "Detail": detail.to_string() });
        let entries = json!({ "Entries": [entry] });
        platform
            .call_as("role/windsock-sweep", "events", "PutEvents", entries)
            .unwrap();
        let invoked = invoked(&mut platform);
        assert!(invoked.contains(&function.to_owned()), "{detail_type}: {invoked:?}");
    }
}

#[test]
fn each_function_may_do_its_own_work_and_not_anothers() {
    let mut platform = enforced();
    let pipeline = |name: &str| json!({ "PipelineName": name, "ClientRequestToken": "0".repeat(32) });
    let package = arn("sagemaker", "model-package/windsock-flight-delay/1");
    let approve = json!({ "ModelPackageArn": package, "ModelApprovalStatus": "Approved" });
    let stamp =
        json!({ "ModelPackageArn": package, "ModelLifeCycle": { "Stage": "Production", "StageStatus": "Active" } });
    let publish = |topic: &str| json!({ "TopicArn": arn("sns", topic), "Message": "x" });
    let metric = |namespace: &str| json!({ "Namespace": namespace, "MetricData": [{ "MetricName": "m", "Value": 0 }] });
    let tell = |source: &str| json!({ "Entries": [{ "Source": source, "DetailType": "x", "Detail": "{}" }] });
    let rows: [(&str, (&str, &str), Value, bool); 16] = [
        (
            "start-training",
            ("sagemaker", "StartPipelineExecution"),
            pipeline("windsock-flight-delay-training"),
            true,
        ),
        (
            "start-training",
            ("sagemaker", "StartPipelineExecution"),
            pipeline("windsock-flight-delay-inference"),
            false,
        ),
        (
            "start-inference",
            ("sagemaker", "StartPipelineExecution"),
            pipeline("windsock-flight-delay-inference"),
            true,
        ),
        (
            "start-training",
            ("sqs", "SendMessage"),
            json!({ "QueueUrl": "windsock-training-hints", "MessageBody": "{}" }),
            true,
        ),
        (
            "start-training",
            ("sqs", "SendMessage"),
            json!({ "QueueUrl": "windsock-inference-hints", "MessageBody": "{}" }),
            false,
        ),
        ("promote-model", ("sagemaker", "UpdateModelPackage"), stamp, true),
        (
            "promote-model",
            ("sagemaker", "UpdateModelPackage"),
            approve.clone(),
            false,
        ),
        ("start-inference", ("sagemaker", "UpdateModelPackage"), approve, false),
        (
            "publish-drift",
            ("cloudwatch", "PutMetricData"),
            metric("Windsock"),
            true,
        ),
        ("publish-drift", ("cloudwatch", "PutMetricData"), metric("Other"), false),
        ("notify", ("sns", "Publish"), publish("windsock-flight-delay"), true),
        ("notify", ("sns", "Publish"), publish("another"), false),
        ("notify", ("events", "PutEvents"), tell("windsock"), false),
        ("sweep", ("events", "PutEvents"), tell("windsock"), true),
        ("sweep", ("events", "PutEvents"), tell("somebody"), false),
        (
            "respond-to-drift",
            ("cloudwatch", "DescribeAlarms"),
            json!({ "AlarmNames": ["windsock-flight-delay-drift"] }),
            true,
        ),
    ];
    for (function, (service, operation), input, expected) in rows {
        let answer = platform.call_as(&format!("role/windsock-{function}"), service, operation, input.clone());
        assert_eq!(
            let_through(&answer),
            expected,
            "{function}: {operation} {input}: {answer:?}"
        );
    }
}

#[test]
fn markers_are_written_by_functions_alone_and_only_conditionally() {
    let mut platform = enforced();
    let champion = "state/flight-delay/champion.json";
    let manifest = "state/flight-delay/runs/training/s/manifest.json";
    let rows = [
        ("role/windsock-promote-model", champion, true, true),
        ("role/windsock-promote-model", champion, false, false),
        ("role/windsock-promote-model", manifest, true, false),
        ("role/windsock-start-training", manifest, true, true),
        ("role/windsock-start-training", champion, true, false),
        ("role/windsock-flight-delay-jobs", champion, true, false),
        (
            "role/windsock-flight-delay-jobs",
            "jobs/flight-delay/s/model.tar.gz",
            false,
            true,
        ),
        (
            "role/windsock-flight-delay-jobs",
            "jobs/other/s/model.tar.gz",
            false,
            false,
        ),
        ("user/operator", champion, true, false),
        ("user/operator", "state/projects/flight-delay.yaml", false, true),
    ];
    for (who, key, if_none_match, expected) in rows {
        let answer = platform.s3_as(who, put(WORK, key, if_none_match));
        assert_eq!(
            let_through(&answer),
            expected,
            "{who} writes {key}, if absent: {if_none_match}: {answer:?}"
        );
    }
    let delete = S3Request::Delete {
        bucket: WORK.into(),
        key: champion.into(),
        version_id: None,
    };
    assert!(!let_through(&platform.s3_as("user/operator", delete)));
}
