//! One call of a service whose SDK is not built here: Lambda, Scheduler, CloudWatch Logs and ECR are asked a question or
//! two each, for which four more SDKs would cost minutes of building.
//!
//! The SDKs' own machinery sends it, with their client, retries, time-outs, credentials and signature, so it goes
//! wherever theirs go. Only what is in the request and in the answer is read here.

use std::fmt;

use anyhow::{Context, anyhow};
use aws_config::SdkConfig;
use aws_sdk_s3::config::{
    ConfigBag, Credentials, Intercept, ProvideCredentials, RuntimeComponents,
    interceptors::BeforeTransmitInterceptorContextMut,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::dyn_dispatch_hint,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// Too many calls, or something of the service's own.
const TRIED_AGAIN: &[u16] = &[429, 500, 502, 503, 504];

/// What is asked, of which service.
#[derive(Debug, Clone)]
pub struct Question {
    service: &'static str,
    method: &'static str,
    /// With its query.
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Question {
    /// Of a service whose operations are a method and a path.
    pub fn rest(service: &'static str, method: &'static str, path: impl Into<String>) -> Self {
        Self {
            service,
            method,
            path: path.into(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// Of a service whose operation stands in a header, as `Prefix.Operation`.
    pub fn named(service: &'static str, target: &str, body: &Value) -> Self {
        let question = Self::rest(service, "POST", "/").with("x-amz-target", target);
        question.with("content-type", "application/x-amz-json-1.1").saying(body)
    }

    #[must_use]
    pub fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }

    #[must_use]
    pub fn saying(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self
    }

    /// The answer; a refusal has [`Refused`] as its cause.
    pub async fn ask(self, config: &SdkConfig) -> anyhow::Result<Value> {
        let region = config.region().context("there is no region: set AWS_REGION")?;
        let credentials = config.credentials_provider().context("there are no credentials")?;
        let credentials = credentials.provide_credentials().await?;
        let signature = Signature {
            credentials,
            region: region.to_string(),
            service: self.service,
        };
        let endpoint = config.endpoint_url().map(str::to_owned);
        let endpoint = endpoint.unwrap_or_else(|| address(self.service, region.as_ref()));
        let mut operation = Operation::builder()
            .service_name(self.service)
            .operation_name("Ask")
            .endpoint_url(&endpoint)
            .no_auth()
            .interceptor(signature)
            .retry_classifier(HttpStatusCodeClassifier::new_from_codes(TRIED_AGAIN))
            .retry_classifier(TransientErrorClassifier::<Refused>::new());
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(client) = config.http_client() {
            operation = operation.http_client(client);
        }
        if let Some(retries) = config.retry_config() {
            operation = operation.standard_retry(retries);
        }
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        if let Some(sleep) = config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        if let Some(clock) = config.time_source() {
            operation = operation.time_source(clock);
        }
        let operation = operation.serializer(request).deserializer(read).build();
        match operation.invoke(self).await {
            Ok(answer) => Ok(answer),
            Err(SdkError::ServiceError(refused)) => Err(refused.into_err().into()),
            Err(other) => Err(other.into()),
        }
    }
}

/// What a service answered that would not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Such as `ResourceNotFoundException`.
    pub code: String,
    message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

/// None in place of a refusal with one of these codes.
pub fn unless(answer: anyhow::Result<Value>, codes: &[&str]) -> anyhow::Result<Option<Value>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if codes.contains(&refused.code.as_str()) => Ok(None),
            _ => Err(error),
        },
    }
}

fn address(service: &str, region: &str) -> String {
    let host = if service == "ecr" { "api.ecr" } else { service };
    format!("https://{host}.{region}.{}", crate::deployed::domain(region))
}

fn request(question: Question) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(question.body));
    request.set_method(question.method)?;
    request.set_uri(question.path)?;
    for (name, value) in question.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    let document: Option<Value> = match body {
        [] => Some(Value::Null),
        body => serde_json::from_slice(body).ok(),
    };
    if response.status().is_success() {
        return document
            .ok_or_else(|| OrchestratorError::other(anyhow!("the answer is no JSON").into_boxed_dyn_error()));
    }
    let document = document.unwrap_or_default();
    let told = |member: &str| document[member].as_str();
    let code = response.headers().get("x-amzn-errortype").or(told("__type"));
    // `prefix#Code:address`, of which each part but the code may be missing.
    let code = code.and_then(|code| code.rsplit('#').next()?.split(':').next());
    let message = told("message")
        .or_else(|| told("Message"))
        .unwrap_or("without a reason");
    Err(OrchestratorError::operation(Refused {
        code: code.map_or_else(|| format!("HTTP {}", response.status().as_u16()), str::to_owned),
        message: message.to_owned(),
    }))
}

/// Signs a request when it has its address, once a try.
#[derive(Debug)]
struct Signature {
    credentials: Credentials,
    region: String,
    service: &'static str,
}

#[dyn_dispatch_hint]
impl Intercept for Signature {
    fn name(&self) -> &'static str {
        "Signature"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let identity = self.credentials.clone().into();
        let now = components.time_source().ok_or("there is no clock")?.now();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let request = context.request_mut();
        let body = request.body().bytes().unwrap_or_default();
        let signable = SignableRequest::new(
            request.method(),
            request.uri(),
            request.headers().iter(),
            SignableBody::Bytes(body),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let (headers, _) = instructions.into_parts();
        for header in headers {
            request
                .headers_mut()
                .try_insert(header.name(), header.value().to_owned())?;
        }
        Ok(())
    }
}
