//! Objects: written, read in part, conditionally, copied, deleted; keys and checksums of every kind.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::{Client, elements, header, text};

#[tokio::test]
async fn an_object_comes_back_as_it_was_sent() {
    let client = Client::with_bucket().await;
    let headers = [
        ("content-type", "text/csv"),
        ("x-amz-meta-source", "sensor 7"),
        ("content-encoding", "gzip"),
    ];
    let put = client.s3(Method::PUT, "/data/a.csv", &headers, b"a,b\n1,2\n").await;
    assert_eq!(put.status(), 200, "{}", text(&put));
    assert_eq!(header(&put, "etag"), "\"e5ebd4c02cefbe7955977c67ada242b7\"");

    let get = client.get("/data/a.csv").await;
    assert_eq!(get.body().as_ref(), b"a,b\n1,2\n");
    assert_eq!(header(&get, "content-type"), "text/csv");
    assert_eq!(header(&get, "content-encoding"), "gzip");
    assert_eq!(header(&get, "x-amz-meta-source"), "sensor 7");
    assert_eq!(header(&get, "last-modified"), "Sun, 22 Nov 2026 10:00:00 GMT");
    assert!(!header(&get, "x-amz-request-id").is_empty());

    let head = client.s3(Method::HEAD, "/data/a.csv", &[], b"").await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "8"));
    assert_eq!(client.s3(Method::HEAD, "/data/none", &[], b"").await.status(), 404);
    let missing = client.get("/data/none").await;
    assert_eq!(
        (missing.status().as_u16(), elements(&text(&missing), "Code")),
        (404, vec!["NoSuchKey".to_owned()])
    );
}

#[tokio::test]
async fn ranges_are_cut_out() {
    let client = Client::with_bucket().await;
    client.put("/data/ten", b"0123456789").await;
    for (range, part, content_range) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
    ] {
        let answer = client.s3(Method::GET, "/data/ten", &[("range", range)], b"").await;
        assert_eq!(
            (answer.status().as_u16(), text(&answer).as_str()),
            (206, part),
            "{range}"
        );
        assert_eq!(header(&answer, "content-range"), content_range);
    }
    let beyond = client
        .s3(Method::GET, "/data/ten", &[("range", "bytes=10-")], b"")
        .await;
    assert_eq!(
        (beyond.status().as_u16(), elements(&text(&beyond), "Code")),
        (416, vec!["InvalidRange".to_owned()])
    );
}

#[tokio::test]
async fn writes_hold_their_conditions() {
    let client = Client::with_bucket().await;
    let absent = [("if-none-match", "*")];
    let first = client.s3(Method::PUT, "/data/record", &absent, b"one").await;
    assert_eq!(first.status(), 200);
    let second = client.s3(Method::PUT, "/data/record", &absent, b"two").await;
    assert_eq!(second.status(), 412);
    assert_eq!(elements(&text(&second), "Code"), ["PreconditionFailed"]);

    let etag = header(&first, "etag").to_owned();
    let swap = client
        .s3(Method::PUT, "/data/record", &[("if-match", &etag)], b"two")
        .await;
    assert_eq!(swap.status(), 200);
    let late = client
        .s3(Method::PUT, "/data/record", &[("if-match", &etag)], b"three")
        .await;
    assert_eq!(late.status(), 412);
    assert_eq!(
        client
            .s3(Method::PUT, "/data/other", &[("if-match", &etag)], b"x")
            .await
            .status(),
        404
    );
    assert_eq!(text(&client.get("/data/record").await), "two");
}

#[tokio::test]
async fn reads_hold_their_conditions() {
    let client = Client::with_bucket().await;
    let etag = header(&client.put("/data/a", b"a").await, "etag").to_owned();
    let get = async |name: &str, value: &str| client.s3(Method::GET, "/data/a", &[(name, value)], b"").await.status();
    assert_eq!(get("if-match", &etag).await, 200);
    assert_eq!(get("if-match", "\"other\"").await, 412);
    assert_eq!(get("if-none-match", &etag).await, 304);
    assert_eq!(get("if-none-match", "\"other\"").await, 200);
    assert_eq!(get("if-modified-since", "Sun, 22 Nov 2026 10:00:00 GMT").await, 304);
    assert_eq!(get("if-unmodified-since", "Sat, 21 Nov 2026 10:00:00 GMT").await, 412);
}

