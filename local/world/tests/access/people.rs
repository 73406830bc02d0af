//! People: the operator may do everything, others take on the roles that are made for them.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Aws, allow, policy, role, user};

fn take_on(role: &str) -> Value {
    json!({ "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "RoleSessionName": "ada" })
}

#[test]
fn the_operator_may_do_everything_and_others_nothing_of_their_own() {
    let mut aws = Aws::new();
    aws.call("iam", "ListRoles", json!({}));
    for name in ["data-scientist", "approver", "nobody"] {
        aws.call_as(&user(name), "iam", "ListRoles", json!({})).unwrap_err();
        // Whose credentials they hold, everybody may ask.
        aws.call_as(&user(name), "sts", "GetCallerIdentity", json!({})).unwrap();
    }
}

#[test]
fn people_take_on_the_role_of_their_name() {
    let mut aws = Aws::new();
    aws.role("windsock-approver", json!([allow("iam:ListRoles", "*")]));
    aws.role("windsock-notify", json!([]));
    let session = aws
        .call_as(&user("approver"), "sts", "AssumeRole", take_on("windsock-approver"))
        .unwrap();
    let key = session["Credentials"]["AccessKeyId"].as_str().unwrap();
    let (caller, _) = aws.world.identity(key).unwrap();
    assert_eq!(caller, role("windsock-approver"));
    aws.call_as(&caller, "iam", "ListRoles", json!({})).unwrap();

    for (person, wanted) in [("data-scientist", "windsock-approver"), ("approver", "windsock-notify")] {
        let refusal = aws
            .call_as(&user(person), "sts", "AssumeRole", take_on(wanted))
            .unwrap_err();
        assert_eq!(
            refusal.message,
            format!(
                "User: arn:aws:iam::{ACCOUNT}:user/{person} is not authorized to perform: sts:AssumeRole on resource: \
                 arn:aws:iam::{ACCOUNT}:role/{wanted} because no identity-based policy allows the sts:AssumeRole action"
            )
        );
    }
}

#[test]
fn a_role_is_taken_on_by_those_whom_it_trusts() {
    let mut aws = Aws::new();
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "AWS": user("approver").arn },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "sts:ExternalId": "sesame" } },
    });
    let create = json!({ "RoleName": "x-approver", "AssumeRolePolicyDocument": policy(json!([statement])) });
    aws.call("iam", "CreateRole", create);
    aws.call_as(&user("approver"), "sts", "AssumeRole", take_on("x-approver"))
        .unwrap_err();
    let mut asked = take_on("x-approver");
    asked["ExternalId"] = json!("sesame");
    aws.call_as(&user("approver"), "sts", "AssumeRole", asked.clone())
        .unwrap();
    // Not even the operator, whom it does not name.
    let refusal = aws.call_as(&user("operator"), "sts", "AssumeRole", asked).unwrap_err();
    assert!(
        refusal
            .message
            .ends_with("because no role trust policy allows the sts:AssumeRole action")
    );
}
