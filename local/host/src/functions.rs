//! Runs functions: finds an idle sandbox or starts one, hands it the invocation, and tells how that ended.
//!
//! A sandbox serves one invocation at a time and is kept for the next one, as on AWS. One that timed out, crashed or
//! was deployed anew is not used again.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use windsock_world::{InvocationOutcome, work::Invocation};

use crate::{archive, outside::Outside, process::Processes, sandbox::Sandbox};

/// What every function's process is started with.
pub(crate) struct Place {
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) bin_dir: PathBuf,
    pub(crate) logs_dir: PathBuf,
    /// Where uploaded code is unpacked.
    pub(crate) code_dir: PathBuf,
    pub(crate) processes: Processes,
    /// `http://127.0.0.1:<port>`.
    pub(crate) endpoint: String,
    pub(crate) region: String,
}

impl Place {
    /// Where the function's program lies.
    fn folder(&self, invocation: &Invocation) -> anyhow::Result<PathBuf> {
        if invocation.archive.is_empty() {
            return Ok(self.bin_dir.clone());
        }
        archive::unpacked(&self.code_dir, &invocation.archive, self.outside.as_ref())
    }
}

pub(crate) struct Functions {
    place: Place,
    /// By function name: sandboxes that wait for work.
    idle: Mutex<HashMap<String, Vec<Sandbox>>>,
}

impl Functions {
    pub(crate) fn new(place: Place) -> anyhow::Result<Self> {
        fs::create_dir_all(&place.logs_dir).with_context(|| format!("create {}", place.logs_dir.display()))?;
        Ok(Self {
            place,
            idle: Mutex::default(),
        })
    }

    pub(crate) async fn invoke(&self, invocation: Invocation) -> InvocationOutcome {
        let mut sandbox = match self.take_idle(&invocation) {
            Some(sandbox) => sandbox,
            None => match self.start(&invocation).await {
                Ok(sandbox) => sandbox,
                Err(error) => return cannot_start(&invocation, &error),
            },
        };
        let outcome = sandbox.invoke(&invocation).await;
        if sandbox.is_reusable() {
            self.idle().entry(invocation.function).or_default().push(sandbox);
        }
        outcome
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<String, Vec<Sandbox>>> {
        // The map is whole between any two statements, whatever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle sandbox of the function as it is deployed now. Those of an earlier deployment end here.
    fn take_idle(&self, invocation: &Invocation) -> Option<Sandbox> {
        let deployed = deployment(invocation);
        let mut idle = self.idle();
        let sandboxes = idle.get_mut(&invocation.function)?;
        sandboxes.retain_mut(|sandbox| sandbox.deployment() == deployed && sandbox.is_alive());
        sandboxes.pop()
    }

    async fn start(&self, invocation: &Invocation) -> anyhow::Result<Sandbox> {
        let folder = self.place.folder(invocation)?;
        let program = folder.join(&invocation.program);
        if !program.is_file() {
            let right = match invocation.archive.is_empty() {
                true => "build it, or start the local AWS with the folder that holds it",
                false => "the uploaded archive should hold it",
            };
            anyhow::bail!("its program {} is missing: {right}", program.display());
        }
        Sandbox::start(&self.place, &program, invocation, deployment(invocation)).await
    }
}

/// What a process was started with; a change of any of it needs a new process.
fn deployment(invocation: &Invocation) -> String {
    let Invocation {
        program,
        archive,
        role_arn,
        environment,
        memory_mb,
        ..
    } = invocation;
    serde_json::json!([program, archive, role_arn, environment, memory_mb]).to_string()
}

fn cannot_start(invocation: &Invocation, error: &anyhow::Error) -> InvocationOutcome {
    let message = format!("function {} cannot start: {error:#}", invocation.function);
    tracing::error!("{message}");
    InvocationOutcome::Failed {
        error_type: "Runtime.InvalidEntrypoint".into(),
        message,
    }
}

/// The environment of a function's process: its template's, and what Lambda adds.
pub(crate) fn environment(
    place: &Place,
    invocation: &Invocation,
    runtime_api: &str,
    log_stream: &str,
) -> BTreeMap<String, String> {
    let (access_key_id, secret) = place.outside.credentials(&invocation.role_arn);
    let mut environment = invocation.environment.clone();
    // The program was found in it a moment ago.
    let task_root = place.folder(invocation).unwrap_or_else(|_| place.bin_dir.clone());
    let task_root = task_root.display().to_string();
    let lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", invocation.function.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", invocation.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".into()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", invocation.function),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.to_string()),
        ("AWS_REGION", place.region.clone()),
        ("AWS_DEFAULT_REGION", place.region.clone()),
        ("AWS_ACCESS_KEY_ID", access_key_id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_ENDPOINT_URL", place.endpoint.clone()),
        ("LAMBDA_TASK_ROOT", task_root),
        ("_HANDLER", "bootstrap".into()),
        ("TZ", ":UTC".into()),
    ];
    environment.extend(lambda.map(|(name, value)| (name.to_string(), value)));
    environment
}
