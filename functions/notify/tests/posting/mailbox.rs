//! A work bucket and a topic in memory, under the real SDK clients: conditional writes, lists, and a publisher that
//! can refuse a letter or lose its answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;

/// What the topic does with one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Takes,
    /// It takes the letter, and nobody hears of it.
    IsLost,
    Refuses,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub body: String,
    pub audience: String,
    /// Since the first letter of the test.
    pub second: u64,
}

#[derive(Debug)]
struct Stored {
    bytes: Vec<u8>,
    version: u64,
    written_at: String,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Stored>,
    writes: u64,
    mails: Vec<Mail>,
    answers: Vec<Answer>,
    now: String,
    first_mail: Option<tokio::time::Instant>,
}

#[derive(Debug, Clone, Default)]
pub struct Mailbox(Arc<Mutex<State>>);

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn put(&self, key: &str, record: &impl serde::Serialize) {
        self.state().store(key, serde_json::to_vec(record).unwrap());
    }

    pub fn keys(&self, ending: &str) -> Vec<String> {
        self.state()
            .objects
            .keys()
            .filter(|key| key.ends_with(ending))
            .cloned()
            .collect()
    }

    pub fn get<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&self.state().objects[key].bytes).unwrap()
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// What the topic does with the next letters; after them it takes every one.
    pub fn answers(&self, answers: &[Answer]) {
        self.state().answers = answers.to_vec();
    }

    pub fn clock(&self, now: &str) {
        self.state().now = now.to_owned();
    }

    fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let mut state = self.state();
        let key = path.strip_prefix("work/").filter(|key| !key.is_empty());
        let (status, etag, text) = match (request.method().as_str(), key) {
            ("POST", _) => return state.publish(&body),
            ("PUT", Some(key)) => state.write(key, body, header("if-none-match"), header("if-match")),
            ("GET", Some(key)) => state.read(key),
            ("HEAD", Some(key)) => (state.read(key).0, None, String::new()),
            _ => (200, None, state.listed(request.uri().query().unwrap_or_default())),
        };
        response(status, etag, text)
    }
}

fn response(status: u16, etag: Option<u64>, text: String) -> Result<HttpResponse, ConnectorError> {
    let mut response = http::Response::builder().status(status);
    if let Some(etag) = etag {
        response = response.header("etag", format!("\"{etag}\""));
    }
    let response = response
        .body(SdkBody::from(text))
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")
}

impl State {
    fn write(
        &mut self,
        key: &str,
        body: Vec<u8>,
        if_none_match: Option<String>,
        if_match: Option<String>,
    ) -> (u16, Option<u64>, String) {
        let stored = self.objects.get(key).map(|stored| format!("\"{}\"", stored.version));
        assert!(
            if_none_match.is_some() || if_match.is_some(),
            "`{key}` was written without a condition"
        );
        if (if_none_match.is_some() && stored.is_some()) || (if_match.is_some() && if_match != stored) {
            return (412, None, error("PreconditionFailed"));
        }
        self.store(key, body);
        (200, Some(self.writes), String::new())
    }

    fn read(&self, key: &str) -> (u16, Option<u64>, String) {
        match self.objects.get(key) {
            Some(stored) => (
                200,
                Some(stored.version),
                String::from_utf8_lossy(&stored.bytes).into_owned(),
            ),
            None => (404, None, error("NoSuchKey")),
        }
    }

    fn listed(&self, query: &str) -> String {
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let prefix = parameter("prefix").unwrap_or_default();
        let listed = self
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .map(|(key, stored)| {
                let Stored {
                    bytes,
                    version,
                    written_at,
                } = stored;
                format!(
                    "<Contents><Key>{key}</Key><ETag>\"{version}\"</ETag><Size>{}</Size>\
                 <LastModified>{written_at}</LastModified></Contents>",
                    bytes.len()
                )
            });
        let contents: String = listed.collect();
        format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
    }

    fn store(&mut self, key: &str, bytes: Vec<u8>) {
        self.writes += 1;
        let stored = Stored {
            bytes,
            version: self.writes,
            written_at: self.now.clone(),
        };
        self.objects.insert(key.to_owned(), stored);
    }

    fn publish(&mut self, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let form: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        let answer = if self.answers.is_empty() {
            Answer::Takes
        } else {
            self.answers.remove(0)
        };
        if answer == Answer::Refuses {
            let text = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>no</Message></Error>\
                        </ErrorResponse>";
            return response(429, None, text.to_owned());
        }
        let first = *self.first_mail.get_or_insert_with(tokio::time::Instant::now);
        self.mails.push(Mail {
            second: first.elapsed().as_secs(),
            subject: form.get("Subject").cloned().unwrap_or_default(),
            body: form.get("Message").cloned().unwrap_or_default(),
            audience: form
                .get("MessageAttributes.entry.1.Value.StringValue")
                .cloned()
                .unwrap_or_default(),
        });
        if answer == Answer::IsLost {
            return Err(ConnectorError::io("the connection was reset".into()));
        }
        let id = self.mails.len();
        response(
            200,
            None,
            format!("<PublishResponse><PublishResult><MessageId>{id}</MessageId></PublishResult></PublishResponse>"),
        )
    }
}

impl HttpConnector for Mailbox {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            // Invocations at the same time take turns at every call.
            tokio::task::yield_now().await;
            this.answer(request)
        })
    }
}

impl HttpClient for Mailbox {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
