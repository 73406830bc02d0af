//! S3: conditional writes, versions, listings.

use serde_json::json;
use windsock_world::{Output, S3Request};

use crate::support::Aws;

pub fn refused(aws: &mut Aws, request: S3Request) -> (u16, String) {
    let error = aws.s3(request).expect_err("a refusal");
    (error.status, error.code)
}

/// A put of `bytes` under the conditions `If-None-Match: *` and `If-Match`.
fn conditional(aws: &Aws, key: &str, bytes: &[u8], absent: bool, etag: Option<&str>) -> S3Request {
    match aws.put_request("data", key, bytes) {
        S3Request::Put {
            bucket,
            key,
            blob,
            content_type,
            content_encoding,
            metadata,
            ..
        } => S3Request::Put {
            bucket,
            key,
            blob,
            if_none_match: absent,
            if_match: etag.map(str::to_owned),
            content_type,
            content_encoding,
            metadata,
        },
        other => other,
    }
}

fn list(aws: &mut Aws, prefix: &str, after: Option<&str>, max_keys: usize) -> (Vec<String>, Option<String>) {
    let (bucket, prefix, delimiter) = ("data".to_owned(), prefix.to_owned(), Some("/".to_owned()));
    let request = S3Request::List {
        bucket,
        prefix,
        delimiter,
        after: after.map(str::to_owned),
        max_keys,
    };
    let Ok(Output::Listing {
        objects,
        common_prefixes,
        next,
    }) = aws.s3(request)
    else {
        panic!("a listing")
    };
    let keys = objects.into_iter().map(|object| object.key);
    (
        keys.chain(common_prefixes.into_iter().map(|prefix| format!("[{prefix}]")))
            .collect(),
        next,
    )
}

#[test]
fn conditional_writes_let_one_writer_win() {
    let mut aws = Aws::new();
    aws.bucket("data");
    let first = conditional(&aws, "k", b"one", true, None);
    aws.s3(first).expect("the first writer wins");
    let second = conditional(&aws, "k", b"two", true, None);
    assert_eq!(refused(&mut aws, second), (412, "PreconditionFailed".into()));
    let etag = aws.put("data", "k", b"three").etag;
    let stale = conditional(&aws, "k", b"four", false, Some("0cc175b9c0f1b6a831c399e269772661"));
    assert_eq!(refused(&mut aws, stale), (412, "PreconditionFailed".into()));
    let swap = conditional(&aws, "k", b"five", false, Some(&format!("\"{etag}\"")));
    aws.s3(swap).expect("the ETag matched");
    let absent = conditional(&aws, "none", b"six", false, Some(&etag));
    assert_eq!(refused(&mut aws, absent), (404, "NoSuchKey".into()));
    // Under a delete marker a key is absent.
    aws.s3(S3Request::Delete {
        bucket: "data".into(),
        key: "k".into(),
        version_id: None,
    })
    .expect("a delete");
    let again = conditional(&aws, "k", b"seven", true, None);
    aws.s3(again).expect("absent again");
}

#[test]
fn versions_outlive_overwriting_and_deleting() {
    let mut aws = Aws::new();
    aws.bucket("data");
    let old = aws.put("data", "k", b"old");
    aws.put("data", "k", b"new");
    aws.s3(S3Request::Delete {
        bucket: "data".into(),
        key: "k".into(),
        version_id: None,
    })
    .expect("a delete");
    let head = |version_id| S3Request::Head {
        bucket: "data".into(),
        key: "k".into(),
        version_id,
    };
    assert_eq!(refused(&mut aws, head(None)), (404, "NoSuchKey".into()));
    assert_eq!(aws.s3(head(old.version_id.clone())), Ok(Output::Object(old)));
    let Ok(Output::Listing { objects, .. }) = aws.s3(S3Request::ListVersions {
        bucket: "data".into(),
        prefix: String::new(),
    }) else {
        panic!("a listing")
    };
    let shown: Vec<_> = objects
        .iter()
        .map(|object| (object.delete_marker, object.size))
        .collect();
    assert_eq!(shown, [(true, 0), (false, 3), (false, 3)]);
    assert_eq!(
        refused(&mut aws, head(objects[0].version_id.clone())),
        (405, "MethodNotAllowed".into())
    );
    assert_eq!(
        aws.refusal("s3", "DeleteBucket", json!({ "Bucket": "data" })),
        "BucketNotEmpty"
    );
    for object in objects {
        let version_id = object.version_id;
        aws.s3(S3Request::Delete {
            bucket: "data".into(),
            key: object.key,
            version_id,
        })
        .expect("a delete");
    }
    aws.call("s3", "DeleteBucket", json!({ "Bucket": "data" }));
}

#[test]
fn listings_fold_at_the_delimiter_and_continue() {
    let mut aws = Aws::new();
    aws.bucket("data");
    for key in ["a.csv", "p/1", "p/2", "q/r/1", "z.csv"] {
        aws.put("data", key, b"x");
    }
    assert_eq!(
        list(&mut aws, "", None, 1000),
        (
            vec!["a.csv", "z.csv", "[p/]", "[q/]"]
                .into_iter()
                .map(Into::into)
                .collect(),
            None
        )
    );
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = list(&mut aws, "", after.as_deref(), 1);
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a.csv", "[p/]", "[q/]", "z.csv"]);
    assert_eq!(list(&mut aws, "p/", None, 1000).0, ["p/1", "p/2"]);
    assert_eq!(list(&mut aws, "p", None, 1000).0, ["[p/]"]);
}
