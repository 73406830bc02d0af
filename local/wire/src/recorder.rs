//! A backend for this crate's own tests: it remembers the call it was asked and gives the answer it was told.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use windsock_world::{ApiError, Blobs, Caller, Input, InvocationOutcome, MemoryBlobs, Millis, Output, Settings};

use crate::{Backend, Wire};

pub(crate) struct Recorder {
    answer: Result<Value, ApiError>,
    asked: Mutex<Option<(String, String, Value)>>,
    blobs: Arc<dyn Blobs>,
}

/// A wire over a backend that answers every call with `answer`.
pub(crate) fn recording(answer: Result<Value, ApiError>) -> (Arc<Recorder>, Wire) {
    let recorder = Arc::new(Recorder {
        answer,
        asked: Mutex::new(None),
        blobs: MemoryBlobs::shared(),
    });
    (recorder.clone(), Wire::new(recorder))
}

impl Recorder {
    /// The call that arrived: `service.operation` and its input. `("", null)` if none did.
    pub(crate) fn asked(&self) -> (String, Value) {
        let asked = self
            .asked
            .lock()
            .expect("no test panics while it holds the lock")
            .take();
        asked.map_or((String::new(), Value::Null), |(service, operation, input)| {
            (format!("{service}.{operation}"), input)
        })
    }
}

#[async_trait::async_trait]
impl Backend for Recorder {
    fn apply(&self, input: Input) -> Result<Output, ApiError> {
        if let Input::Call {
            service,
            operation,
            input,
            ..
        } = input
        {
            *self.asked.lock().expect("no test panics while it holds the lock") = Some((service, operation, input));
        }
        self.answer.clone().map(Output::Value)
    }

    fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        let caller = Caller {
            arn: "arn:aws:iam::123456789012:user/operator".to_owned(),
        };
        (access_key_id == "test").then(|| (caller, "test".to_owned()))
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        self.blobs.clone()
    }

    fn settings(&self) -> Settings {
        serde_json::from_value(json!({
            "account": "123456789012", "region": "eu-west-1", "started_at": 0, "sagemaker_event_copies": 1,
        }))
        .expect("settings of a test")
    }

    fn now(&self) -> Millis {
        0
    }

    async fn wait_invocation(&self, id: &str) -> Result<InvocationOutcome, ApiError> {
        match id {
            "failing" => Ok(InvocationOutcome::Failed {
                error_type: "Boom".into(),
                message: "it broke".into(),
            }),
            _ => Ok(InvocationOutcome::Returned(json!({ "answered": id }))),
        }
    }
}

/// A request of the given scope's service with a known access key. Only S3 checks signatures.
pub(crate) fn request(
    method: Method,
    path: &str,
    service: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Request<Bytes> {
    let credential = format!("AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-1/{service}/aws4_request, Signature=0");
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:4566");
    request = request.header("authorization", credential);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(body)).expect("a request of a test")
}

pub(crate) fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

pub(crate) fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}
