//! Every operator, with the key there, with other values, and absent.

use serde_json::{Value, json};
use windsock_policy::{Caller, Context, Document, Kind, Policies, Request, evaluate};

/// Whether a statement with this condition allows a request with these keys.
fn holds(condition: &Value, context: &Context) -> bool {
    let document = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition } });
    let document = Document::parse("p", Kind::Identity, &document).unwrap();
    let caller = Caller::Identity {
        arn: "arn:aws:iam::111122223333:user/ada".into(),
        session: "arn:aws:iam::111122223333:user/ada".into(),
        account: "111122223333".into(),
    };
    let request = Request {
        caller: &caller,
        action: "s3:GetObject",
        resource: "*",
        resource_account: "111122223333",
        context,
    };
    let policies = Policies {
        identity: &[&document],
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

/// One row: operator, value, what the request has, whether it holds.
#[test]
fn operators_compare_as_they_are_called() {
    let rows: [(&str, Value, &str, bool); 47] = [
        ("StringEquals", json!("a"), "a", true),
        ("StringEquals", json!("a"), "A", false),
        ("StringEquals", json!("a*"), "ab", false),
        ("StringEquals", json!(["b", "a"]), "a", true),
        ("StringNotEquals", json!(["b", "a"]), "a", false),
        ("StringNotEquals", json!(["b", "a"]), "c", true),
        ("StringEqualsIgnoreCase", json!("aB"), "Ab", true),
        ("StringNotEqualsIgnoreCase", json!("aB"), "Ab", false),
        ("StringLike", json!("a*c?"), "abbcd", true),
        ("StringLike", json!("a*c?"), "abbc", false),
        ("StringNotLike", json!("a*"), "b", true),
        ("NumericEquals", json!(3), "3.0", true),
        ("NumericNotEquals", json!("3"), "4", true),
        ("NumericLessThan", json!("3"), "2.9", true),
        ("NumericLessThan", json!("3"), "3", false),
        ("NumericLessThanEquals", json!("3"), "3", true),
        ("NumericGreaterThan", json!("3"), "3", false),
        ("NumericGreaterThanEquals", json!("3"), "3", true),
        ("NumericGreaterThan", json!("3"), "many", false),
        ("DateEquals", json!("2026-11-27T00:00:00Z"), "1795737600", true),
        (
            "DateNotEquals",
            json!("2026-11-27T00:00:00Z"),
            "2026-11-27T00:00:01Z",
            true,
        ),
        (
            "DateLessThan",
            json!("2026-11-27T00:00:00Z"),
            "2026-11-26T23:59:59Z",
            true,
        ),
        ("DateLessThanEquals", json!("2026-11-27"), "2026-11-27T00:00:00Z", true),
        (
            "DateGreaterThan",
            json!("2026-11-27T00:00:00+01:00"),
            "2026-11-27T00:00:00Z",
            true,
        ),
        (
            "DateGreaterThanEquals",
            json!("2026-11-27T00:00:00Z"),
            "yesterday",
            false,
        ),
        ("Bool", json!("false"), "false", true),
        ("Bool", json!(false), "true", false),
        ("BinaryEquals", json!("QmluYXJ5VmFsdWU="), "QmluYXJ5VmFsdWU=", true),
        ("BinaryEquals", json!("QmluYXJ5VmFsdWU="), "other", false),
        ("IpAddress", json!("203.0.113.0/24"), "203.0.113.200", true),
        ("IpAddress", json!("203.0.113.0/24"), "203.0.114.1", false),
        ("IpAddress", json!("0.0.0.0/0"), "8.8.8.8", true),
        ("IpAddress", json!("2001:db8::/32"), "2001:db8:1::1", true),
        ("IpAddress", json!("2001:db8::/32"), "10.0.0.1", false),
        ("NotIpAddress", json!("10.0.0.1"), "10.0.0.2", true),
        (
            "ArnLike",
            json!("arn:aws:sns:*:111122223333:t*"),
            "arn:aws:sns:eu-west-1:111122223333:topic",
            true,
        ),
        // A star does not reach past a colon.
        (
            "ArnLike",
            json!("arn:aws:sns:*:topic"),
            "arn:aws:sns:eu-west-1:111122223333:topic",
            false,
        ),
        ("ArnLike", json!("arn:aws:sns:*:*:a"), "arn:aws:sns:eu:west:1:a", false),
        (
            "ArnLike",
            json!("arn:aws:logs:*:*:log-group:*"),
            "arn:aws:logs:r:1:log-group:x:stream",
            true,
        ),
        (
            "ArnEquals",
            json!("arn:aws:iam::*:role/r"),
            "arn:aws:iam::111122223333:role/r",
            true,
        ),
        (
            "ArnNotEquals",
            json!("arn:aws:iam::1:role/r"),
            "arn:aws:iam::1:role/s",
            true,
        ),
        (
            "ArnNotLike",
            json!("arn:aws:iam::1:role/*"),
            "arn:aws:iam::1:role/s",
            false,
        ),
        ("ArnLike", json!("*"), "arn:aws:iam::1:role/s", true),
        ("Null", json!("true"), "there", false),
        ("Null", json!("false"), "there", true),
        ("Null", json!(["false", "true"]), "there", true),
        ("StringLike", json!("${aws:PrincipalTag/team}/*"), "blue/x", true),
    ];
    for (operator, value, present, expected) in rows {
        let context = Context::default()
            .with("k:k", present)
            .with("aws:principaltag/team", "blue");
        let condition = json!({ operator: { "K:K": value } });
        assert_eq!(holds(&condition, &context), expected, "{condition} with {present}");
    }
}

#[test]
fn a_key_that_is_absent_equals_nothing_and_differs_from_everything() {
    let rows = [
        ("StringEquals", json!("a"), false),
        ("StringEqualsIfExists", json!("a"), true),
        ("StringNotEquals", json!("a"), true),
        ("ArnNotLike", json!("arn:aws:iam::1:role/*"), true),
        ("NotIpAddress", json!("10.0.0.1"), true),
        ("Bool", json!("false"), false),
        ("BoolIfExists", json!("false"), true),
        ("NumericLessThan", json!("1"), false),
        ("Null", json!("true"), true),
        ("Null", json!("false"), false),
        ("ForAllValues:StringEquals", json!("a"), true),
        ("ForAnyValue:StringEquals", json!("a"), false),
        ("ForAnyValue:StringNotEquals", json!("a"), false),
        ("ForAnyValue:StringEqualsIfExists", json!("a"), true),
    ];
    for (operator, value, expected) in rows {
        let condition = json!({ operator: { "k:k": value } });
        assert_eq!(holds(&condition, &Context::default()), expected, "{condition}");
        let mut empty = Context::default();
        empty.set_all("k:k", Vec::new());
        assert_eq!(holds(&condition, &empty), expected, "{condition} with an empty list");
    }
}

#[test]
fn of_several_values_all_or_any_have_to_match() {
    let rows = [
        ("ForAllValues:StringEquals", json!(["a", "b"]), ["a", "b"], true),
        ("ForAllValues:StringEquals", json!(["a", "b"]), ["a", "c"], false),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), ["a", "c"], true),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), ["c", "d"], false),
        ("ForAllValues:StringNotLike", json!(["a*"]), ["b", "c"], true),
        ("ForAllValues:StringNotLike", json!(["a*"]), ["b", "ab"], false),
        ("ForAnyValue:StringNotEquals", json!(["a"]), ["a", "b"], true),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), ["a", "b"], false),
    ];
    for (operator, value, present, expected) in rows {
        let mut context = Context::default();
        context.set_all("aws:TagKeys", present.map(str::to_owned).to_vec());
        let condition = json!({ operator: { "aws:TagKeys": value } });
        assert_eq!(holds(&condition, &context), expected, "{condition} with {present:?}");
    }
}

