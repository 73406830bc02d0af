//! Lambda's Invoke: the payload is the body, the answer is the function's own.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};
use windsock_world::{ApiError, Caller, InvocationOutcome};

use crate::{
    Backend,
    body::document,
    inbound::{Inbound, call},
    wire::{add_header, respond},
};

pub(crate) async fn answer(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    caller: Caller,
    mut input: Map<String, Value>,
) -> Result<Response<Bytes>, ApiError> {
    let kind = inbound
        .header("x-amz-invocation-type")
        .unwrap_or("RequestResponse")
        .to_owned();
    input.insert("InvocationType".to_owned(), Value::String(kind.clone()));
    input.insert(
        "Payload".to_owned(),
        payload(&document(inbound, "InvalidRequestContentException")?)?,
    );
    let output = call(backend, caller, "lambda", "Invoke", Value::Object(input))?;
    let mut response = match kind.as_str() {
        "Event" => respond(StatusCode::ACCEPTED, "application/json", Bytes::new()),
        "DryRun" => respond(StatusCode::NO_CONTENT, "application/json", Bytes::new()),
        _ => {
            let id = output.get("invocation").and_then(Value::as_str).ok_or_else(|| {
                ApiError::new(
                    500,
                    "ServiceException",
                    "The world started an invocation without naming it",
                )
            })?;
            returned(backend.wait_invocation(id).await?)
        }
    };
    add_header(&mut response, "x-amz-executed-version", "$LATEST");
    Ok(response)
}

/// Any JSON value; nothing at all is an empty object, as Lambda gives it to a function.
fn payload(document: &[u8]) -> Result<Value, ApiError> {
    if document.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(document).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        ApiError::new(400, "InvalidRequestContentException", message)
    })
}

/// A function that fails has been invoked well: the status is 200 and a header tells the failure.
fn returned(outcome: InvocationOutcome) -> Response<Bytes> {
    let (body, failed) = match outcome {
        InvocationOutcome::Returned(value) => (value, false),
        InvocationOutcome::Failed { error_type, message } => {
            (json!({ "errorType": error_type, "errorMessage": message }), true)
        }
        InvocationOutcome::TimedOut => (json!({ "errorMessage": "Task timed out" }), true),
        InvocationOutcome::Crashed { message } => (
            json!({ "errorType": "Runtime.ExitError", "errorMessage": message }),
            true,
        ),
    };
    let mut response = respond(StatusCode::OK, "application/json", body.to_string());
    if failed {
        add_header(&mut response, "x-amz-function-error", "Unhandled");
    }
    response
}
