//! A world in memory, and a client small enough to be read: it signs, sends and gives back what came.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use windsock_wire::{MemoryBackend, Wire};
use windsock_world::{MemoryBlobs, Settings};

pub const HOST: &str = "127.0.0.1:4566";
const DATE: &str = "20261122T100000Z";
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub struct Client {
    pub wire: Wire,
    secret: &'static str,
}

impl Client {
    pub fn new() -> Self {
        let settings = Settings {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            started_at: 1_795_341_600_000,
            sagemaker_event_copies: 1,
            confirm_emails: true,
            faults: Default::default(),
            enforcement: Default::default(),
        };
        let backend = MemoryBackend::new(settings, MemoryBlobs::shared());
        Self {
            wire: Wire::new(Arc::new(backend)),
            secret: "test",
        }
    }

    /// The same world, asked by somebody who knows the access key and not the secret.
    pub fn with_wrong_secret(&self) -> Self {
        Self {
            wire: self.wire.clone(),
            secret: "guess",
        }
    }

    /// A client of a world that has the bucket `data`.
    pub async fn with_bucket() -> Self {
        let client = Self::new();
        assert_eq!(client.put("/data", b"").await.status(), 200);
        client
    }

    pub async fn get(&self, path: &str) -> Response<Bytes> {
        self.s3(Method::GET, path, &[], b"").await
    }

    pub async fn put(&self, path: &str, body: &[u8]) -> Response<Bytes> {
        self.s3(Method::PUT, path, &[], body).await
    }

    pub async fn s3(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
        self.s3_body(method, path, headers, "UNSIGNED-PAYLOAD", body).await
    }

    /// A signed S3 request whose body is described by `payload` (a hash or one of S3's words).
    pub async fn s3_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        payload: &str,
        body: &[u8],
    ) -> Response<Bytes> {
        let mut all = vec![("host", HOST), ("x-amz-content-sha256", payload), ("x-amz-date", DATE)];
        all.extend_from_slice(headers);
        all.sort_unstable();
        let authorization = self.authorization(&method, path, &all, payload);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", authorization);
        for (name, value) in &all {
            request = request.header(*name, *value);
        }
        request = request.header("content-length", body.len());
        let request = request.body(Bytes::copy_from_slice(body)).expect("a request of a test");
        self.wire.handle(request).await
    }

    /// AWS Signature Version 4 for S3: the path is signed as it is sent.
    fn authorization(&self, method: &Method, path: &str, headers: &[(&str, &str)], payload: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.sort();
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let canonical = format!("{method}\n{path}\n{}\n{lines}\n{names}\n{payload}", pairs.join("&"));
        let scope = format!("{}/us-east-1/s3/aws4_request", &DATE[..8]);
        let digest = hex::encode(Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{DATE}\n{scope}\n{digest}");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [&DATE[..8], "us-east-1", "s3", "aws4_request", &text] {
            key = hmac(&key, part.as_bytes());
        }
        let signature = hex::encode(key);
        format!("AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={signature}")
    }

    /// A call of another service: only its access key is looked at.
    pub async fn call(&self, service: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
        let credential = format!("AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{service}/aws4_request");
        let mut request = Request::builder().method(Method::POST).uri(path).header("host", HOST);
        request = request.header("authorization", credential);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.wire
            .handle(request.body(Bytes::copy_from_slice(body)).expect("a request of a test"))
            .await
    }
}

/// HMAC-SHA256 of RFC 2104; keys here are never longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

pub fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

pub fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The texts of all elements of one name, in order.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts
        .filter_map(|part| part.split_once(&close))
        .map(|(inner, _)| inner.to_owned())
        .collect()
}
