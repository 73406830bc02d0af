//! Smithy RPC v2 CBOR: how the Rust SDK and current boto3 speak to CloudWatch.

use std::sync::Arc;

use bytes::Bytes;
use ciborium::Value as Cbor;
use http::{Response, StatusCode};
use serde_json::{Map, Number, Value, json};
use windsock_world::ApiError;

use crate::{
    Backend,
    body::document,
    errors::{fault, has_query_past, query_code, shape_name, status},
    inbound::{Inbound, call, is_operation_name},
    members::{is_double, is_timestamp},
    wire::{add_header, respond},
};

/// CBOR's tag for seconds since 1970.
const EPOCH_TAG: u64 = 1;

/// Nesting that a document may have: the deepest input of CloudWatch needs eight.
const DEPTH_MAX: usize = 64;

pub(crate) fn answer(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    service: Option<&'static str>,
    operation: String,
) -> Response<Bytes> {
    let output = perform(backend, inbound, service, &operation).and_then(|output| write(&from_json("", &output)));
    let service = service.unwrap_or_default();
    let mut response = match output {
        Ok(bytes) => respond(StatusCode::OK, "application/cbor", bytes),
        Err(error) => refusal(service, &error),
    };
    add_header(&mut response, "smithy-protocol", "rpc-v2-cbor");
    response
}

fn perform(
    backend: &Arc<dyn Backend>,
    inbound: &Inbound,
    service: Option<&'static str>,
    operation: &str,
) -> Result<Value, ApiError> {
    let caller = inbound.caller(backend, "UnrecognizedClientException")?;
    let unknown = || {
        let message = format!("{} names no operation of a service of this endpoint", inbound.path);
        ApiError::new(404, "UnknownOperationException", message)
    };
    let service = service.filter(|_| is_operation_name(operation)).ok_or_else(unknown)?;
    let input = parse(&document(inbound, "SerializationException")?)?;
    call(backend, caller, service, operation, input)
}

fn parse(document: &[u8]) -> Result<Value, ApiError> {
    if document.is_empty() {
        return Ok(json!({}));
    }
    let value: Cbor = ciborium::de::from_reader_with_recursion_limit(document, DEPTH_MAX)
        .map_err(|error| broken(format!("The body is not valid CBOR: {error}")))?;
    match to_json(value)? {
        Value::Object(members) => Ok(Value::Object(members)),
        _ => Err(broken("The body must be one CBOR map".to_owned())),
    }
}

fn broken(what: String) -> ApiError {
    ApiError::new(400, "SerializationException", what)
}

fn to_json(value: Cbor) -> Result<Value, ApiError> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bytes(bytes) => Value::String(base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            bytes,
        )),
        Cbor::Integer(integer) => {
            let number = i64::try_from(integer)
                .map(Number::from)
                .or_else(|_| u64::try_from(integer).map(Number::from));
            Value::Number(number.map_err(|_| broken("An integer is beyond 64 bits".to_owned()))?)
        }
        Cbor::Float(float) => number(float),
        Cbor::Tag(EPOCH_TAG, time) => match to_json(*time)? {
            seconds @ Value::Number(_) => seconds,
            _ => return Err(broken("A timestamp must be a finite number of seconds".to_owned())),
        },
        Cbor::Tag(tag, _) => return Err(broken(format!("CBOR tag {tag} is not used by this protocol"))),
        Cbor::Array(items) => Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Cbor::Map(entries) => {
            let mut members = Map::new();
            for (name, value) in entries {
                let Cbor::Text(name) = name else {
                    return Err(broken("A member's name must be text".to_owned()));
                };
                members.insert(name, to_json(value)?);
            }
            Value::Object(members)
        }
        _ => return Err(broken("A value has a type that this protocol does not use".to_owned())),
    })
}

/// JSON has no word for infinities; they travel as AWS JSON writes them, for the service to refuse.
fn number(float: f64) -> Value {
    let text = match float {
        f if f.is_nan() => "NaN",
        f if f > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    Number::from_f64(float).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// `member` is the name under which the value stands: items of a list and values of a map keep it.
fn from_json(member: &str, value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Number(number) => from_number(member, number),
        Value::Array(items) => Cbor::Array(items.iter().map(|item| from_json(member, item)).collect()),
        Value::Object(members) => {
            let keeps_name = member == "ExtendedStatistics";
            let entries = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| {
                    let inner = if keeps_name { member } else { name.as_str() };
                    (Cbor::Text(name.clone()), from_json(inner, value))
                });
            Cbor::Map(entries.collect())
        }
    }
}

fn from_number(member: &str, number: &Number) -> Cbor {
    let float = number.as_f64().unwrap_or_default();
    if is_timestamp(member) {
        return Cbor::Tag(EPOCH_TAG, Box::new(Cbor::Float(float)));
    }
    if is_double(member) {
        return Cbor::Float(float);
    }
    match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => Cbor::Integer(integer.into()),
        (None, Some(integer)) => Cbor::Integer(integer.into()),
        // A whole number that took a way through floating point, such as a period of 60.0.
        #[expect(clippy::cast_possible_truncation, reason = "whole and inside 53 bits")]
        (None, None) if float.fract() == 0.0 && float.abs() < 9e15 => Cbor::Integer((float as i64).into()),
        (None, None) => Cbor::Float(float),
    }
}

fn write(value: &Cbor) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| ApiError::new(500, "InternalFailure", format!("The answer cannot be written: {error}")))?;
    Ok(bytes)
}

fn refusal(service: &str, error: &ApiError) -> Response<Bytes> {
    let shape = shape_name(service, &error.code);
    let body = write(&from_json("", &json!({ "__type": shape, "message": error.message }))).unwrap_or_default();
    let mut response = respond(status(error), "application/cbor", body);
    if has_query_past(service) {
        let code = query_code(service, shape);
        add_header(&mut response, "x-amzn-query-error", &format!("{code};{}", fault(error)));
    }
    response
}

#[cfg(test)]
mod tests;
