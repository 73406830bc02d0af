//! One request and its answer, and when to try again. Only the registry itself sees the token.

use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

/// How often and how patiently what may pass is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub attempts: u32,
    /// Before the second attempt; doubled before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 6,
            pause: Duration::from_millis(500),
        }
    }
}

/// A request with a whole layer on a slow line.
const ANSWER_AFTER_MAX: Duration = Duration::from_secs(600);
/// Manifests and refusals; layers are never fetched.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why something failed, and whether it may succeed when tried again.
#[derive(Debug)]
pub(crate) struct Failure {
    pub passing: bool,
    pub error: anyhow::Error,
}

impl Failure {
    pub fn passing(error: anyhow::Error) -> Self {
        Self { passing: true, error }
    }

    pub fn last(error: anyhow::Error) -> Self {
        Self { passing: false, error }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer as a refusal of what was asked, in the registry's own words.
    pub fn refusal(&self) -> Failure {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let said = |member: &str| body["errors"][0][member].as_str().unwrap_or_default().to_owned();
        let (code, message) = (said("code"), said("message"));
        let right = match (self.status, code.as_str()) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                "; is the token older than twelve hours, or may it not push here?"
            }
            (_, "NAME_UNKNOWN") => "; create the repository first",
            _ => "",
        };
        let error = anyhow!("the registry answered {} {code} {message}{right}", self.status);
        // A digest that does not fit was damaged on the way: ours was computed from what we send.
        let passing = self.status.is_server_error()
            || self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status == StatusCode::REQUEST_TIMEOUT
            || code == "DIGEST_INVALID";
        Failure { passing, error }
    }
}

#[derive(Debug)]
pub(crate) struct Exchange {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Scheme and authority.
    base: Uri,
    authorization: HeaderValue,
    pub patience: Patience,
}

impl Exchange {
    /// `token` is what follows `Basic`, as ECR's GetAuthorizationToken gives it.
    pub fn new(endpoint: &str, token: &str, patience: Patience) -> anyhow::Result<Self> {
        let base: Uri = endpoint
            .parse()
            .with_context(|| format!("read the endpoint {endpoint}"))?;
        let host = base
            .host()
            .with_context(|| format!("the endpoint {endpoint} names no host"))?;
        let is_tls = base.scheme_str() == Some("https");
        ensure!(
            is_tls || ["127.0.0.1", "[::1]", "localhost"].contains(&host),
            "the endpoint {endpoint} would get the token in the clear; write https://"
        );
        let mut authorization = HeaderValue::from_str(&format!("Basic {}", token.trim()))
            .context("the token has characters that no header may hold")?;
        authorization.set_sensitive(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(is_tls)?)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base,
            authorization,
            patience,
        })
    }

    /// A path of the registry, or where it said to go on: a path or a whole address.
    pub fn uri(&self, target: &str) -> Result<Uri, Failure> {
        let absolute = if target.starts_with('/') {
            format!("{}{target}", self.base.to_string().trim_end_matches('/'))
        } else {
            target.to_owned()
        };
        let uri: Result<Uri, _> = absolute.parse();
        uri.with_context(|| format!("the registry sends us to {target}"))
            .map_err(Failure::last)
    }

    pub async fn send(
        &self,
        method: Method,
        uri: &Uri,
        headers: &[(header::HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let what = format!(
            "{method} {}{}",
            uri.authority().map_or("", |it| it.as_str()),
            uri.path()
        );
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if uri.scheme() == self.base.scheme() && uri.authority() == self.base.authority() {
            request = request.header(header::AUTHORIZATION, self.authorization.clone());
        }
        let request = request
            .header(header::CONTENT_LENGTH, body.len())
            .body(Full::new(body))
            .with_context(|| what.clone())
            .map_err(Failure::last)?;
        let answered = tokio::time::timeout(ANSWER_AFTER_MAX, self.answer(request)).await;
        answered
            .unwrap_or_else(|_| Err(anyhow!("no answer within {} s", ANSWER_AFTER_MAX.as_secs())))
            .context(what)
            .map_err(Failure::passing)
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let (parts, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.map_err(|error| anyhow!(error))?.to_bytes(),
        })
    }
}

/// The system's certificates, which a proxy of the company may have added its own to.
fn tls(is_needed: bool) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if is_needed {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        ensure!(
            !roots.is_empty(),
            "this system has no root certificates; install ca-certificates, or name a file in SSL_CERT_FILE"
        );
    }
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into());
    Ok(config
        .with_safe_default_protocol_versions()
        .context("choose versions of TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
