//! What the world wants done outside itself, and how that ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BlobRef, Millis};

/// Something for the host to do. Each is handed out once by `World::take_work`; `World::outstanding` lists it again
/// after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "few at a time, and most are invocations")]
pub enum Work {
    Invoke(Invocation),
    Run(Box<Job>),
    /// SIGTERM, then SIGKILL: someone stopped the execution or the job. `Input::JobEnded` still follows.
    StopJob {
        id: String,
    },
}

/// One invocation of one function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// The request id, a UUID.
    pub id: String,
    /// The function's name, e.g. `windsock-start-training`.
    pub function: String,
    pub function_arn: String,
    /// The role's ARN, under which the process calls AWS.
    pub role_arn: String,
    pub environment: BTreeMap<String, String>,
    /// Name of the program, from the last component of the function's CodeUri, e.g. `start-training`; with an archive,
    /// the one in it.
    pub program: String,
    /// The archive that the code was uploaded in; nothing where the program lies on this machine.
    #[serde(default)]
    pub archive: Vec<BlobRef>,
    pub memory_mb: u32,
    pub timeout_ms: i64,
    /// When the invocation was handed out; its deadline is this plus `timeout_ms`.
    pub started_at: Millis,
    pub payload: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum InvocationOutcome {
    Returned(Value),
    /// The function answered with an error.
    Failed {
        error_type: String,
        message: String,
    },
    TimedOut,
    /// The process ended or the host was killed.
    Crashed {
        message: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobKind {
    Processing,
    Training,
    Transform,
}

/// A container to run, with everything that SageMaker would give it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The job's name (unique).
    pub id: String,
    pub arn: String,
    pub kind: JobKind,
    /// The pipeline execution and step it belongs to, if any.
    pub execution_arn: Option<String>,
    pub step: Option<String>,
    pub role_arn: String,
    pub image: String,
    /// AppSpecification.ContainerEntrypoint / AlgorithmSpecification.ContainerEntrypoint, if given.
    pub entrypoint: Option<Vec<String>>,
    /// ContainerArguments; `["train"]` for training and `["serve"]` for transform when none were given.
    pub arguments: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub max_runtime_s: i64,
    /// Files to lay down before the start: container path (absolute, under /opt/ml) and bytes. Objects are listed
    /// when the job starts, and a later change of the bucket does not change them.
    pub inputs: Vec<JobInput>,
    /// Folders to upload after success: container path, s3 URI prefix.
    pub outputs: Vec<JobOutput>,
    /// The whole resolved request (CreateProcessingJob, CreateTrainingJob, CreateTransformJob members).
    pub request: Value,
    /// Training: `/opt/ml/input/config/*.json` contents are made by the host from `request`. Transform: the model.
    pub model: Option<JobModel>,
    pub started_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobInput {
    /// e.g. `/opt/ml/processing/input/data` or `/opt/ml/input/data/train`.
    pub container_path: String,
    /// Path below it (already the relative key; may hold `/`), the object, and its bytes.
    pub files: Vec<JobFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobFile {
    pub relative: String,
    pub bucket: String,
    pub key: String,
    pub blobs: Vec<BlobRef>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobOutput {
    /// e.g. `/opt/ml/processing/output`; for training `/opt/ml/model` (a tar.gz of its contents is uploaded).
    pub container_path: String,
    pub bucket: String,
    /// Key prefix without a trailing slash; for a training model the full key of model.tar.gz.
    pub prefix: String,
    pub tar_gz: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobModel {
    pub name: String,
    pub data: JobFile,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JobOutcome {
    /// Exit 0. `message` is /opt/ml/output/message (ExitMessage). Outputs are already stored through `Input::S3Put`.
    Completed {
        message: Option<String>,
        metrics: BTreeMap<String, f64>,
    },
    /// `reason` as AWS would say it, e.g. `AlgorithmError: ...`.
    Failed {
        reason: String,
    },
    Stopped,
}
