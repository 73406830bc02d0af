//! S3, whose protocol is spoken by the `s3s` crate: it reads requests, checks signatures and writes XML. Here its
//! operations are asked of the world, one file per family; operations that are absent answer NotImplemented by name.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    auth::{Credentials, S3Auth, SecretKey},
    config::{S3Config, StaticConfigProvider},
    service::{S3Service, S3ServiceBuilder},
};
use serde_json::Value;
use windsock_world::{ApiError, Caller, Input, Output, S3Object, S3Request as Ask};

use crate::{Backend, inbound::call, wire::respond};

mod buckets;
mod checksums;
mod configuration;
mod convert;
mod copies;
mod listing;
mod multipart;
mod objects;
mod operations;

/// The world as S3's operations see it.
#[derive(Clone)]
struct Store {
    backend: Arc<dyn Backend>,
}

struct Keys {
    backend: Arc<dyn Backend>,
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let identity = self.backend.identity(access_key);
        let (_, secret) = identity.ok_or_else(|| S3Error::new(S3ErrorCode::InvalidAccessKeyId))?;
        Ok(SecretKey::from(secret))
    }
}

pub(crate) fn service(backend: Arc<dyn Backend>) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Store {
        backend: backend.clone(),
    });
    builder.set_auth(Keys { backend });
    // Clients sign with the time of their own clock, and the world's clock may be weeks away from everybody's.
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::MAX;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    builder.build()
}

pub(crate) async fn answer(service: &S3Service, request: Request<Bytes>) -> Response<Bytes> {
    let response = match service.call(request.map(s3s::Body::from)).await {
        Ok(response) => response,
        Err(error) => return broken(&format!("{error:?}")),
    };
    let (head, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(head, body.to_bytes()),
        Err(error) => broken(&error.to_string()),
    }
}

fn broken(what: &str) -> Response<Bytes> {
    tracing::warn!("an S3 request could not be answered: {what}");
    let body = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>The answer could not be written\
                </Message></Error>";
    respond(StatusCode::INTERNAL_SERVER_ERROR, "application/xml", body)
}

impl Store {
    fn caller(&self, credentials: Option<&Credentials>) -> S3Result<Caller> {
        let credentials = credentials.ok_or_else(|| S3Error::new(S3ErrorCode::AccessDenied))?;
        let identity = self.backend.identity(&credentials.access_key);
        identity
            .map(|(caller, _)| caller)
            .ok_or_else(|| S3Error::new(S3ErrorCode::InvalidAccessKeyId))
    }

    /// An operation on buckets, by its JSON members.
    fn bucket(&self, credentials: Option<&Credentials>, operation: &str, input: Value) -> S3Result<Value> {
        let caller = self.caller(credentials)?;
        call(&self.backend, caller, "s3", operation, input).map_err(refusal)
    }

    fn ask(&self, credentials: Option<&Credentials>, request: Ask) -> S3Result<Output> {
        let caller = self.caller(credentials)?;
        self.backend.apply(Input::S3 { caller, request }).map_err(refusal)
    }

    fn object(&self, credentials: Option<&Credentials>, request: Ask) -> S3Result<S3Object> {
        match self.ask(credentials, request)? {
            Output::Object(object) => Ok(object),
            other => Err(unexpected(&other)),
        }
    }

    /// A part of an object's bytes, read blob by blob.
    fn bytes(&self, object: &S3Object, range: std::ops::Range<u64>) -> S3Result<Bytes> {
        let blobs = self.backend.blobs();
        // An object of one blob, read whole, is not copied.
        if let [only] = object.body.blobs.as_slice()
            && range == (0..object.size)
        {
            return blobs.get(only).map_err(S3Error::internal_error);
        }
        let mut bytes = Vec::new();
        let mut start = 0;
        for blob in &object.body.blobs {
            let end = start + blob.size;
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                let whole = blobs.get(blob).map_err(S3Error::internal_error)?;
                let part = usize::try_from(from - start).ok().zip(usize::try_from(to - start).ok());
                let part = part.and_then(|(from, to)| whole.get(from..to));
                bytes.extend_from_slice(part.ok_or_else(|| S3Error::new(S3ErrorCode::InternalError))?);
            }
            start = end;
        }
        Ok(bytes.into())
    }
}

/// The world's refusal with its own code, message and status.
fn refusal(error: ApiError) -> S3Error {
    let code = match error.code.as_str() {
        "ValidationException" => S3ErrorCode::InvalidArgument,
        "AccessDeniedException" => S3ErrorCode::AccessDenied,
        "UnknownOperationException" => S3ErrorCode::NotImplemented,
        other => S3ErrorCode::from_bytes(other.as_bytes()).unwrap_or(S3ErrorCode::InternalError),
    };
    let mut refused = S3Error::with_message(code, error.message.clone());
    refused.set_status_code(crate::errors::status(&error));
    refused
}

fn unexpected(output: &Output) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::InternalError,
        format!("The world answered {output:?} where another was due"),
    )
}

/// Refuse by name what would otherwise be lost without a word.
fn refuse_unkept(members: &[(&str, bool)]) -> S3Result<()> {
    match members.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("{name} is not kept by this endpoint");
            Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
        }
    }
}