#[test]
fn all_operators_and_all_keys_have_to_hold() {
    let context = Context::default().with("k:a", "1").with("k:b", "2");
    assert!(holds(&json!({ "StringEquals": { "k:a": "1", "k:b": "2" } }), &context));
    assert!(!holds(&json!({ "StringEquals": { "k:a": "1", "k:b": "3" } }), &context));
    assert!(!holds(
        &json!({ "StringEquals": { "k:a": "1" }, "Null": { "k:b": "true" } }),
        &context
    ));
}

#[test]
fn the_time_of_the_request_is_a_key() {
    // 2026-11-27T00:00:00Z
    let context = Context::at(1_795_737_600_000);
    assert!(holds(
        &json!({ "DateLessThan": { "aws:CurrentTime": "2026-11-28T00:00:00Z" } }),
        &context
    ));
    assert!(holds(
        &json!({ "NumericEquals": { "aws:EpochTime": 1_795_737_600 } }),
        &context
    ));
}

/// The statement that allows replacing what one has seen: both headers absent is what it denies.
#[test]
fn null_on_two_keys_means_both_are_absent() {
    let condition = json!({ "Null": { "s3:if-none-match": "true", "s3:if-match": "true" } });
    assert!(holds(&condition, &Context::default()));
    assert!(!holds(&condition, &Context::default().with("s3:if-match", "etag")));
}
