//! Groups, versions and approvals.

use serde_json::{Value, json};
use windsock_world::Record;

use crate::support::Aws;

const CHANGED: &str = "SageMaker Model Package State Change";
const ARN: &str = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn";

pub fn group() -> Aws {
    let mut aws = Aws::new();
    aws.put("model.tar.gz", "archive");
    aws.call("CreateModelPackageGroup", json!({"ModelPackageGroupName": "churn"}));
    aws
}

pub fn register(aws: &mut Aws) -> String {
    let container = json!({"Image": "windsock-jobs:1", "ModelDataUrl": "s3://work/model.tar.gz"});
    let input = json!({
        "ModelPackageGroupName": "churn",
        "InferenceSpecification": {"Containers": [container]},
        "CustomerMetadataProperties": {"windsock-slot": "0123"},
    });
    aws.call("CreateModelPackage", input)["ModelPackageArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn update(aws: &mut Aws, arn: &str, change: Value) {
    let mut input = change;
    input["ModelPackageArn"] = json!(arn);
    aws.call("UpdateModelPackage", input);
}

#[test]
fn registering_is_told_twice_and_pending() {
    let mut aws = group();
    let arn = register(&mut aws);
    assert_eq!(arn, format!("{ARN}/1"));
    let events = aws.events(CHANGED);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], events[1]);
    assert_eq!(
        events[0],
        json!({
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": 1,
            "ModelPackageArn": arn,
            "CreationTime": "2026-11-22T10:25:02Z",
            "InferenceSpecification": {"Containers": [{
                "Image": "windsock-jobs:1",
                "ImageDigest": events[0]["InferenceSpecification"]["Containers"][0]["ImageDigest"],
                "ModelDataUrl": "s3://work/model.tar.gz",
            }]},
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": false,
            "ModelApprovalStatus": "PendingManualApproval",
            "LastModifiedTime": "2026-11-22T10:25:02Z",
            "CustomerMetadataProperties": {"windsock-slot": "0123"},
        })
    );
}

#[test]
fn an_update_that_approves_nothing_is_told_with_the_approval_as_it_is() {
    let mut aws = group();
    let arn = register(&mut aws);
    update(
        &mut aws,
        &arn,
        json!({"ModelApprovalStatus": "Approved", "ApprovalDescription": "good"}),
    );
    update(
        &mut aws,
        &arn,
        json!({"CustomerMetadataProperties": {"deployed": "yes"}}),
    );
    update(
        &mut aws,
        &arn,
        json!({"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Active"}}),
    );
    let told: Vec<_> = aws
        .events(CHANGED)
        .iter()
        .step_by(2)
        .map(|detail| {
            (
                detail["ModelApprovalStatus"].clone(),
                detail["UpdatedModelPackageFields"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("PendingManualApproval"), Value::Null),
            (json!("Approved"), json!(["ModelApprovalStatus", "ApprovalDescription"])),
            (json!("Approved"), json!(["CustomerMetadataProperties"])),
            (json!("Approved"), json!(["ModelLifeCycle"])),
        ]
    );
    let package = aws.call("DescribeModelPackage", json!({"ModelPackageName": arn}));
    assert_eq!(
        package["CustomerMetadataProperties"],
        json!({"windsock-slot": "0123", "deployed": "yes"})
    );
    assert_eq!(package["ApprovalDescription"], "good");
    assert_eq!(
        package["LastModifiedBy"]["IamIdentity"]["Arn"],
        "arn:aws:iam::111122223333:user/ada"
    );
    let approvals: Vec<_> = aws
        .records()
        .iter()
        .filter_map(|record| match record {
            Record::ModelPackage { version, approval, .. } => Some(format!("{version} {approval}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        approvals,
        ["1 PendingManualApproval", "1 Approved", "1 Approved", "1 Approved"]
    );
}

#[test]
fn a_token_updates_once() {
    let mut aws = group();
    let arn = register(&mut aws);
    for _ in 0..2 {
        update(
            &mut aws,
            &arn,
            json!({"ModelApprovalStatus": "Approved", "ClientToken": "t-1"}),
        );
    }
    assert_eq!(aws.events(CHANGED).len(), 4);
}

#[test]
fn metadata_is_checked() {
    let mut aws = group();
    let arn = register(&mut aws);
    let mut refused = |change: Value| {
        let mut input = change;
        input["ModelPackageArn"] = json!(arn);
        let (code, message) = aws.refused("UpdateModelPackage", input);
        assert_eq!(code, "ValidationException");
        message
    };
    let message = refused(json!({"CustomerMetadataProperties": {"why": "{\"json\": 1}"}}));
    assert!(message.contains("regular expression pattern"), "{message}");
    assert!(refused(json!({"CustomerMetadataProperties": {"why": ""}})).contains("equal to 1"));
    assert!(refused(json!({"ModelLifeCycle": {"Stage": "Production"}})).contains("modelLifeCycle.stageStatus"));
    assert!(refused(json!({"ModelApprovalStatus": "Perhaps"})).contains("enum value set"));
    let many: serde_json::Map<_, _> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert!(refused(json!({"CustomerMetadataProperties": many})).contains("at most 50"));
    update(
        &mut aws,
        &arn,
        json!({"CustomerMetadataPropertiesToRemove": ["windsock-slot", "never"]}),
    );
    assert!(
        aws.call("DescribeModelPackage", json!({"ModelPackageName": arn}))
            .get("CustomerMetadataProperties")
            .is_none()
    );
}

#[test]
fn versions_count_up_and_are_never_used_again() {
    let mut aws = group();
    let first = register(&mut aws);
    let second = register(&mut aws);
    aws.call("DeleteModelPackage", json!({"ModelPackageName": second}));
    assert_eq!(register(&mut aws), format!("{ARN}/3"));
    let (code, message) = aws.refused("DescribeModelPackage", json!({"ModelPackageName": second}));
    assert_eq!(
        (code.as_str(), message),
        ("ValidationException", format!("ModelPackage {second} does not exist."))
    );

    update(&mut aws, &first, json!({"ModelApprovalStatus": "Approved"}));
    let mut listed = |input: Value| -> Vec<u64> {
        let list = aws.call("ListModelPackages", input)["ModelPackageSummaryList"]
            .as_array()
            .unwrap()
            .clone();
        list.iter()
            .map(|package| package["ModelPackageVersion"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(listed(json!({"ModelPackageGroupName": "churn"})), [1, 3]);
    assert_eq!(
        listed(json!({"ModelPackageGroupName": "CHURN", "SortOrder": "Descending"})),
        [3, 1]
    );
    assert_eq!(
        listed(json!({"ModelPackageGroupName": "churn", "ModelApprovalStatus": "Approved"})),
        [1]
    );
    assert_eq!(listed(json!({})), [0; 0]);
}

#[test]
fn a_group_is_unique_and_deleted_only_when_empty() {
    let mut aws = group();
    let name = json!({"ModelPackageGroupName": "churn"});
    let (code, message) = aws.refused("CreateModelPackageGroup", name.clone());
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("Model Package Group already exists: "), "{message}");
    let package = register(&mut aws);
    assert_eq!(
        aws.refused("DeleteModelPackageGroup", name.clone()).0,
        "ConflictException"
    );
    aws.call("DeleteModelPackage", json!({"ModelPackageName": package}));
    aws.call("DeleteModelPackageGroup", name.clone());
    let (code, message) = aws.refused("DescribeModelPackageGroup", name);
    assert_eq!(code, "ValidationException");
    assert!(
        message.ends_with("model-package-group/churn does not exist."),
        "{message}"
    );
}
