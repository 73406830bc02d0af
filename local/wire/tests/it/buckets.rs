//! Buckets, their configuration, and listings.

use http::Method;

use crate::support::{Client, elements, header, text};

#[tokio::test]
async fn buckets_are_made_listed_and_removed() {
    let client = Client::with_bucket().await;
    assert_eq!(client.put("/work", b"").await.status(), 200);
    let listed = text(&client.get("/").await);
    assert_eq!(elements(&listed, "Name"), ["data", "work"]);
    assert_eq!(elements(&listed, "CreationDate")[0], "2026-11-22T10:00:00.000Z");
    let head = client.s3(Method::HEAD, "/data", &[], b"").await;
    assert_eq!(
        (head.status().as_u16(), header(&head, "x-amz-bucket-region")),
        (200, "us-east-1")
    );
    assert_eq!(client.s3(Method::HEAD, "/nowhere", &[], b"").await.status(), 404);
    assert!(text(&client.get("/data?location").await).contains("LocationConstraint"));

    client.put("/work/a", b"").await;
    let full = client.s3(Method::DELETE, "/work", &[], b"").await;
    assert_eq!(
        (full.status().as_u16(), elements(&text(&full), "Code")),
        (409, vec!["BucketNotEmpty".to_owned()])
    );
    client.s3(Method::DELETE, "/work/a", &[], b"").await;
    assert_eq!(client.s3(Method::DELETE, "/work", &[], b"").await.status(), 204);
    let elsewhere = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>\
                      </CreateBucketConfiguration>";
    let refused = client.put("/elsewhere", elsewhere).await;
    assert_eq!(
        elements(&text(&refused), "Code"),
        ["IllegalLocationConstraintException"]
    );
}

#[tokio::test]
async fn versioning_keeps_what_was_overwritten() {
    let client = Client::with_bucket().await;
    assert!(!text(&client.get("/data?versioning").await).contains("Status"));
    let enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(client.put("/data?versioning", enabled).await.status(), 200);
    assert_eq!(
        elements(&text(&client.get("/data?versioning").await), "Status"),
        ["Enabled"]
    );

    let first = client.put("/data/a", b"one").await;
    let old = header(&first, "x-amz-version-id").to_owned();
    assert!(!old.is_empty());
    client.put("/data/a", b"two").await;
    assert_eq!(text(&client.get(&format!("/data/a?versionId={old}")).await), "one");
    client.s3(Method::DELETE, "/data/a", &[], b"").await;
    assert_eq!(client.get("/data/a").await.status(), 404);

    let versions = text(&client.get("/data?versions").await);
    assert_eq!(elements(&versions, "Version").len(), 2);
    let markers = elements(&versions, "DeleteMarker");
    assert_eq!(elements(&markers[0], "IsLatest"), ["true"]);
    assert_eq!(
        elements(&versions, "IsLatest")
            .iter()
            .filter(|latest| *latest == "true")
            .count(),
        1
    );
    assert_eq!(client.get("/data/a?versionId=none").await.status(), 404);
}

#[tokio::test]
async fn a_bucket_tells_event_bridge_when_asked_to() {
    let client = Client::with_bucket().await;
    assert!(!text(&client.get("/data?notification").await).contains("EventBridge"));
    let on = b"<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
    let answer = client.put("/data?notification", on).await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    assert!(text(&client.get("/data?notification").await).contains("EventBridgeConfiguration"));
    let queue = b"<NotificationConfiguration><QueueConfiguration><Queue>arn</Queue><Event>s3:ObjectCreated:*</Event>\
                  </QueueConfiguration></NotificationConfiguration>";
    assert_eq!(client.put("/data?notification", queue).await.status(), 501);
}

