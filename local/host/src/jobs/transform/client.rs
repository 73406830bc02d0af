//! Speaks to the model's server: /ping, /execution-parameters, /invocations.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::request::Settings;

/// SageMaker's limit for /ping.
const PING_MAX: Duration = Duration::from_secs(2);

pub(super) struct Server {
    port: u16,
}

impl Server {
    pub(super) fn new(port: u16) -> Self {
        Self { port }
    }

    pub(super) async fn ping(&self) -> bool {
        let answer = self.send(Method::GET, "/ping", PING_MAX, &[], Bytes::new()).await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// What the server says it can take; nothing, if it does not say.
    pub(super) async fn execution_parameters(&self) -> Value {
        let answer = self
            .send(Method::GET, "/execution-parameters", PING_MAX, &[], Bytes::new())
            .await;
        match answer {
            Ok(answer) if answer.status() == 200 => serde_json::from_slice(answer.body()).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    /// Scores one payload. Errors of the server's own are tried again as often as the job allows.
    pub(super) async fn invoke(&self, settings: &Settings, payload: &[u8]) -> anyhow::Result<Bytes> {
        let mut headers = Vec::new();
        headers.extend(
            settings
                .content_type
                .as_deref()
                .map(|value| (header::CONTENT_TYPE, value)),
        );
        headers.extend(settings.accept.as_deref().map(|value| (header::ACCEPT, value)));
        let mut tries_left = settings.retries_max;
        loop {
            let body = Bytes::copy_from_slice(payload);
            let answer = self
                .send(Method::POST, "/invocations", settings.timeout, &headers, body)
                .await;
            match answer {
                Ok(answer) if answer.status().is_success() => return Ok(answer.into_body()),
                Ok(answer) if tries_left == 0 || !answer.status().is_server_error() => {
                    let said: String = String::from_utf8_lossy(answer.body())
                        .trim()
                        .chars()
                        .take(500)
                        .collect();
                    anyhow::bail!(
                        "the model's server answered {} to POST /invocations: {said}",
                        answer.status()
                    );
                }
                Err(error) if tries_left == 0 => return Err(error),
                _ => tries_left -= 1,
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        longest: Duration,
        headers: &[(header::HeaderName, &str)],
        body: Bytes,
    ) -> anyhow::Result<Response<Bytes>> {
        let what = format!("{method} {path} of the model's server");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let request = request.body(Full::new(body)).with_context(|| what.clone())?;
        let exchange = self.exchange(request);
        match tokio::time::timeout(longest, exchange).await {
            Ok(answer) => answer.context(what),
            Err(_) => anyhow::bail!("{what} took longer than {} s", longest.as_secs()),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let answer = async {
            let (parts, body) = sender.send_request(request).await?.into_parts();
            anyhow::Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
        };
        // The connection moves the bytes; it ends with the answer, one request to a connection.
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            ended = connection => {
                ended?;
                answer.await
            }
        }
    }
}
