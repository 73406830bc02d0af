//! Bucket policies of other people, and what they do to us.

use super::*;

fn ours() -> Ours {
    Ours {
        bucket: "lake".into(),
        partition: "aws".into(),
        account: "111122223333".into(),
        role_path: "/".into(),
        name_prefix: "windsock".into(),
        projects: vec!["demo".into()],
    }
}

const TLS_ONLY: &str = r#"{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*",
    "Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;

fn judged(statements: &[&str]) -> Judgement {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Id":"theirs","Statement":[{}]}}"#,
        statements.join(",")
    );
    let judgement = ours().judge(Some(&policy)).expect("a policy");
    let again = ours().judge(Some(&judgement.mended.to_string())).expect("a policy");
    assert!(
        !again.plain_http && again.denied.is_empty(),
        "the mended policy mends: {again:?}"
    );
    assert_eq!(again.mended, judgement.mended, "and needs no more");
    assert_eq!(judgement.mended["Id"], "theirs");
    judgement
}

#[test]
fn a_policy_like_ours_is_well() {
    let judgement = judged(&[TLS_ONLY]);
    assert_eq!(
        (judgement.plain_http, judgement.denied.len(), judgement.perhaps.len()),
        (false, 0, 0)
    );
}

#[test]
fn without_a_policy_plain_http_is_let_in() {
    let judgement = ours().judge(None).expect("no policy at all");
    assert!(judgement.plain_http);
    assert_eq!(judgement.mended["Statement"][0]["Sid"], "TlsOnly");
}

#[test]
fn one_that_refuses_plain_http_for_objects_alone_lets_it_list() {
    let judgement = judged(&[&TLS_ONLY.replace(r#""arn:aws:s3:::lake","#, "")]);
    assert!(judgement.plain_http);
    assert_eq!(judgement.mended["Statement"][1]["Sid"], "WindsockTlsOnly");
}

#[test]
fn a_list_of_who_may_read_is_made_longer_by_those_who_need_to() {
    let others = r#"{"Sid":"OnlyTheLake","Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],
        "Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"],
        "Condition":{"ArnNotLike":{"aws:principalarn":"arn:aws:iam::111122223333:role/lake"}}}"#;
    let judgement = judged(&[TLS_ONLY, others]);
    assert!(
        judgement
            .denied
            .contains(&"statement OnlyTheLake denies s3:GetObject to windsock-demo-jobs".to_owned())
    );
    let kept = &judgement.mended["Statement"][1]["Condition"]["ArnNotLike"]["aws:principalarn"];
    assert_eq!(kept[0], "arn:aws:iam::111122223333:role/lake");
    let added: Vec<&str> = kept
        .as_array()
        .expect("a list")
        .iter()
        .skip(1)
        .filter_map(Value::as_str)
        .collect();
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/windsock-{name}");
    let wanted = [
        "start-training",
        "start-inference",
        "respond-to-drift",
        "sweep",
        "data-scientist",
        "*-jobs",
    ];
    assert_eq!(added, wanted.map(role));
}

#[test]
fn conditions_that_stand_beside_an_exception_stay() {
    let others = r#"{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/lake"},"Action":"s3:PutObject",
        "Resource":"arn:aws:s3:::lake/training/*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"9"}}}"#;
    let judgement = judged(&[TLS_ONLY, others]);
    assert_eq!(
        judgement.denied,
        ["statement 2 denies s3:PutObject to windsock-data-scientist"]
    );
    assert_eq!(
        judgement.mended["Statement"][1]["Condition"],
        json!({
            "StringNotEquals": { "aws:PrincipalAccount": "9" },
            "ArnNotLike": { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/windsock-data-scientist"] },
        })
    );
}

#[test]
fn what_depends_on_the_network_is_left_to_a_person() {
    let others = r#"{"Sid":"Inside","Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::lake",
        "Condition":{"StringNotEquals":{"aws:sourceVpce":"vpce-1"}}}"#;
    let judgement = judged(&[TLS_ONLY, others]);
    assert_eq!(judgement.denied, [""; 0]);
    let line = "statement Inside denies s3:ListBucket to windsock-sweep, depending on aws:sourceVpce";
    assert!(judgement.perhaps.contains(&line.to_owned()), "{judgement:?}");
    assert_eq!(judgement.mended["Statement"].as_array().map(Vec::len), Some(2));
}

#[test]
fn uploads_that_must_say_how_they_are_encrypted_are_told_so() {
    let others = r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::lake/*",
        "Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}"#;
    let judgement = judged(&[TLS_ONLY, others]);
    assert_eq!(
        (judgement.denied.len(), judgement.uploads_say),
        (0, Some("--sse aws:kms"))
    );
}

#[test]
fn what_is_no_policy_is_an_error() {
    assert!(ours().judge(Some("{}")).is_err());
    assert!(ours().judge(Some("nothing")).is_err());
}
