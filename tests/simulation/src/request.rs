//! What a request asks of which service, and how that service would refuse it.

use bytes::Bytes;
use http::{Method, Request, header};
use windsock_world::ApiError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub service: String,
    pub operation: String,
    conditional: bool,
}

impl Asked {
    pub fn of(request: &Request<Bytes>) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let scope = header(header::AUTHORIZATION.as_str()).and_then(|signed| {
            let credential = signed.split("Credential=").nth(1)?;
            credential.split('/').nth(3)
        });
        let service = match scope.unwrap_or_default() {
            "monitoring" => "cloudwatch",
            other => other,
        };
        let operation = match header("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or(target).to_owned(),
            None => operation(request, service),
        };
        Self {
            service: service.to_owned(),
            operation,
            conditional: header("if-none-match").is_some() || header("if-match").is_some(),
        }
    }

    pub fn can_conflict(&self) -> bool {
        (self.service == "s3" && self.conditional) || self.operation == "UpdateModelPackage"
    }

    pub fn throttled(&self) -> ApiError {
        match self.service.as_str() {
            "s3" => ApiError::new(503, "SlowDown", "Please reduce your request rate."),
            "sns" | "cloudwatch" => ApiError::new(400, "Throttling", "Rate exceeded"),
            _ => ApiError::new(400, "ThrottlingException", "Rate exceeded"),
        }
    }

    pub fn internal(&self) -> ApiError {
        match self.service.as_str() {
            "s3" => ApiError::new(
                500,
                "InternalError",
                "We encountered an internal error. Please try again.",
            ),
            _ => ApiError::new(500, "InternalFailure", "An internal error occurred"),
        }
    }

    pub fn conflict(&self) -> ApiError {
        match self.service.as_str() {
            "s3" => ApiError::new(
                409,
                "ConditionalRequestConflict",
                "The conditional request cannot succeed now.",
            ),
            _ => ApiError::new(
                400,
                "ConflictException",
                "There is another change of this version under way",
            ),
        }
    }
}

fn operation(request: &Request<Bytes>, service: &str) -> String {
    let path = request.uri().path();
    if let Some((_, operation)) = path.rsplit_once("/operation/") {
        return operation.to_owned();
    }
    if service == "s3" {
        let listing = request.uri().query().is_some_and(|query| query.contains("list-type"));
        return match *request.method() {
            Method::GET if listing => "ListObjectsV2",
            Method::GET => "GetObject",
            Method::HEAD => "HeadObject",
            Method::PUT => "PutObject",
            _ => "Other",
        }
        .to_owned();
    }
    let body = String::from_utf8_lossy(request.body());
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or("Other").to_owned()
}