#[tokio::test]
async fn a_bucket_keeps_its_policy_its_public_access_block_and_its_encryption() {
    let client = Client::with_bucket().await;
    let absent = [
        ("policy", "NoSuchBucketPolicy"),
        ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    ];
    for (what, code) in absent {
        let answer = client.get(&format!("/data?{what}")).await;
        assert_eq!(
            (answer.status().as_u16(), elements(&text(&answer), "Code")),
            (404, vec![code.to_owned()])
        );
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":
        "arn:aws:s3:::data/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
    let block = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true\
                  </IgnorePublicAcls></PublicAccessBlockConfiguration>";
    let encryption = b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>\
                       aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/ours</KMSMasterKeyID>\
                       </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
    for (what, body) in [
        ("policy", policy.as_bytes()),
        ("publicAccessBlock", block),
        ("encryption", encryption),
    ] {
        let answer = client.put(&format!("/data?{what}"), body).await;
        assert!(answer.status().is_success(), "{what}: {}", text(&answer));
    }
    assert_eq!(text(&client.get("/data?policy").await), policy);
    let block = text(&client.get("/data?publicAccessBlock").await);
    assert_eq!(
        (
            elements(&block, "BlockPublicAcls"),
            elements(&block, "BlockPublicPolicy")
        ),
        (vec!["true".to_owned()], vec!["false".to_owned()])
    );
    let kept = text(&client.get("/data?encryption").await);
    assert_eq!(
        (elements(&kept, "SSEAlgorithm"), elements(&kept, "KMSMasterKeyID")),
        (vec!["aws:kms".to_owned()], vec!["alias/ours".to_owned()])
    );
    let malformed = client.put("/data?policy", b"{}").await;
    assert_eq!(elements(&text(&malformed), "Code"), ["MalformedPolicy"]);
    for (what, _) in absent {
        assert_eq!(
            client
                .s3(Method::DELETE, &format!("/data?{what}"), &[], b"")
                .await
                .status(),
            204
        );
        assert_eq!(client.get(&format!("/data?{what}")).await.status(), 404);
    }
}

#[tokio::test]
async fn listings_come_in_pages_and_folders() {
    let client = Client::with_bucket().await;
    for key in ["a/1", "a/2", "b/1", "c", "d"] {
        client.put(&format!("/data/{key}"), b"x").await;
    }
    let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = text(
            &client
                .get(&format!("/data?list-type=2&delimiter=%2F&max-keys=2{token}"))
                .await,
        );
        seen.extend(
            elements(&page, "CommonPrefixes")
                .iter()
                .flat_map(|prefix| elements(prefix, "Prefix")),
        );
        seen.extend(elements(&page, "Key"));
        pages += 1;
        match elements(&page, "NextContinuationToken").first() {
            Some(next) => token = format!("&continuation-token={next}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (["a/", "b/", "c", "d"].map(str::to_owned).to_vec(), 2));

    let under = text(&client.get("/data?list-type=2&prefix=a%2F&start-after=a%2F1").await);
    assert_eq!(
        (elements(&under, "Key"), elements(&under, "KeyCount")),
        (vec!["a/2".to_owned()], vec!["1".to_owned()])
    );
    let old = text(&client.get("/data?marker=b%2F1&max-keys=1").await);
    assert_eq!(
        (elements(&old, "Key"), elements(&old, "IsTruncated")),
        (vec!["c".to_owned()], vec!["true".to_owned()])
    );
    assert_eq!(
        client.get("/data?list-type=2&continuation-token=zz").await.status(),
        400
    );
    assert_eq!(client.get("/data?list-type=2&max-keys=-1").await.status(), 400);
    assert_eq!(client.get("/nowhere?list-type=2").await.status(), 404);
}

#[tokio::test]
async fn hostile_requests_get_a_clear_answer() {
    let client = Client::with_bucket().await;
    let cases: [(Method, &str, &[u8]); 6] = [
        (Method::PUT, "/data?versioning", b"<not xml"),
        (Method::POST, "/data?delete", b"\xff\xfe"),
        (Method::PUT, "/Bad_Bucket", b""),
        (Method::GET, "/data/%ff", b""),
        (
            Method::PUT,
            "/data?versioning",
            b"<VersioningConfiguration><Status>Perhaps</Status></VersioningConfiguration>",
        ),
        (Method::POST, "/data/key?uploadId=none", b"<CompleteMultipartUpload/>"),
    ];
    for (method, path, body) in cases {
        let answer = client.s3(method, path, &[], body).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        assert_eq!(elements(&text(&answer), "Code").len(), 1, "{path}: {}", text(&answer));
    }
    let unknown = client.get("/data?website").await;
    assert_eq!(
        (unknown.status().as_u16(), elements(&text(&unknown), "Code")),
        (501, vec!["NotImplemented".to_owned()])
    );
}
