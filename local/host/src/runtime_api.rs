//! The Lambda Runtime API, one small server for each sandbox: the process asks for the next invocation and posts how
//! it went. <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use windsock_world::InvocationOutcome;

use crate::outside::Outside;

/// A synchronous answer may have 6 MB; an error with its stack is smaller.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 1024;

/// An invocation on its way to the process.
#[derive(Debug)]
pub(crate) struct Handout {
    pub(crate) id: String,
    pub(crate) function_arn: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) timeout_ms: i64,
}

/// What the process did.
#[derive(Debug)]
pub(crate) enum Event {
    /// It took the invocation; its time runs from here.
    Taken,
    Ended(InvocationOutcome),
    /// It could not initialise, and will not ask for work.
    InitFailed(InvocationOutcome),
}

/// A sandbox's end of its Runtime API. Dropping it closes the port.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) handouts: mpsc::Sender<Handout>,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
    server: JoinHandle<()>,
}

struct Served {
    outside: Arc<dyn Outside>,
    handouts: tokio::sync::Mutex<mpsc::Receiver<Handout>>,
    events: mpsc::UnboundedSender<Event>,
    /// The invocation that the process works on. Answers to any other are refused.
    current: Mutex<Option<String>>,
}

type Api = State<Arc<Served>>;

impl RuntimeApi {
    pub(crate) async fn start(outside: Arc<dyn Outside>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("listen for a function's process")?;
        let address = listener.local_addr()?;
        let (handouts, to_process) = mpsc::channel(1);
        let (from_process, events) = mpsc::unbounded_channel();
        let served = Served {
            outside,
            handouts: tokio::sync::Mutex::new(to_process),
            events: from_process,
            current: Mutex::default(),
        };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(ANSWER_BYTES_MAX))
            .with_state(Arc::new(served));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "A function's runtime API ended");
            }
        });
        Ok(Self {
            address,
            handouts,
            events,
            server,
        })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Served {
    /// Whether the answer is to the current invocation, which it ends.
    fn end_current(&self, id: &str) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| current == id).is_some()
    }

    fn tell(&self, event: Event) {
        // The sandbox may have given up on the process already.
        let _ = self.events.send(event);
    }
}

async fn next(State(api): Api) -> Response<Body> {
    let Some(handout) = api.handouts.lock().await.recv().await else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Container.Ended",
            "the sandbox is closed",
        );
    };
    *api.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(handout.id.clone());
    let deadline = api.outside.now() + handout.timeout_ms;
    api.tell(Event::Taken);
    let root = handout.id.replace('-', "");
    let trace = format!(
        "Root=1-{:0<8.8}-{:0<24.24};Sampled=0",
        root,
        root.get(8..).unwrap_or_default()
    );
    let headers = [
        ("Lambda-Runtime-Aws-Request-Id", handout.id),
        ("Lambda-Runtime-Deadline-Ms", deadline.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", handout.function_arn),
        ("Lambda-Runtime-Trace-Id", trace),
        ("Content-Type", "application/json".to_string()),
    ];
    (headers, handout.payload).into_response()
}

async fn response(State(api): Api, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    if !api.end_current(&id) {
        return refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "this is not the current invocation",
        );
    }
    let outcome = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
    };
    api.tell(Event::Ended(match outcome {
        Ok(answer) => InvocationOutcome::Returned(answer),
        Err(error) => InvocationOutcome::Failed {
            error_type: "Runtime.InvalidResponse".into(),
            message: format!("the function's answer is not JSON: {error}"),
        },
    }));
    accepted()
}

async fn error(State(api): Api, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    if !api.end_current(&id) {
        return refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "this is not the current invocation",
        );
    }
    api.tell(Event::Ended(failure(&headers, &body)));
    accepted()
}

async fn init_error(State(api): Api, headers: HeaderMap, body: Bytes) -> Response<Body> {
    api.tell(Event::InitFailed(failure(&headers, &body)));
    accepted()
}

fn failure(headers: &HeaderMap, body: &[u8]) -> InvocationOutcome {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let header = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|value| value.to_str().ok());
    let error_type = told["errorType"]
        .as_str()
        .or(header)
        .unwrap_or("Runtime.UnknownReason")
        .to_string();
    let message = match told["errorMessage"].as_str() {
        Some(message) => message.to_string(),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    InvocationOutcome::Failed { error_type, message }
}

fn accepted() -> Response<Body> {
    (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" }))).into_response()
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response<Body> {
    (
        status,
        axum::Json(json!({ "errorType": error_type, "errorMessage": message })),
    )
        .into_response()
}
