//! S3: multipart uploads, copies of their objects, and the events of every kind of write.

use std::collections::BTreeMap;

use serde_json::json;
use windsock_world::{Output, S3Request};

use crate::{objects::refused, support::Aws};

#[test]
fn parts_become_one_object_whose_etag_counts_them() {
    let mut aws = Aws::new();
    aws.bucket("data");
    let create = S3Request::CreateMultipart {
        bucket: "data".into(),
        key: "big".into(),
        content_type: Some("text/csv".into()),
        content_encoding: None,
        metadata: BTreeMap::from([("from".into(), "here".into())]),
    };
    let Ok(Output::UploadId(upload_id)) = aws.s3(create) else {
        panic!("an upload")
    };
    let mut etags = Vec::new();
    for (part, bytes) in [(1, vec![b'a'; 5 * 1024 * 1024]), (2, b"end".to_vec())] {
        let blob = aws.blobs.put(&bytes).expect("a blob");
        let Ok(Output::PartEtag(etag)) = aws.s3(S3Request::UploadPart {
            upload_id: upload_id.clone(),
            part,
            blob,
        }) else {
            panic!("a part")
        };
        etags.push((part, etag));
    }
    let complete = |parts: Vec<(u32, String)>| S3Request::CompleteMultipart {
        upload_id: upload_id.clone(),
        parts,
        if_none_match: false,
        if_match: None,
    };
    let reversed: Vec<_> = etags.iter().rev().cloned().collect();
    assert_eq!(refused(&mut aws, complete(reversed)).1, "InvalidPartOrder");
    assert_eq!(refused(&mut aws, complete(vec![(1, "wrong".into())])).1, "InvalidPart");
    let Ok(Output::Object(object)) = aws.s3(complete(etags)) else {
        panic!("an object")
    };
    assert!(object.etag.ends_with("-2"), "{}", object.etag);
    assert_eq!(
        (object.size, object.content_type.as_deref()),
        (5 * 1024 * 1024 + 3, Some("text/csv"))
    );
    assert_eq!(refused(&mut aws, complete(Vec::new())).1, "NoSuchUpload");
    let copy = S3Request::Copy {
        source_bucket: "data".into(),
        source_key: "big".into(),
        bucket: "data".into(),
        key: "copy".into(),
    };
    let Ok(Output::Object(copy)) = aws.s3(copy) else {
        panic!("a copy")
    };
    assert!(!copy.etag.contains('-'), "a copy is one part: {}", copy.etag);
    let reasons: Vec<_> = aws
        .events("Object Created")
        .iter()
        .map(|event| event["reason"].clone())
        .collect();
    assert_eq!(reasons, ["CompleteMultipartUpload", "CopyObject"]);
}

#[test]
fn events_have_the_documented_members_and_folder_markers_send_them_too() {
    let mut aws = Aws::new();
    aws.bucket("data");
    aws.call("s3", "CreateBucket", json!({ "Bucket": "silent" }));
    aws.put("silent", "k", b"x");
    assert!(
        aws.events("Object Created").is_empty(),
        "a bucket without EventBridge is silent"
    );
    aws.put("data", "raw/train/", b"");
    aws.put("data", "raw/train/a b+c.csv", b"x");
    aws.s3(S3Request::Delete {
        bucket: "data".into(),
        key: "raw/train/".into(),
        version_id: None,
    })
    .expect("a delete");
    let created = aws.events("Object Created");
    assert_eq!(created[0]["object"]["key"], "raw/train/");
    assert_eq!(created[0]["object"]["size"], 0);
    assert_eq!(created[1]["object"]["key"], "raw/train/a b+c.csv");
    assert!(created[0]["object"]["sequencer"].as_str() < created[1]["object"]["sequencer"].as_str());
    let members = |value: &serde_json::Value| {
        let mut names: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    let detail = [
        "bucket",
        "object",
        "reason",
        "request-id",
        "requester",
        "source-ip-address",
        "version",
    ];
    assert_eq!(members(&created[0]), detail);
    assert_eq!(
        members(&created[0]["object"]),
        ["etag", "key", "sequencer", "size", "version-id"]
    );
    let deleted = aws.events("Object Deleted");
    assert_eq!(deleted[0]["deletion-type"], "Delete Marker Created");
    assert_eq!(
        members(&deleted[0]["object"]),
        ["etag", "key", "sequencer", "version-id"]
    );
}
