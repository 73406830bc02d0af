//! What the parser makes of good, odd and hostile events.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use windsock_events::{Event, Fact, status::Approval};

fn created(object: Value) -> Value {
    json!({
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": { "bucket": { "name": "data" }, "object": object },
    })
}

fn check(event: Value, expected: Expect) {
    let told = match Event::from_value(&event) {
        Ok(event) => format!("{event:?}"),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&told);
}

#[test]
fn keys_are_taken_as_they_are() {
    for key in [
        "a+b.csv",
        "a%2Fb.csv",
        "100%",
        "a%zz",
        "é日本語",
        "x\r\nBcc: all@corp.example",
        "../../etc/passwd",
        "a//b/",
    ] {
        let Ok(Event::ObjectCreated(object)) =
            Event::from_value(&created(json!({ "key": key, "size": 0, "etag": "e" })))
        else {
            panic!("{key:?} does not read");
        };
        assert_eq!(object.key, key);
    }
}

#[test]
fn an_object_created_names_the_member_that_is_wrong() {
    check(
        created(json!({ "size": 1, "etag": "e" })),
        expect!["member `detail.object.key` must be a string, it is missing"],
    );
    check(
        created(json!({ "key": 7, "size": 1, "etag": "e" })),
        expect!["member `detail.object.key` must be a string, it is the number 7"],
    );
    check(
        created(json!({ "key": "", "size": 1, "etag": "e" })),
        expect!["member `detail.object.key` must be a string that is not empty, it is an empty string"],
    );
    check(
        created(json!({ "key": "k", "size": -1, "etag": "e" })),
        expect!["member `detail.object.size` must be a whole number, not negative, it is the number -1"],
    );
    check(
        created(json!({ "key": "k", "size": "1", "etag": "e" })),
        expect!["member `detail.object.size` must be a whole number, not negative, it is a string"],
    );
    check(
        created(json!({ "key": "k", "etag": "e" })),
        expect!["member `detail.object.size` must be a whole number, not negative, it is missing"],
    );
    check(
        created(Value::Null),
        expect!["member `detail.object` must be an object, it is missing"],
    );
}

#[test]
fn an_envelope_names_the_member_that_is_wrong() {
    check(
        json!(null),
        expect!["member `(the event)` must be an object, it is missing"],
    );
    check(
        json!([]),
        expect!["member `(the event)` must be an object, it is a list"],
    );
    check(
        json!({}),
        expect!["member `detail-type` must be a string, it is missing"],
    );
    check(
        json!({ "detail-type": "Object Created", "source": 1 }),
        expect!["member `source` must be a string, it is the number 1"],
    );
    check(
        json!({ "detail-type": "Object Created", "source": "aws.s3", "detail": "text" }),
        expect!["member `detail` must be an object, it is a string"],
    );
}

#[test]
fn what_we_do_not_know_is_other() {
    check(
        json!({ "detail-type": "Object Created", "source": "my.app" }),
        expect![[r#"Other { source: "my.app", detail_type: "Object Created" }"#]],
    );
    check(
        json!({ "detail-type": "FactOfTomorrow", "source": "windsock", "detail": {} }),
        expect![[r#"Other { source: "windsock", detail_type: "FactOfTomorrow" }"#]],
    );
    let unversioned = json!({
        "detail-type": "SageMaker Model Package State Change", "source": "aws.sagemaker",
        "detail": { "ModelPackageArn": "arn", "ModelPackageName": "alone" },
    });
    check(
        unversioned,
        expect![[r#"Other { source: "aws.sagemaker", detail_type: "SageMaker Model Package State Change" }"#]],
    );
}

#[test]
fn a_known_fact_with_a_broken_detail_is_an_error() {
    let fact = |detail: Value| json!({ "detail-type": "HintDue", "source": "windsock", "detail": detail });
    check(
        fact(json!({})),
        expect!["the detail of fact `HintDue` does not read: missing field `project`"],
    );
    check(
        fact(json!({ "project": "p", "to": "nobody", "why": "" })),
        expect![
            "the detail of fact `HintDue` does not read: unknown variant `nobody`, expected one of `start-training`, `start-inference`, `promote-model`, `publish-drift`, `respond-to-drift`"
        ],
    );
}

#[test]
fn a_known_fact_with_its_own_name_in_the_wrong_place_is_an_error_too() {
    let fact = json!({ "detail-type": "HintDue", "source": "windsock",
        "detail": { "project": "p", "to": "HintDue", "why": "" } });
    assert!(Event::from_value(&fact).is_err());
}

#[test]
fn an_error_is_one_line_and_not_the_whole_event_once_more() {
    let to = format!("x\n\u{1b}[31m{}", "y".repeat(100_000));
    let fact = json!({ "detail-type": "HintDue", "source": "windsock",
        "detail": { "project": "p", "to": to, "why": "" } });
    let error = Event::from_value(&fact).unwrap_err().to_string();
    assert!(error.contains("unknown variant `x\\n\\u{1b}[31my"), "{error}");
    assert!(
        error.len() < 500 && !error.chars().any(char::is_control),
        "{} bytes",
        error.len()
    );
}

#[test]
fn facts_survive_the_round_trip() {
    let fact = Fact::DigestDue {
        project: "demo".into(),
        week: "2013-W10".into(),
    };
    let mut event = serde_json::to_value(&fact).unwrap();
    event["source"] = json!("windsock");
    assert_eq!(Event::from_value(&event), Ok(Event::Fact(fact)));
}

#[test]
fn a_version_without_a_known_approval_is_not_approved() {
    let package = |status: Value| {
        json!({
            "detail-type": "SageMaker Model Package State Change", "source": "aws.sagemaker",
            "detail": {
                "ModelPackageGroupName": "windsock-demo", "ModelPackageVersion": 3, "ModelPackageArn": "arn",
                "ModelApprovalStatus": status,
            },
        })
    };
    for status in [Value::Null, json!("ApprovedByNobody")] {
        let Ok(Event::ModelPackage(package)) = Event::from_value(&package(status)) else {
            panic!("it does not read");
        };
        assert_ne!(package.approval_status, Approval::Approved);
    }
}

#[test]
fn hostile_text_is_refused_without_a_panic() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_detail = format!(r#"{{"detail-type":"x","source":"y","detail":{deep}}}"#);
    for text in [
        "",
        "null",
        "[]",
        "{",
        "\u{0}",
        r#"{"detail-type":"\ud800","source":"x"}"#,
        &deep,
        &deep_detail,
    ] {
        assert!(Event::from_json(text).is_err(), "{:.40}", text);
    }
}

#[test]
fn a_duplicate_key_counts_once() {
    let text = r#"{"detail-type":"x","detail-type":"Scheduled Event","source":"aws.events"}"#;
    assert_eq!(Event::from_json(text), Ok(Event::Scheduled));
}
