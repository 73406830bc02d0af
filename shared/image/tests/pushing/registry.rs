//! A registry on 127.0.0.1 that keeps what it is sent, writes down what it was asked, and goes wrong when told to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

pub const TOKEN: &str = "QVdTOnNlY3JldA==";

/// What goes wrong, once, with the next request whose line begins so.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It answers so, and does nothing.
    Refuses(u16, &'static str),
    /// It keeps so many bytes of what is sent, and then fails.
    KeepsOnly(usize),
    /// It does as it is asked, and the answer is lost.
    LosesItsAnswer,
    /// A byte changes on the way.
    Damages,
    /// It says that it keeps something else.
    KeepsAnother,
}

#[derive(Default)]
pub struct Kept {
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// By tag: media type and bytes.
    pub manifests: BTreeMap<String, (String, Vec<u8>)>,
    uploads: BTreeMap<String, Vec<u8>>,
    faults: Vec<(&'static str, Fault)>,
    /// `PATCH uploads/1 5 bytes`, in order.
    pub log: Vec<String>,
    /// Requests that came without the token.
    pub strangers: usize,
    /// Forgets uploads that are asked after, as a registry without resuming does.
    pub forgets_uploads: bool,
    /// Where uploads go on; empty, here.
    pub uploads_at: String,
}

pub struct FakeRegistry {
    pub endpoint: String,
    pub kept: Arc<Mutex<Kept>>,
}

impl FakeRegistry {
    pub async fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(handle)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, kept }
    }

    pub fn go_wrong(&self, request: &'static str, fault: Fault) {
        self.kept.lock().unwrap().faults.push((request, fault));
    }

    /// What it was asked since the last time, one request a line.
    pub fn asked(&self) -> String {
        std::mem::take(&mut self.kept.lock().unwrap().log).join("\n")
    }
}

async fn handle(State(kept): State<Arc<Mutex<Kept>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut kept = kept.lock().unwrap();
    let short = short(&parts.uri);
    let sent = if body.is_empty() {
        String::new()
    } else {
        format!(" {} bytes", body.len())
    };
    kept.log.push(format!("{} {short}{sent}", parts.method));
    if parts
        .headers
        .get("authorization")
        .is_none_or(|it| it != format!("Basic {TOKEN}").as_str())
    {
        kept.strangers += 1;
        return refusal(401, "UNAUTHORIZED");
    }
    let line = format!("{} {short}", parts.method);
    let planned = kept.faults.iter().position(|(request, _)| line.starts_with(request));
    let fault = planned.map(|at| kept.faults.remove(at).1);
    match fault {
        Some(Fault::Refuses(status, code)) => refusal(status, code),
        Some(Fault::KeepsOnly(length)) => {
            answer(
                &mut kept,
                &parts.method,
                &parts.uri,
                &parts.headers,
                body.slice(..length),
            );
            refusal(503, "UNAVAILABLE")
        }
        Some(Fault::LosesItsAnswer) => {
            answer(&mut kept, &parts.method, &parts.uri, &parts.headers, body);
            refusal(502, "")
        }
        Some(Fault::Damages) => {
            let mut damaged = body.to_vec();
            damaged[0] ^= 1;
            answer(&mut kept, &parts.method, &parts.uri, &parts.headers, damaged.into())
        }
        Some(Fault::KeepsAnother) => {
            let mut answer = answer(&mut kept, &parts.method, &parts.uri, &parts.headers, body);
            let another = format!("sha256:{}", "0".repeat(64));
            answer
                .headers_mut()
                .insert("docker-content-digest", another.parse().unwrap());
            answer
        }
        None => answer(&mut kept, &parts.method, &parts.uri, &parts.headers, body),
    }
}

/// `blobs/sha256:1234`, `uploads/1`, `manifests/0.1.0`.
fn short(uri: &Uri) -> String {
    let path = uri.path().trim_start_matches("/v2/windsock-jobs/");
    let path = path.trim_start_matches("blobs/uploads").trim_start_matches('/');
    match path.split_once("sha256:") {
        Some((before, digest)) => format!("{before}sha256:{}", &digest[..4]),
        None if path.contains('/') => path.to_owned(),
        None => format!("uploads/{path}"),
    }
}

fn answer(kept: &mut Kept, method: &Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches("/v2/windsock-jobs/");
    let (kind, name) = path.rsplit_once('/').unwrap_or_default();
    match (method.as_str(), kind) {
        ("HEAD", "blobs") => status(if kept.blobs.contains_key(name) { 200 } else { 404 }),
        ("POST", "blobs/uploads") => {
            let id = (kept.uploads.len() + 1).to_string();
            kept.uploads.insert(id.clone(), Vec::new());
            let location = format!("{}/v2/windsock-jobs/blobs/uploads/{id}?state=x", kept.uploads_at);
            (StatusCode::ACCEPTED, [("location", location)]).into_response()
        }
        ("GET", "blobs/uploads") => match kept.uploads.get(name) {
            Some(bytes) if !kept.forgets_uploads => {
                let range = format!("0-{}", bytes.len().saturating_sub(1));
                (StatusCode::NO_CONTENT, [("range", range)]).into_response()
            }
            _ => refusal(404, "BLOB_UPLOAD_UNKNOWN"),
        },
        ("PATCH", "blobs/uploads") => {
            let upload = kept.uploads.get_mut(name).unwrap();
            let from = headers.get("content-range").map_or(0, |range| {
                range.to_str().unwrap().split_once('-').unwrap().0.parse().unwrap()
            });
            upload.truncate(from);
            assert_eq!(upload.len(), from, "a gap before byte {from}");
            upload.extend_from_slice(&body);
            status(202)
        }
        ("PUT", "blobs/uploads") => {
            let digest = uri
                .query()
                .unwrap()
                .split_once("digest=")
                .unwrap()
                .1
                .replace("%3A", ":");
            let bytes = kept.uploads[name].clone();
            if format!("sha256:{}", hex(&bytes)) != digest {
                return refusal(400, "DIGEST_INVALID");
            }
            kept.blobs.insert(digest.clone(), bytes);
            (StatusCode::CREATED, [("docker-content-digest", digest)]).into_response()
        }
        ("GET", "manifests") => match kept.manifests.get(name) {
            Some((_, bytes)) => bytes.clone().into_response(),
            None => refusal(404, "MANIFEST_UNKNOWN"),
        },
        ("PUT", "manifests") => {
            if kept.manifests.contains_key(name) {
                return refusal(400, &format!("TAG_INVALID sha256:{}", hex(&kept.manifests[name].1)));
            }
            let media_type = headers["content-type"].to_str().unwrap().to_owned();
            kept.manifests.insert(name.to_owned(), (media_type, body.to_vec()));
            (
                StatusCode::CREATED,
                [("docker-content-digest", format!("sha256:{}", hex(&body)))],
            )
                .into_response()
        }
        _ => refusal(404, "NAME_UNKNOWN"),
    }
}

fn status(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap().into_response()
}

fn refusal(status: u16, code: &str) -> Response {
    let body = format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"no\"}}]}}");
    (StatusCode::from_u16(status).unwrap(), Body::from(body)).into_response()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
