//! Objects of S3: what a key, a prefix, a condition of a write and a bucket's own policy decide.

use serde_json::{Value, json};
use windsock_world::{Caller, Output, S3Request};

use crate::support::{ACCOUNT, Aws, allow, policy, role, user};

fn get(key: &str) -> S3Request {
    S3Request::Get {
        bucket: "data".into(),
        key: key.into(),
        version_id: None,
    }
}

fn list(prefix: &str) -> S3Request {
    S3Request::List {
        bucket: "data".into(),
        prefix: prefix.into(),
        delimiter: None,
        after: None,
        max_keys: 10,
    }
}

fn world(statements: Value) -> (Aws, Caller) {
    let mut aws = Aws::new();
    aws.bucket("data");
    for key in ["training/a/x", "training/ab/x"] {
        aws.put("data", key);
    }
    let caller = aws.role("reader", statements);
    (aws, caller)
}

fn code(aws: &mut Aws, caller: &Caller, request: S3Request) -> String {
    aws.s3(caller, request)
        .map_or_else(|error| format!("{} {}", error.status, error.code), |_| "ok".into())
}

#[test]
fn a_project_reads_its_own_folder_alone() {
    let mut list_own = allow("s3:ListBucket", "arn:aws:s3:::data");
    list_own["Condition"] = json!({ "StringLike": { "s3:prefix": ["training/a/*"] } });
    let (mut aws, caller) = world(json!([
        allow("s3:GetObject", "arn:aws:s3:::data/training/a/*"),
        list_own
    ]));
    assert_eq!(code(&mut aws, &caller, get("training/a/x")), "ok");
    assert_eq!(code(&mut aws, &caller, get("training/ab/x")), "403 AccessDenied");
    assert_eq!(code(&mut aws, &caller, list("training/a/")), "ok");
    assert_eq!(code(&mut aws, &caller, list("training/")), "403 AccessDenied");
    assert_eq!(code(&mut aws, &caller, list("")), "403 AccessDenied");
}

#[test]
fn s3_names_resource_and_reason() {
    let (mut aws, caller) = world(json!([]));
    let refusal = aws.s3(&caller, get("training/a/x")).unwrap_err();
    assert_eq!(
        refusal.message,
        format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/local is not authorized to perform: s3:GetObject on \
             resource: \"arn:aws:s3:::data/training/a/x\" because no identity-based policy allows the s3:GetObject action"
        )
    );
}

#[test]
fn whoever_may_not_list_is_not_told_that_a_key_is_absent() {
    let read = allow("s3:GetObject", "arn:aws:s3:::data/*");
    let (mut aws, caller) = world(json!([read]));
    assert_eq!(code(&mut aws, &caller, get("training/none")), "403 AccessDenied");
    aws.allow("reader", json!([read, allow("s3:ListBucket", "arn:aws:s3:::data")]));
    assert_eq!(code(&mut aws, &caller, get("training/none")), "404 NoSuchKey");
}

#[test]
fn copying_needs_both_reading_and_writing() {
    let (mut aws, caller) = world(json!([allow("s3:PutObject", "arn:aws:s3:::data/out/*")]));
    let copy = S3Request::Copy {
        source_bucket: "data".into(),
        source_key: "training/a/x".into(),
        bucket: "data".into(),
        key: "out/x".into(),
    };
    assert_eq!(code(&mut aws, &caller, copy.clone()), "403 AccessDenied");
    aws.allow(
        "reader",
        json!([
            allow("s3:PutObject", "arn:aws:s3:::data/out/*"),
            allow("s3:GetObject", "*")
        ]),
    );
    assert_eq!(code(&mut aws, &caller, copy), "ok");
}

/// As the platform's work bucket has it.
fn conditional_writes() -> Value {
    policy(json!([
        {
            "Sid": "OnlyFunctionsWriteMarkers", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::data/state/*",
            "Condition": { "ArnNotEquals": { "aws:PrincipalArn": [role("reader").arn] } },
        },
        {
            "Sid": "MarkersAreWrittenConditionally", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::data/state/*",
            "Condition": {
                "Null": { "s3:if-none-match": "true", "s3:if-match": "true" },
                "Bool": { "s3:ObjectCreationOperation": "true" },
            },
        },
        {
            "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        },
    ]))
}

#[test]
fn a_buckets_policy_refuses_writes_without_a_condition_and_writes_of_others() {
    let (mut aws, caller) = world(json!([allow("s3:PutObject", "arn:aws:s3:::data/*")]));
    aws.call(
        "s3",
        "PutBucketPolicy",
        json!({ "Bucket": "data", "Policy": conditional_writes().to_string() }),
    );
    let put = |aws: &Aws, first: bool| match aws.put_request("data", "state/marker") {
        S3Request::Put {
            bucket,
            key,
            blob,
            metadata,
            ..
        } => S3Request::Put {
            bucket,
            key,
            blob,
            if_none_match: first,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata,
        },
        other => other,
    };
    let (careless, careful) = (put(&aws, false), put(&aws, true));
    let refusal = aws.s3(&caller, careless).unwrap_err();
    assert!(
        refusal
            .message
            .ends_with("with an explicit deny in a resource-based policy"),
        "{refusal}"
    );
    // Not even the operator writes there.
    assert_eq!(code(&mut aws, &user("operator"), careful.clone()), "403 AccessDenied");
    assert_eq!(code(&mut aws, &caller, careful), "ok");
    // Parts carry no condition; what completes them does.
    let upload = S3Request::CreateMultipart {
        bucket: "data".into(),
        key: "state/large".into(),
        content_type: None,
        content_encoding: None,
        metadata: Default::default(),
    };
    let Ok(Output::UploadId(upload_id)) = aws.s3(&caller, upload) else {
        panic!("an upload begins");
    };
    let blob = aws.blobs.put(b"part").unwrap();
    let part = S3Request::UploadPart {
        upload_id: upload_id.clone(),
        part: 1,
        blob,
    };
    let Ok(Output::PartEtag(etag)) = aws.s3(&caller, part) else {
        panic!("a part arrives");
    };
    let complete = |if_none_match| S3Request::CompleteMultipart {
        upload_id: upload_id.clone(),
        parts: vec![(1, etag.clone())],
        if_none_match,
        if_match: None,
    };
    assert_eq!(code(&mut aws, &caller, complete(false)), "403 AccessDenied");
    assert_eq!(code(&mut aws, &caller, complete(true)), "ok");
}

#[test]
fn a_bucket_lets_somebody_in_who_has_no_policy() {
    let (mut aws, caller) = world(json!([]));
    let statement = json!({ "Effect": "Allow", "Principal": { "AWS": caller.arn }, "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::data/*" });
    aws.call(
        "s3",
        "PutBucketPolicy",
        json!({ "Bucket": "data", "Policy": policy(json!([statement])) }),
    );
    assert_eq!(code(&mut aws, &caller, get("training/a/x")), "ok");
    aws.call("s3", "DeleteBucketPolicy", json!({ "Bucket": "data" }));
    assert_eq!(code(&mut aws, &caller, get("training/a/x")), "403 AccessDenied");
}
