//! What a local AWS writes down for those who judge it by other people's models and by its own policies.
//!
//! Of every request what was asked, in the words of whoever asked, one JSON document a line: S3's as HTTP, which says it
//! all, and the others' by operation and members. (The log of inputs has only what changes the world, and S3's part of it in
//! our own words.) Of the world, when it ends, every statement of its policies, with what it allowed or denied. Nothing is
//! written until somebody says where.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::{Value, json};
use windsock_world::{Input, World};

/// Names a folder, where each process that finds it writes files of its own: a kill may cut off the last line.
const VARIABLE: &str = "WINDSOCK_RECORDS";

/// What says who asks, and not what is asked.
const UNTOLD: [header::HeaderName; 2] = [header::AUTHORIZATION, header::HOST];

#[derive(Debug, Default)]
pub struct Records {
    requests: Mutex<Option<File>>,
    /// The file for statements.
    statements: Option<PathBuf>,
}

impl Records {
    /// In the folder that the environment names, in files of this process that begin with `program`; nowhere if it names none.
    pub fn where_told(program: &str) -> anyhow::Result<Self> {
        let Some(folder) = std::env::var_os(VARIABLE) else {
            return Ok(Self::default());
        };
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).with_context(|| format!("create {} for records", folder.display()))?;
        let name = format!("{program}-{}", std::process::id());
        let records = Self {
            statements: Some(folder.join(format!("{name}.statements"))),
            ..Self::default()
        };
        records.write_requests_to(&folder.join(format!("{name}.jsonl")))?;
        Ok(records)
    }

    /// From now on every request is appended to this file.
    pub fn write_requests_to(&self, path: &Path) -> anyhow::Result<()> {
        let file = open(path)?;
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// What became of every statement of this world's policies.
    pub fn statements(&self, world: &World) -> anyhow::Result<()> {
        let Some(path) = &self.statements else { return Ok(()) };
        let mut lines = Vec::new();
        for statement in world.statements() {
            let line = json!({
                "policy": statement.statement.policy.as_ref(),
                "sid": statement.statement.sid.as_deref(),
                "effect": format!("{:?}", statement.effect),
                "listed": statement.listed,
                "actions": statement.actions,
            });
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        let mut file = open(path)?;
        file.write_all(&lines)
            .with_context(|| format!("append to {}", path.display()))
    }

    /// A call as the wire has read it. S3's calls are written down as HTTP, whatever they become.
    pub fn call(&self, input: &Input) {
        if let Input::Call {
            service,
            operation,
            input,
            ..
        } = input
            && service != "s3"
        {
            self.request(|| json!({ "service": service, "operation": operation, "input": input }));
        }
    }

    pub fn s3(&self, request: &Request<Bytes>) {
        self.request(|| {
            let told = request.headers().iter().filter(|(name, _)| !UNTOLD.contains(name));
            let headers: BTreeMap<&str, String> = told
                .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect();
            // What is posted is a document, what is put an object's bytes.
            let document = request.method() == Method::POST;
            let body = document.then(|| String::from_utf8_lossy(request.body()));
            let (path, query) = (request.uri().path(), request.uri().query());
            let method = request.method().as_str();
            json!({ "service": "s3", "method": method, "path": path, "query": query, "headers": headers, "body": body })
        });
    }

    fn request(&self, line: impl FnOnce() -> Value) {
        let mut file = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else { return };
        let mut bytes = line().to_string().into_bytes();
        bytes.push(b'\n');
        if let Err(error) = open.write_all(&bytes) {
            // A gap would look like a request that nobody made.
            tracing::error!("No more requests are written down, because one could not be: {error:#}");
            *file = None;
        }
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    let file = File::options().create(true).append(true).open(path);
    file.with_context(|| format!("open {} for records", path.display()))
}
