//! Requests to the local endpoint without a socket: a world with one bucket, and signatures as S3 wants them.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use sha2::{Digest, Sha256};
use windsock_wire::{MemoryBackend, Wire};
use windsock_world::{MemoryBlobs, Settings};

pub const HOST: &str = "127.0.0.1:4566";
const DATE: &str = "20261122T100000Z";
const PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A world, and who asks it.
pub struct Endpoint {
    wire: Wire,
    runtime: tokio::runtime::Runtime,
}

impl Endpoint {
    /// With the bucket `data`.
    pub fn new() -> Self {
        let settings = Settings {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            started_at: 1_795_341_600_000,
            sagemaker_event_copies: 1,
            confirm_emails: true,
            faults: Default::default(),
            enforcement: Default::default(),
        };
        let backend = MemoryBackend::new(settings, MemoryBlobs::shared());
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let endpoint = Self {
            wire: Wire::new(Arc::new(backend)),
            runtime: runtime.expect("a runtime"),
        };
        let made = endpoint.s3("PUT", "/data", &[], b"").expect("a request");
        assert_eq!(made.status(), 200);
        endpoint
    }

    pub fn ask(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.runtime.block_on(self.wire.handle(request))
    }

    /// A signed S3 request; none when no client could send it.
    pub fn s3(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Response<Bytes>> {
        let mut all = vec![("host", HOST), ("x-amz-content-sha256", PAYLOAD), ("x-amz-date", DATE)];
        all.extend_from_slice(headers);
        all.sort_unstable();
        all.dedup_by_key(|(name, _)| *name);
        let authorization = authorization(method, path, &all);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", authorization);
        for (name, value) in &all {
            request = request.header(*name, *value);
        }
        request = request.header("content-length", body.len());
        request
            .body(Bytes::copy_from_slice(body))
            .ok()
            .map(|request| self.ask(request))
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::new()
    }
}

/// AWS Signature Version 4 for S3: the path is signed as it is sent, the query as it was encoded.
fn authorization(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(with_sign)
        .collect();
    pairs.sort();
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = format!("{method}\n{path}\n{}\n{lines}\n{names}\n{PAYLOAD}", pairs.join("&"));
    let scope = format!("{}/us-east-1/s3/aws4_request", &DATE[..8]);
    let digest = hex::encode(Sha256::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{DATE}\n{scope}\n{digest}");
    let mut key = b"AWS4test".to_vec();
    for part in [&DATE[..8], "us-east-1", "s3", "aws4_request", &text] {
        key = hmac(&key, part.as_bytes());
    }
    let signature = hex::encode(key);
    format!("AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn with_sign(pair: &str) -> String {
    if pair.contains('=') {
        pair.to_owned()
    } else {
        format!("{pair}=")
    }
}

/// HMAC-SHA256 of RFC 2104; keys here are never longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner);
    outer.finalize().to_vec()
}
