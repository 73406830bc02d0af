//! AWS JSON 1.0 and 1.1: SageMaker, SQS, EventBridge, CloudWatch (boto3's second choice) and Logs.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use windsock_world::ApiError;

use crate::{
    Backend,
    body::document,
    errors::{fault, has_query_past, query_code, shape_name, status},
    inbound::{Inbound, call, is_operation_name},
    wire::{add_header, respond},
};

pub(crate) fn answer(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    service: Option<&'static str>,
    operation: String,
) -> Response<Bytes> {
    let content_type = content_type(inbound);
    match perform(backend, inbound, service, &operation) {
        Ok(output) => respond(StatusCode::OK, content_type, output.to_string()),
        Err(error) => refusal(content_type, service.unwrap_or_default(), &error),
    }
}

fn perform(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    service: Option<&'static str>,
    operation: &str,
) -> Result<Value, ApiError> {
    let caller = inbound.caller(backend, "UnrecognizedClientException")?;
    let target = inbound.header("x-amz-target").unwrap_or_default();
    let service =
        service.ok_or_else(|| unknown(&format!("X-Amz-Target {target:?} names no service of this endpoint")))?;
    if !is_operation_name(operation) {
        return Err(unknown(&format!("X-Amz-Target {target:?} names no operation")));
    }
    let media_type = inbound.media_type();
    if !matches!(
        media_type.as_str(),
        "application/x-amz-json-1.0" | "application/x-amz-json-1.1" | "application/json"
    ) {
        let message = format!("Content-Type {media_type:?} is not AWS JSON; send application/x-amz-json-1.1 (or 1.0)");
        return Err(ApiError::new(415, "SerializationException", message));
    }
    let input = parse(&document(inbound, "SerializationException")?)?;
    let output = call(backend, caller, service, operation, input)?;
    Ok(if service == "sqs" {
        with_reachable_queues(output, inbound)
    } else {
        output
    })
}

/// Some clients send to the queue's URL itself, so it names the address that the caller has reached.
fn with_reachable_queues(mut output: Value, inbound: &Inbound) -> Value {
    let host = inbound.header("host").unwrap_or("127.0.0.1");
    let reachable = |url: &mut Value| {
        let path = url.as_str().and_then(|text| text.strip_prefix("http://127.0.0.1/"));
        if let Some(path) = path {
            *url = Value::String(format!("http://{host}/{path}"));
        }
    };
    output.get_mut("QueueUrl").into_iter().for_each(reachable);
    output
        .get_mut("QueueUrls")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .for_each(reachable);
    output
}

fn unknown(message: &str) -> ApiError {
    ApiError::new(400, "UnknownOperationException", message)
}

/// A JSON object, or nothing at all, which clients send for operations without members.
pub(crate) fn parse(document: &[u8]) -> Result<Value, ApiError> {
    if document.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    let broken = |what: String| ApiError::new(400, "SerializationException", what);
    // serde_json refuses more than 128 levels, so that nesting cannot exhaust the stack.
    let value: Value =
        serde_json::from_slice(document).map_err(|error| broken(format!("The body is not valid JSON: {error}")))?;
    if !value.is_object() {
        return Err(broken("The body must be one JSON object".to_owned()));
    }
    Ok(value)
}

fn content_type(inbound: &Inbound) -> &'static str {
    match inbound.media_type().as_str() {
        "application/x-amz-json-1.0" => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}

fn refusal(content_type: &'static str, service: &str, error: &ApiError) -> Response<Bytes> {
    let shape = shape_name(service, &error.code);
    let body = json!({ "__type": shape, "message": error.message });
    let mut response = respond(status(error), content_type, body.to_string());
    add_header(&mut response, "x-amzn-errortype", shape);
    if has_query_past(service) {
        let code = query_code(service, shape);
        add_header(&mut response, "x-amzn-query-error", &format!("{code};{}", fault(error)));
    }
    response
}

#[cfg(test)]
mod tests;
