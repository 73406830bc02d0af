//! Models and tags.

use serde_json::json;

use crate::{
    registry::{group, register, update},
    support::ROLE,
};

#[test]
fn a_model_is_made_once_and_only_from_an_approved_version() {
    let mut aws = group();
    let package = register(&mut aws);
    let input = json!({
        "ModelName": "churn-1",
        "ExecutionRoleArn": ROLE,
        "Containers": [{"ModelPackageName": package}],
    });
    let (code, message) = aws.refused("CreateModel", input.clone());
    assert_eq!(code, "ValidationException");
    assert!(message.contains("is PendingManualApproval"), "{message}");
    update(&mut aws, &package, json!({"ModelApprovalStatus": "Approved"}));
    aws.call("CreateModel", input.clone());
    let (code, message) = aws.refused("CreateModel", input);
    assert_eq!(code, "ValidationException");
    assert!(
        message.starts_with("Cannot create already existing model "),
        "{message}"
    );
    assert_eq!(aws.call("ListModels", json!({}))["Models"][0]["ModelName"], "churn-1");
    aws.call("DeleteModel", json!({"ModelName": "churn-1"}));
    let (code, message) = aws.refused("DescribeModel", json!({"ModelName": "churn-1"}));
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("Could not find model "), "{message}");
}

#[test]
fn tags_belong_to_the_group() {
    let mut aws = group();
    let package = register(&mut aws);
    let tags = json!([{"Key": "team", "Value": "ops"}]);
    let on_version = json!({"ResourceArn": package, "Tags": tags});
    assert_eq!(aws.refused("AddTags", on_version).0, "ValidationException");
    let arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package-group/churn";
    aws.call("AddTags", json!({"ResourceArn": arn, "Tags": tags}));
    assert_eq!(aws.call("ListTags", json!({"ResourceArn": arn}))["Tags"], tags);
    aws.call("DeleteTags", json!({"ResourceArn": arn, "TagKeys": ["team"]}));
    assert_eq!(aws.call("ListTags", json!({"ResourceArn": arn}))["Tags"], json!([]));
}
