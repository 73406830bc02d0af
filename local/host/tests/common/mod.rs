//! A local host in a temporary folder, with the fixture as every program.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use windsock_host::{ClockMode, Host, HostConfig};
use windsock_world::{ApiError, BlobRef, Caller, Entry, Input, Millis, Output, Record, S3Request, Settings};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/test";
pub const IMAGE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/windsock-jobs:0.1.0";
pub const START: Millis = 1_700_000_000_000;
pub const MINUTE: Millis = 60_000;
pub const DAY: Millis = 1_440 * MINUTE;
/// Nothing here takes a minute; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for program in ["echo", "windsock-jobs"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_windsock-host-fixture"), bin.join(program)).unwrap();
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn state_dir(&self) -> PathBuf {
        self.path("state")
    }

    pub fn config(&self) -> HostConfig {
        HostConfig {
            state_dir: self.state_dir(),
            port: None,
            bin_dir: self.path("bin"),
            images: BTreeMap::new(),
            clock: ClockMode::Jumping {
                starts_at: START,
                horizon: START,
            },
            settings: settings(),
        }
    }

    pub async fn start(&self) -> Host {
        Host::start(self.config()).await.unwrap()
    }

    /// Why a host does not start.
    pub async fn refused(&self, config: HostConfig) -> String {
        let Err(error) = Host::start(config).await else {
            panic!("the host started")
        };
        format!("{error:#}")
    }
}

pub fn settings() -> Settings {
    Settings {
        account: "123456789012".into(),
        region: "eu-central-1".into(),
        started_at: START,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Default::default(),
    }
}

pub fn operator() -> Caller {
    Caller {
        arn: "arn:aws:iam::123456789012:user/operator".into(),
    }
}

pub fn try_call(host: &Host, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
    let (service, operation) = (service.to_string(), operation.to_string());
    match host.apply(Input::Call {
        caller: operator(),
        service,
        operation,
        input,
    })? {
        Output::Value(value) => Ok(value),
        other => panic!("no value: {other:?}"),
    }
}

pub fn call(host: &Host, service: &str, operation: &str, input: Value) -> Value {
    try_call(host, service, operation, input).unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
}

/// Creates a bucket, once.
pub fn bucket(host: &Host) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
    });
    call(
        host,
        "iam",
        "CreateRole",
        json!({"RoleName": "test", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    call(host, "s3", "CreateBucket", json!({"Bucket": "work"}));
}

pub fn put(host: &Host, place: &Place, key: &str, text: &str) {
    put_bytes(host, place, key, text.as_bytes());
}

pub fn put_bytes(host: &Host, place: &Place, key: &str, bytes: &[u8]) {
    let blob = BlobRef::of(bytes);
    let path = place
        .state_dir()
        .join("blobs")
        .join(&blob.sha256[..2])
        .join(&blob.sha256[2..]);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    let request = S3Request::Put {
        bucket: "work".into(),
        key: key.into(),
        blob,
        if_none_match: false,
        if_match: None,
        content_type: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
    };
    host.apply(Input::S3 {
        caller: operator(),
        request,
    })
    .unwrap();
}

/// An object's bytes, if it is there.
pub fn get(host: &Host, place: &Place, key: &str) -> Option<Vec<u8>> {
    let request = S3Request::Get {
        bucket: "work".into(),
        key: key.into(),
        version_id: None,
    };
    let Ok(Output::Object(object)) = host.apply(Input::S3 {
        caller: operator(),
        request,
    }) else {
        return None;
    };
    let blob = &object.body.blobs[0];
    Some(
        fs::read(
            place
                .state_dir()
                .join("blobs")
                .join(&blob.sha256[..2])
                .join(&blob.sha256[2..]),
        )
        .unwrap(),
    )
}

pub fn text(host: &Host, place: &Place, key: &str) -> Option<String> {
    get(host, place, key).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Creates the function `echo`, which does what FIXTURE says.
pub fn function(host: &Host, fixture: &str, more: Value) {
    let mut variables = json!({"FIXTURE": fixture});
    for (name, value) in more.as_object().unwrap() {
        variables[name] = value.clone();
    }
    let function = json!({
        "FunctionName": "echo", "Role": ROLE, "Code": {"CodeUri": "target/lambda/echo/"},
        "Timeout": 20, "Environment": {"Variables": variables},
    });
    call(host, "lambda", "CreateFunction", function);
}

/// An asynchronous invocation.
pub fn invoke(host: &Host, payload: Value) {
    let input = json!({"FunctionName": "echo", "InvocationType": "Event", "Payload": payload});
    call(host, "lambda", "Invoke", input);
}

/// How the invocations ended so far: when, how, and with which answer.
pub fn ends(entries: &[Entry]) -> Vec<(Millis, String, Value)> {
    let ends = entries.iter().filter_map(|entry| match &entry.record {
        Record::InvocationEnded { outcome, answer, .. } => Some((entry.at, outcome.clone(), answer.clone())),
        _ => None,
    });
    ends.collect()
}

/// Waits, but not for ever.
pub async fn within<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("it should not take this long")
}

/// What the fixture wrote into the file `mark`, as soon as it is there whole.
pub async fn mark(place: &Place) -> String {
    within(async {
        loop {
            match fs::read_to_string(place.path("mark")) {
                Ok(text) if !text.is_empty() => return text.trim().to_string(),
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await
}

pub fn mark_variable(place: &Place) -> Value {
    json!({"MARK": place.path("mark").display().to_string()})
}

pub fn signal(signal: &str, process: &str) {
    assert!(
        std::process::Command::new("kill")
            .args([signal, process])
            .status()
            .unwrap()
            .success()
    );
}

/// Whether a process with this number is there. One that waits for its parent to take note of its end is not.
pub fn is_alive(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}

/// Waits until the kernel has carried out what a kill began.
pub async fn dead(process: &str) {
    while is_alive(process) {
        tokio::task::yield_now().await;
    }
}