#[tokio::test]
async fn keys_of_every_kind_round_trip() {
    const PATH: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'/');
    let keys = [
        "a b+c%d.csv",
        "ünï/日本/🙂",
        "../up",
        "a/../../etc/passwd",
        "./x",
        "//double//",
        "folder/",
        "q?a=b&c#d",
        "%2e%2e/x",
        "a\\b",
        "'\"<&>",
        "schedules/x",
    ];
    let client = Client::with_bucket().await;
    for key in keys {
        let path = format!("/data/{}", utf8_percent_encode(key, PATH));
        assert_eq!(client.put(&path, key.as_bytes()).await.status(), 200, "{key}");
        assert_eq!(text(&client.get(&path).await), key);
    }
    let mut expected: Vec<_> = keys
        .iter()
        .map(|key| utf8_percent_encode(key, PATH).to_string())
        .collect();
    expected.sort();
    let listing = text(&client.get("/data?list-type=2&encoding-type=url").await);
    let mut listed = elements(&listing, "Key");
    listed.sort();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn checksums_are_verified_and_given_back() {
    let client = Client::with_bucket().await;
    let crc32 = STANDARD.encode(crc32fast::hash(b"hello").to_be_bytes());
    let put = client
        .s3(Method::PUT, "/data/a", &[("x-amz-checksum-crc32", &crc32)], b"hello")
        .await;
    assert_eq!(
        (put.status().as_u16(), header(&put, "x-amz-checksum-crc32")),
        (200, crc32.as_str())
    );
    for (name, value) in [
        ("x-amz-checksum-crc32", crc32.as_str()),
        ("x-amz-checksum-sha256", "AAAA"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ] {
        let put = client.s3(Method::PUT, "/data/a", &[(name, value)], b"other").await;
        assert_eq!(
            (put.status().as_u16(), elements(&text(&put), "Code")),
            (400, vec!["BadDigest".to_owned()]),
            "{name}"
        );
    }
    assert_eq!(text(&client.get("/data/a").await), "hello");
}

#[tokio::test]
async fn objects_are_copied_and_deleted() {
    let client = Client::with_bucket().await;
    client
        .s3(Method::PUT, "/data/a%20b", &[("x-amz-meta-k", "v")], b"copied")
        .await;
    let copy = client
        .s3(Method::PUT, "/data/copy", &[("x-amz-copy-source", "/data/a%20b")], b"")
        .await;
    assert_eq!(copy.status(), 200, "{}", text(&copy));
    let get = client.get("/data/copy").await;
    assert_eq!((text(&get).as_str(), header(&get, "x-amz-meta-k")), ("copied", "v"));
    let conditional = [
        ("x-amz-copy-source", "data/copy"),
        ("x-amz-copy-source-if-none-match", header(&get, "etag")),
    ];
    assert_eq!(
        client.s3(Method::PUT, "/data/again", &conditional, b"").await.status(),
        412
    );

    assert_eq!(client.s3(Method::DELETE, "/data/copy", &[], b"").await.status(), 204);
    assert_eq!(client.get("/data/copy").await.status(), 404);
    let several = b"<Delete><Object><Key>a b</Key></Object><Object><Key>never was</Key></Object></Delete>";
    let answer = client.s3(Method::POST, "/data?delete", &[], several).await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    assert_eq!(elements(&text(&answer), "Key"), ["a b", "never was"]);
    assert_eq!(client.get("/data/a%20b").await.status(), 404);
}

#[tokio::test]
async fn what_would_be_lost_is_refused_by_name() {
    let client = Client::with_bucket().await;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-amz-tagging", "a=b"),
        ("content-disposition", "inline"),
    ] {
        let put = client.s3(Method::PUT, "/data/a", &[(name, value)], b"").await;
        assert_eq!(put.status(), 501, "{name}");
        assert!(text(&put).to_lowercase().contains(name), "{}", text(&put));
    }
}

#[tokio::test]
async fn strangers_and_wrong_secrets_are_refused() {
    let client = Client::with_bucket().await;
    let wrong = client.with_wrong_secret().put("/data/a", b"x").await;
    assert_eq!(wrong.status(), 403);
    assert_eq!(elements(&text(&wrong), "Code"), ["SignatureDoesNotMatch"]);
    let unsigned = http::Request::get("/data/a").header("host", crate::support::HOST);
    let unsigned = client
        .wire
        .handle(unsigned.body(bytes::Bytes::new()).expect("a request"))
        .await;
    assert_eq!(
        (unsigned.status().as_u16(), elements(&text(&unsigned), "Code")),
        (403, vec!["AccessDenied".to_owned()])
    );
    let stranger = http::Request::get("/data/a")
        .header("host", crate::support::HOST)
        .header("x-amz-date", "20261122T100000Z")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=stranger/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        );
    let stranger = client
        .wire
        .handle(stranger.body(bytes::Bytes::new()).expect("a request"))
        .await;
    assert_eq!(stranger.status(), 403);
    assert_eq!(elements(&text(&stranger), "Code"), ["InvalidAccessKeyId"]);
}
