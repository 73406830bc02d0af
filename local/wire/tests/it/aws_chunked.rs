//! Bodies in `aws-chunked`, which current SDKs send over HTTP so that a checksum can follow the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, Response};

use crate::support::{Client, elements, header, text};

const UNSIGNED_WITH_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

async fn put(client: &Client, length: usize, body: &str) -> Response<bytes::Bytes> {
    let length = length.to_string();
    let headers = [
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", length.as_str()),
        ("x-amz-sdk-checksum-algorithm", "CRC32"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    client
        .s3_body(Method::PUT, "/data/a", &headers, UNSIGNED_WITH_TRAILER, body.as_bytes())
        .await
}

fn crc32(bytes: &[u8]) -> String {
    STANDARD.encode(crc32fast::hash(bytes).to_be_bytes())
}

#[tokio::test]
async fn chunks_are_joined_and_the_trailing_checksum_is_verified() {
    let client = Client::with_bucket().await;
    let sum = crc32(b"hello world");
    let body = format!("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:{sum}\r\n\r\n");
    let answer = put(&client, 11, &body).await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    assert_eq!(header(&answer, "x-amz-checksum-crc32"), sum);
    let get = client.get("/data/a").await;
    assert_eq!(text(&get), "hello world");
    assert_eq!(
        header(&get, "content-encoding"),
        "",
        "the way it travelled is not how it is stored"
    );
}

#[tokio::test]
async fn a_body_that_does_not_keep_its_word_is_not_stored() {
    let client = Client::with_bucket().await;
    let wrong = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{}\r\n\r\n", crc32(b"other"));
    let answer = put(&client, 5, &wrong).await;
    assert_eq!(
        (answer.status().as_u16(), elements(&text(&answer), "Code")),
        (400, vec!["BadDigest".to_owned()])
    );
    for cut_short in ["5\r\nhel", "zz\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nhello\r\n"] {
        let answer = put(&client, 5, cut_short).await;
        assert!(answer.status().is_client_error(), "{cut_short:?}: {}", answer.status());
    }
    assert_eq!(client.get("/data/a").await.status(), 404);
}
