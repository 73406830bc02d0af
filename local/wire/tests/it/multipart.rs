//! Uploads in parts.

use http::Method;

use crate::support::{Client, elements, header, text};

/// Parts below 5 MiB are refused unless they are last, as S3 does.
const PART_BYTES: usize = 5 * 1024 * 1024;

async fn start(client: &Client, key: &str) -> String {
    let answer = client
        .s3(
            Method::POST,
            &format!("/data/{key}?uploads"),
            &[("content-type", "text/csv")],
            b"",
        )
        .await;
    elements(&text(&answer), "UploadId")[0].clone()
}

async fn part(client: &Client, key: &str, id: &str, number: u32, body: &[u8]) -> String {
    let answer = client
        .put(&format!("/data/{key}?partNumber={number}&uploadId={id}"), body)
        .await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    header(&answer, "etag").to_owned()
}

fn completion(parts: &[(u32, String)]) -> Vec<u8> {
    let parts = parts.iter().map(|(number, etag)| {
        format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>",
            etag.replace('"', "&quot;")
        )
    });
    format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        parts.collect::<String>()
    )
    .into_bytes()
}

#[tokio::test]
async fn parts_become_one_object() {
    let client = Client::with_bucket().await;
    let id = start(&client, "big").await;
    let first = vec![b'a'; PART_BYTES];
    let parts = [
        (1, part(&client, "big", &id, 1, &first).await),
        (2, part(&client, "big", &id, 2, b"the end").await),
    ];
    let answer = client
        .s3(
            Method::POST,
            &format!("/data/big?uploadId={id}"),
            &[],
            &completion(&parts),
        )
        .await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    assert!(elements(&text(&answer), "ETag")[0].contains("-2"));

    // A range across the border between the parts.
    let range = format!("bytes={}-{}", PART_BYTES - 2, PART_BYTES + 2);
    let across = client.s3(Method::GET, "/data/big", &[("range", &range)], b"").await;
    assert_eq!(
        (text(&across).as_str(), header(&across, "content-type")),
        ("aathe", "text/csv")
    );
    assert_eq!(client.get("/data/big").await.body().len(), PART_BYTES + 7);

    let id = start(&client, "copy").await;
    let source = [("x-amz-copy-source", "/data/big"), ("x-amz-copy-source-range", &range)];
    let path = format!("/data/copy?partNumber=1&uploadId={id}");
    let copied = client.s3(Method::PUT, &path, &source, b"").await;
    let etag = elements(&text(&copied), "ETag")[0].replace("&quot;", "\"");
    client
        .s3(
            Method::POST,
            &format!("/data/copy?uploadId={id}"),
            &[],
            &completion(&[(1, etag)]),
        )
        .await;
    assert_eq!(text(&client.get("/data/copy").await), "aathe");
}

#[tokio::test]
async fn completion_holds_its_condition_and_its_parts() {
    let client = Client::with_bucket().await;
    client.put("/data/taken", b"x").await;
    let id = start(&client, "taken").await;
    let parts = [(1, part(&client, "taken", &id, 1, b"y").await)];
    let path = format!("/data/taken?uploadId={id}");
    let refused = client
        .s3(Method::POST, &path, &[("if-none-match", "*")], &completion(&parts))
        .await;
    assert_eq!(refused.status(), 412, "{}", text(&refused));
    let wrong = completion(&[(1, "\"0123456789abcdef0123456789abcdef\"".to_owned())]);
    let refused = client.s3(Method::POST, &path, &[], &wrong).await;
    assert_eq!(
        (refused.status().as_u16(), elements(&text(&refused), "Code")),
        (400, vec!["InvalidPart".to_owned()])
    );
    let zero = client
        .put(&format!("/data/taken?partNumber=0&uploadId={id}"), b"")
        .await;
    assert_eq!(elements(&text(&zero), "Code"), ["InvalidArgument"]);

    assert_eq!(client.s3(Method::DELETE, &path, &[], b"").await.status(), 204);
    let gone = client
        .put(&format!("/data/taken?partNumber=1&uploadId={id}"), b"")
        .await;
    assert_eq!(elements(&text(&gone), "Code"), ["NoSuchUpload"]);
    assert_eq!(text(&client.get("/data/taken").await), "x");
}
