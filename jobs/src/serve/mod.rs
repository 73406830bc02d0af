//! Serve: SageMaker's HTTP contract for batch transform and endpoints. Records in, as CSV or JSON lines; one answer
//! a line out.
//!
//! Memory is bounded: a request is at most as large as announced, and only so many are held at once; the others wait in
//! their connections.

mod answers;
mod kind;
mod records;
mod score;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::common::paths::Root;
use crate::learn::artefact::Artefact;

pub use kind::Kind;
pub use score::score;

/// What a caller may send when it did not say how much that will be: batch transform's own maximum.
const PAYLOAD_MIB_MAX: usize = 100;
/// SageMaker's default mini-batch, said again so that nobody has to look it up.
const PAYLOAD_MIB_ADVISED: usize = 6;
const PORT: u16 = 8080;

pub fn run(root: &Root) -> Result<String> {
    let artefact = Artefact::open(&root.model())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the server's threads")?;
    runtime.block_on(serve(artefact))?;
    Ok("Served until it was told to stop".into())
}

async fn serve(artefact: Artefact) -> Result<()> {
    let address = address(std::env::var("SAGEMAKER_BIND_TO_PORT").ok().as_deref())?;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("listen on {address}"))?;
    let payload_max = payload_max(std::env::var("SAGEMAKER_MAX_PAYLOAD_IN_MB").ok().as_deref());
    // Asked for port 0, the system chose one: say which.
    let address = listener.local_addr().context("look at the listening port")?;
    tracing::info!("Listening on {address}");
    axum::serve(listener, router(artefact, payload_max))
        .with_graceful_shutdown(told_to_stop())
        .await
        .context("serve")
}

/// With a port given we are on somebody's laptop, where nobody else may listen in.
fn address(port: Option<&str>) -> Result<SocketAddr> {
    match port.filter(|port| !port.is_empty()) {
        None => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)),
        Some(port) => {
            let port = port
                .parse()
                .with_context(|| format!("SAGEMAKER_BIND_TO_PORT is `{port}`: a port is right"))?;
            Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
        }
    }
}

fn payload_max(mebibytes: Option<&str>) -> usize {
    let given = mebibytes
        .and_then(|text| text.parse::<usize>().ok())
        .filter(|given| *given > 0);
    given.unwrap_or(PAYLOAD_MIB_MAX).min(PAYLOAD_MIB_MAX) << 20
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
            tracing::info!("Told to stop: answering what is under way");
        }
        // Without the signal we serve until we are killed.
        Err(error) => {
            tracing::warn!("Cannot hear SIGTERM: {error}");
            std::future::pending::<()>().await;
        }
    }
}

/// What the handlers share.
struct Served {
    artefact: Artefact,
    places: Semaphore,
}

fn router(artefact: Artefact, payload_max: usize) -> Router {
    let places = Semaphore::new(at_once());
    let served = Arc::new(Served { artefact, places });
    let invocations = post(invocations).layer(middleware::from_fn_with_state(served.clone(), one_place_each));
    Router::new()
        .route("/ping", get(|| async { StatusCode::OK }))
        .route("/execution-parameters", get(execution_parameters))
        .route("/invocations", invocations)
        .layer(DefaultBodyLimit::max(payload_max))
        .with_state(served)
}

/// So many requests are scored, and held in memory, at once.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Before a byte of the body is read.
async fn one_place_each(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    match served.places.acquire().await {
        Ok(_place) => next.run(request).await,
        // Nobody closes the semaphore.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn execution_parameters() -> Response {
    let body = serde_json::json!({
        "MaxConcurrentTransforms": at_once(),
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": PAYLOAD_MIB_ADVISED,
    });
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn invocations(State(served): State<Arc<Served>>, headers: HeaderMap, body: Bytes) -> Response {
    let sent = match kind::sent(&headers) {
        Ok(sent) => sent,
        Err(sentence) => return (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{sentence}\n")).into_response(),
    };
    let wanted = match kind::wanted(&headers, sent) {
        Ok(wanted) => wanted,
        Err(sentence) => return (StatusCode::NOT_ACCEPTABLE, format!("{sentence}\n")).into_response(),
    };
    // Scoring is work, and /ping must be answered meanwhile.
    match tokio::task::spawn_blocking(move || score(&served.artefact, sent, wanted, &body)).await {
        Ok(Ok(answers)) => ([(header::CONTENT_TYPE, wanted.content_type())], answers).into_response(),
        Ok(Err(reason)) => (StatusCode::BAD_REQUEST, format!("{reason}\n")).into_response(),
        Err(error) => {
            tracing::error!("Scoring stopped: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_port_is_for_this_machine_alone() {
        assert_eq!(address(Some("9001")).unwrap().to_string(), "127.0.0.1:9001");
        assert_eq!(address(None).unwrap().to_string(), "0.0.0.0:8080");
        assert!(address(Some("http")).is_err());
    }

    #[test]
    fn the_body_is_bounded_whatever_is_asked() {
        assert_eq!(payload_max(Some("6")), 6 << 20);
        for odd in [None, Some("0"), Some("1000"), Some("-1"), Some("many")] {
            assert_eq!(payload_max(odd), 100 << 20);
        }
    }
}
