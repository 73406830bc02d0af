//! The endpoint: guards first, then the protocol that the router names.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use s3s::service::S3Service;

use crate::{
    Backend, aws_json, cbor,
    inbound::Inbound,
    query, rest_json,
    router::{self, Route},
    s3,
};

/// All services behind one address, as AWS's clients speak to them. Cloning is cheap; clones share the world.
#[derive(Clone)]
pub struct Wire {
    backend: Arc<dyn Backend>,
    s3: S3Service,
    requests: Arc<AtomicU64>,
}

impl Wire {
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        let s3 = s3::service(backend.clone());
        Self {
            backend,
            s3,
            requests: Arc::new(AtomicU64::new(1)),
        }
    }

    /// Answer one request. Whatever it holds, the answer is a response.
    pub async fn handle(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let _serving = self.backend.serving();
        let request_id = self.next_request_id();
        add_host(&mut request);
        if let Err(sentence) = router::guard(&request) {
            return forbidden(&sentence);
        }
        let inbound = Inbound::of(&request, request_id.clone());
        let is_head = request.method() == Method::HEAD;
        let mut response = match router::route(&inbound) {
            Route::Json { service, operation } => aws_json::answer(&self.backend, &inbound, service, operation),
            Route::Cbor { service, operation } => cbor::answer(&self.backend, &inbound, service, operation),
            Route::Query => query::answer(&self.backend, &inbound),
            Route::Rest { service } => rest_json::answer(&self.backend, &inbound, service).await,
            Route::S3 => {
                self.backend.asked_of_s3(&request);
                s3::answer(&self.s3, request).await
            }
        };
        if is_head {
            // A socket's server drops it by itself; without one, a client would take an error's XML for S3's answer.
            *response.body_mut() = Bytes::new();
        }
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("x-amzn-requestid", value.clone());
            response.headers_mut().insert("x-amz-request-id", value);
        }
        response
    }

    /// Shaped like a UUID, counted and not random: a test's second run answers with the same bytes.
    fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-0000-4000-8000-{number:012x}", self.backend.now() & 0xffff_ffff)
    }
}

/// Clients in memory have no socket and put the host into the address only; signatures cover the header.
fn add_host(request: &mut Request<Bytes>) {
    if request.headers().contains_key(header::HOST) {
        return;
    }
    let authority = request
        .uri()
        .authority()
        .and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = authority {
        request.headers_mut().insert(header::HOST, host);
    }
}

fn forbidden(sentence: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{sentence}\n")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// A response with a body of one type; every protocol's answers are made here.
pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Add a header whose value comes from a request or from the world: what no header can carry is left out.
pub(crate) fn add_header(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
