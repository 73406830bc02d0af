//! The real client over a connector that answers by a script.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    client::orchestrator::{HttpRequest, HttpResponse},
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use windsock_effects_s3::Store;

/// Answers in turn; remembers method, path and condition of every request.
#[derive(Debug, Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<Vec<(u16, String)>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub fn new(answers: &[(u16, &str)]) -> Self {
        let script = Self::default();
        let answers = answers.iter().rev().map(|(status, body)| (*status, (*body).to_owned()));
        script.answers.lock().unwrap().extend(answers);
        script
    }

    pub fn store(&self) -> Store {
        let connector = SharedHttpConnector::new(self.clone());
        let client: SharedHttpClient = http_client_fn(move |_, _| connector.clone());
        let credentials = Credentials::new("id", "secret", None, None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://127.0.0.1:1")
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(client)
            .build();
        Store::new(&aws, "work")
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let condition = |name: &str| request.headers().get(name).map(|value| format!(" {name} {value}"));
        let conditions: String = ["if-none-match", "if-match"]
            .into_iter()
            .filter_map(condition)
            .collect();
        let path = request
            .uri()
            .trim_start_matches("http://127.0.0.1:1")
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        self.requests
            .lock()
            .unwrap()
            .push(format!("{} {path}{conditions}", request.method()));
        let (status, body) = self.answers.lock().unwrap().pop().expect("the script has an answer");
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        response.headers_mut().insert("etag", "\"e1\"");
        HttpConnectorFuture::ready(Ok(response))
    }
}

pub const ABSENT: &str = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
