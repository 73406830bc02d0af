//! One request as the protocols read it: headers by name, the query taken apart, and who signed it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use windsock_world::{ApiError, Caller, Input, Output};

use crate::Backend;

pub(crate) struct Inbound {
    pub(crate) method: Method,
    /// As sent, still percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) request_id: String,
}

/// The scope that a client signs for: `<access key>/<date>/<region>/<service>/aws4_request`.
pub(crate) struct Scope {
    pub(crate) access_key: String,
    pub(crate) service: String,
}

impl Inbound {
    pub(crate) fn of(request: &Request<Bytes>, request_id: String) -> Self {
        let uri = request.uri();
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        Self {
            method: request.method().clone(),
            path: uri.path().to_owned(),
            query,
            headers: request.headers().clone(),
            body: request.body().clone(),
            request_id,
        }
    }

    /// A header that is readable text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type without its parameters, lower case; empty if there is none.
    pub(crate) fn media_type(&self) -> String {
        let content_type = self.header("content-type").unwrap_or_default();
        content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path's components, decoded. `None` where one is not UTF-8.
    pub(crate) fn components(&self) -> Option<Vec<String>> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        parts
            .map(|part| {
                percent_decode_str(part)
                    .decode_utf8()
                    .ok()
                    .map(std::borrow::Cow::into_owned)
            })
            .collect()
    }

    pub(crate) fn scope(&self) -> Option<Scope> {
        let from_header = self.header("authorization").and_then(|authorization| {
            let (_, after) = authorization.split_once("Credential=")?;
            after.split([',', ' ']).next()
        });
        let credential = from_header.or_else(|| self.query_value("X-Amz-Credential"))?;
        // From the right, because nothing says that an access key holds no slash.
        let mut parts = credential.rsplitn(5, '/');
        let (_terminator, service, _region, _date) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Scope {
            access_key: parts.next()?.to_owned(),
            service: service.to_owned(),
        })
    }

    /// Who calls. The caller is known by the access key; the code is the one of the protocol that asks.
    pub(crate) fn caller(&self, backend: &Arc<dyn Backend>, code: &str) -> Result<Caller, ApiError> {
        let refused = |message: &str| ApiError::new(403, code, message);
        let scope = self.scope().ok_or_else(|| {
            refused("The request is not signed: no access key in an Authorization header or X-Amz-Credential.")
        })?;
        let identity = backend.identity(&scope.access_key);
        let (caller, _) = identity
            .ok_or_else(|| refused("The security token included in the request is invalid: unknown access key."))?;
        Ok(caller)
    }
}

/// One operation of one service, through the backend.
pub(crate) fn call(
    backend: &Arc<dyn Backend>,
    caller: Caller,
    service: &str,
    operation: &str,
    input: Value,
) -> Result<Value, ApiError> {
    let input = Input::Call {
        caller,
        service: service.to_owned(),
        operation: operation.to_owned(),
        input,
    };
    match backend.apply(input)? {
        Output::Value(Value::Null) | Output::None | Output::Done => Ok(Value::Object(serde_json::Map::new())),
        Output::Value(value) => Ok(value),
        other => {
            let message = format!("{service} {operation} answered {other:?} where a document was due");
            Err(ApiError::new(500, "InternalFailure", message))
        }
    }
}

/// Whether a text can be an operation's name. What cannot is refused before it reaches any log.
pub(crate) fn is_operation_name(name: &str) -> bool {
    const NAME_CHARACTERS_MAX: usize = 128;
    !name.is_empty() && name.len() <= NAME_CHARACTERS_MAX && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
