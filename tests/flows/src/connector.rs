//! The transport under real SDK clients: requests go to the wire in memory, without any socket.
//!
//! Everything above it is what runs on AWS: serialisation, retries, error classes. Faults are injected here.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::Response,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use tokio::sync::Notify;
use windsock_wire::Wire;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The function ends before the request leaves it.
    Crash,
    /// The request has its effect, and the function ends before it hears of it.
    CrashAfter,
    /// The service answers 500, and nothing has happened.
    InternalError,
}

/// Faults that wait for their request: each strikes once, in the order in which they were ordered.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<(String, Fault)>>);

impl Faults {
    /// Strikes the next request whose line (`PUT /bucket/key`, `POST / SageMaker.StartPipelineExecution`) holds every
    /// word of `words`.
    pub(crate) fn order(&self, words: &str, fault: Fault) {
        self.waiting().push((words.to_owned(), fault));
    }

    /// Faults that met no request yet.
    pub(crate) fn left(&self) -> usize {
        self.waiting().len()
    }

    fn strike(&self, line: &str) -> Option<Fault> {
        let mut waiting = self.waiting();
        let place = waiting
            .iter()
            .position(|(words, _)| words.split(' ').all(|word| line.contains(word)))?;
        Some(waiting.remove(place).1)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(String, Fault)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One invocation's, or one person's, way to the world.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) wire: Wire,
    pub(crate) faults: Arc<Faults>,
    /// Told when a fault ends the function.
    pub(crate) crashed: Arc<Notify>,
}

impl Connector {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = read(request).await?;
        let fault = self.faults.strike(&line(&request));
        // Invocations at the same time take turns at every call, as processes would.
        tokio::task::yield_now().await;
        if fault == Some(Fault::Crash) {
            return self.crash().await;
        }
        if fault == Some(Fault::InternalError) {
            return Ok(Response::new(500.try_into().map_err(other)?, SdkBody::empty()));
        }
        let response = self.wire.handle(request).await;
        if fault == Some(Fault::CrashAfter) {
            return self.crash().await;
        }
        Response::try_from(response.map(SdkBody::from)).map_err(other)
    }

    /// Nobody hears of this request any more: the runner drops the whole invocation.
    async fn crash(&self) -> Result<HttpResponse, ConnectorError> {
        self.crashed.notify_one();
        std::future::pending().await
    }
}

async fn read(request: HttpRequest) -> Result<http::Request<Bytes>, ConnectorError> {
    let (parts, body) = request.try_into_http1x().map_err(other)?.into_parts();
    let body = ByteStream::new(body).collect().await.map_err(other)?;
    Ok(http::Request::from_parts(parts, body.into_bytes()))
}

fn line(request: &http::Request<Bytes>) -> String {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    format!(
        "{} {} {}",
        request.method(),
        request.uri().path(),
        target.unwrap_or_default()
    )
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.answer(request).await })
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
