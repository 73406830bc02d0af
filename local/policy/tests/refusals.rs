//! Documents that IAM refuses are refused when they are read, each with a sentence.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use windsock_policy::{Document, Effect, Kind};

#[track_caller]
fn refused(kind: Kind, document: &Value, expected: &Expect) {
    let refusal = Document::parse("p", kind, document).unwrap_err();
    expected.assert_eq(&refusal.to_string());
}

/// A document of one statement that is good but for what is changed.
fn with(change: Value) -> Value {
    let mut statement = json!({ "Sid": "One", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
    for (member, value) in change.as_object().unwrap() {
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(member);
        } else {
            statement[member] = value.clone();
        }
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn a_good_document_tells_its_statements() {
    let document = json!({ "Version": "2012-10-17", "Id": "any", "Statement": [
        { "Sid": "One", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::b", "*"] },
        { "Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b" },
    ] });
    let document = Document::parse("p", Kind::Identity, &document).unwrap();
    let told: Vec<_> = document
        .statements()
        .map(|(id, effect, listed)| (id.to_string(), effect, listed.len()))
        .collect();
    assert_eq!(
        told,
        [
            ("One of p".to_owned(), Effect::Allow, 1),
            ("statement 2 of p".to_owned(), Effect::Deny, 0)
        ]
    );
}

#[test]
fn documents_are_objects_with_known_members() {
    refused(Kind::Identity, &json!([]), &expect!["The policy p is no JSON object"]);
    refused(
        Kind::Identity,
        &json!({ "version": "2012-10-17" }),
        &expect!["The policy p has a member `version` that is none of Version, Id, Statement"],
    );
    refused(
        Kind::Identity,
        &json!({ "Version": "2012-10-18", "Statement": [] }),
        &expect![[r#"The policy p has the Version "2012-10-18", which is neither "2012-10-17" nor "2008-10-17""#]],
    );
    refused(
        Kind::Identity,
        &json!({ "Version": "2012-10-17", "Statement": [] }),
        &expect!["The policy p needs a Statement, or a list of at least one"],
    );
}

#[test]
fn statements_are_named_with_what_is_wrong_in_them() {
    let cases = [
        (
            json!({ "Effect": "allow" }),
            expect!["Statement 1 (Sid `One`) of the policy p: needs an Effect, which is Allow or Deny"],
        ),
        (
            json!({ "Sid": "not-plain" }),
            expect![
                "Statement 1 (Sid `not-plain`) of the policy p: has the Sid `not-plain`; in policies of people and roles a Sid has letters and digits alone"
            ],
        ),
        (
            json!({ "Resources": "*" }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: has a member `Resources` that is none of Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition"
            ],
        ),
        (
            json!({ "Action": "GetObject" }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: the action `GetObject` is not `*`, nor a service and an action of it such as `s3:GetObject` or `s3:Get*`"
            ],
        ),
        (
            json!({ "NotAction": "s3:*" }),
            expect!["Statement 1 (Sid `One`) of the policy p: has both Action and NotAction, of which one is right"],
        ),
        (
            json!({ "Resource": "bucket/key" }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: has the resource `bucket/key`, which is not `*` and no ARN"
            ],
        ),
        (
            json!({ "Resource": null }),
            expect!["Statement 1 (Sid `One`) of the policy p: needs a Resource or a NotResource"],
        ),
        (
            json!({ "Action": [] }),
            expect!["Statement 1 (Sid `One`) of the policy p: needs a text or a list of texts in Action, not []"],
        ),
        (
            json!({ "Principal": "*" }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: names a Principal, which a policy of a person or role does not: it is whoever has the policy"
            ],
        ),
    ];
    for (change, expected) in cases {
        refused(Kind::Identity, &with(change), &expected);
    }
}

#[test]
fn conditions_are_read_when_the_document_is() {
    let cases = [
        (
            json!({ "StringEqual": { "aws:username": "a" } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: there is no condition operator `StringEqual` (case matters; Null takes no IfExists and no ForAllValues)"
            ],
        ),
        (
            json!({ "NullIfExists": { "aws:username": "true" } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: there is no condition operator `NullIfExists` (case matters; Null takes no IfExists and no ForAllValues)"
            ],
        ),
        (
            json!({ "NumericEquals": { "s3:max-keys": "ten" } }),
            expect!["Statement 1 (Sid `One`) of the policy p: the condition's value `ten` is no number"],
        ),
        (
            json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/33" } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: the condition's value `10.0.0.0/33` is no IP address or range such as 10.0.0.0/8"
            ],
        ),
        (
            json!({ "StringEquals": { "username": "a" } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: the condition key `username` is not a service and a name such as `aws:SourceArn`"
            ],
        ),
        (
            json!({ "StringEquals": { "aws:username": [] } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: the condition on aws:username has no value to compare with"
            ],
        ),
        (
            json!({ "StringEquals": { "aws:username": "${aws:username" } }),
            expect![
                "Statement 1 (Sid `One`) of the policy p: `${aws:username` begins a policy variable with `${` and never ends it"
            ],
        ),
    ];
    for (condition, expected) in cases {
        refused(Kind::Identity, &with(json!({ "Condition": condition })), &expected);
    }
}

#[test]
fn policies_of_resources_and_trust_name_whom_they_speak_of() {
    refused(
        Kind::Resource,
        &with(json!({})),
        &expect!["Statement 1 (Sid `One`) of the policy p: needs a Principal: who is allowed or denied"],
    );
    refused(
        Kind::Resource,
        &with(json!({ "Principal": { "AWS": "arn:aws:iam::111122223333:role/*" } })),
        &expect![
            "Statement 1 (Sid `One`) of the policy p: the AWS principal `arn:aws:iam::111122223333:role/*` is not `*`, an account's number, nor the whole ARN of an account's root, a user, a role or a session (a principal takes no wildcard inside it)"
        ],
    );
    refused(
        Kind::Resource,
        &with(json!({ "Principal": { "Service": "events" } })),
        &expect![
            "Statement 1 (Sid `One`) of the policy p: the service principal `events` is no service's name such as `events.amazonaws.com`"
        ],
    );
    refused(
        Kind::Trust,
        &with(json!({ "Principal": "*" })),
        &expect![
            "Statement 1 (Sid `One`) of the policy p: names a Resource, which a trust policy does not: it is the role that has the policy"
        ],
    );
}

#[test]
fn a_sid_names_one_statement() {
    let mut twice = with(json!({}));
    let first = twice["Statement"][0].clone();
    twice["Statement"].as_array_mut().unwrap().push(first);
    refused(
        Kind::Identity,
        &twice,
        &expect!["The policy p has two statements with the Sid `One`"],
    );
}
