//! What the endpoint was asked, in the words of whoever asked: for those who hold requests against other people's models.
//!
//! The log of inputs has only what changes the world, and S3's part of it in our own words. Here is every request, one JSON
//! document a line: S3's as HTTP, which says it all, and the others' by operation and members. Nothing is written until
//! somebody says where.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::{Value, json};
use windsock_world::Input;

use crate::store::write_line;

/// Names a folder, where each process that finds it writes a file of its own: a kill may cut off the last line.
const VARIABLE: &str = "WINDSOCK_REQUESTS";

/// What says who asks, and not what is asked.
const UNTOLD: [header::HeaderName; 2] = [header::AUTHORIZATION, header::HOST];

#[derive(Debug, Default)]
pub(crate) struct Requests {
    file: Mutex<Option<File>>,
}

impl Requests {
    /// Starts writing where the environment says so.
    pub(crate) fn write_where_told(&self) -> anyhow::Result<()> {
        let Some(folder) = std::env::var_os(VARIABLE) else {
            return Ok(());
        };
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).with_context(|| format!("create {} for the requests", folder.display()))?;
        let program = std::env::current_exe().context("find this program's own name")?;
        let program = program.file_name().unwrap_or_default().display().to_string();
        let name = format!("{program}-{}.jsonl", std::process::id());
        self.write_to(&folder.join(name))
    }

    pub(crate) fn write_to(&self, path: &Path) -> anyhow::Result<()> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("open {} for the requests", path.display()))?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// A call as the wire has read it. S3's calls are written down as HTTP, whatever they become.
    pub(crate) fn call(&self, input: &Input) {
        if let Input::Call {
            service,
            operation,
            input,
            ..
        } = input
            && service != "s3"
        {
            self.line(|| json!({ "service": service, "operation": operation, "input": input }));
        }
    }

    pub(crate) fn s3(&self, request: &Request<Bytes>) {
        self.line(|| {
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

    fn line(&self, line: impl FnOnce() -> Value) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else { return };
        if let Err(error) = write_line(open, &line()) {
            // A gap would look like a request that nobody made.
            tracing::error!("No more requests are written down, because one could not be: {error:#}");
            *file = None;
        }
    }
}
