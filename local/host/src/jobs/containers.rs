//! One job's container: its folder, its environment, its process, and how that process ended.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::sync::watch;
use windsock_world::{Job, JobKind, JobOutcome};

use super::{Ended, Place, algorithm_error, client_error, images, internal_error, outputs, paths};
use crate::process::{Process, Start, exit_code};

/// SageMaker gives a stopped container this long before it kills it.
const STOP_GRACE: Duration = Duration::from_secs(120);
/// What SageMaker passes on of /opt/ml/output/failure, in characters, and of /opt/ml/output/message, in bytes.
const TOLD_MAX: usize = 1024;

/// A job and what it needs to run.
#[derive(Clone)]
pub(super) struct Container {
    pub(super) place: Arc<Place>,
    pub(super) job: Arc<Job>,
    pub(super) stop: watch::Receiver<bool>,
}

/// The folder that stands for the container's disk.
#[derive(Debug, Clone)]
pub(super) struct JobDir {
    pub(super) root: PathBuf,
    /// Stands for /opt/ml.
    pub(super) ml: PathBuf,
    /// What the program prints.
    pub(super) log: PathBuf,
}

impl JobDir {
    /// The path on this machine for a container path.
    pub(super) fn path(&self, container_path: &str) -> Ended<PathBuf> {
        paths::container(&self.ml, container_path)
    }

    /// Writes a configuration file, e.g. `/opt/ml/config/resourceconfig.json`.
    pub(super) fn write_json(&self, container_path: &str, value: &Value) -> Ended<()> {
        let path = self.path(container_path)?;
        let write = || -> anyhow::Result<()> {
            fs::create_dir_all(path.parent().unwrap_or(&self.ml))?;
            fs::write(&path, serde_json::to_vec(value)?).with_context(|| format!("write {}", path.display()))
        };
        write().map_err(|error| internal_error(&error))
    }

    /// The first characters of what the program says in `failure`.
    pub(super) fn failure(&self) -> Option<String> {
        let bytes = fs::read(self.ml.join("output/failure")).ok()?;
        let text: String = String::from_utf8_lossy(&bytes).trim().chars().take(TOLD_MAX).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The first kilobyte of what the program says in `message`.
    pub(super) fn message(&self) -> Ended<Option<String>> {
        let Ok(bytes) = fs::read(self.ml.join("output/message")) else {
            return Ok(None);
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(client_error("/opt/ml/output/message is not UTF-8"));
        };
        let text = text.trim();
        let end = (0..=TOLD_MAX.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        Ok((end > 0).then(|| text[..end].to_string()))
    }
}

impl Container {
    /// Makes the job's folder anew and lays its inputs down. A job that runs again finds nothing of its last time.
    pub(super) async fn prepare(&self) -> Ended<JobDir> {
        let container = self.clone();
        blocking(move || container.prepare_now()).await
    }

    fn prepare_now(&self) -> Ended<JobDir> {
        let root = self.place.jobs_dir.join(paths::relative(&self.job.id));
        let dir = JobDir {
            ml: root.join("ml"),
            log: root.join("output.log"),
            root,
        };
        let fresh = || -> anyhow::Result<()> {
            if dir.root.exists() {
                fs::remove_dir_all(&dir.root).with_context(|| format!("remove {}", dir.root.display()))?;
            }
            for folder in ["input/config", "input/data", "model", "output/data"] {
                fs::create_dir_all(dir.ml.join(folder)).with_context(|| format!("create {}", dir.ml.display()))?;
            }
            fs::write(&dir.log, "")?;
            Ok(())
        };
        fresh().map_err(|error| internal_error(&error))?;
        if self.job.kind == JobKind::Transform {
            // A server sees records and never the objects.
            return Ok(dir);
        }
        for input in &self.job.inputs {
            let folder = dir.path(&input.container_path)?;
            fs::create_dir_all(&folder).map_err(|error| internal_error(&error.into()))?;
            for file in &input.files {
                let bytes = self.object(file)?;
                paths::lay_down(&folder, &file.relative, &bytes)
                    .with_context(|| format!("lay down s3://{}/{}", file.bucket, file.key))
                    .map_err(|error| internal_error(&error))?;
            }
        }
        for output in &self.job.outputs {
            fs::create_dir_all(dir.path(&output.container_path)?).map_err(|error| internal_error(&error.into()))?;
        }
        Ok(dir)
    }

    /// An input object's bytes.
    pub(super) fn object(&self, file: &windsock_world::work::JobFile) -> Ended<Vec<u8>> {
        let mut bytes = Vec::new();
        for blob in &file.blobs {
            let part = self
                .place
                .outside
                .read(blob)
                .with_context(|| format!("read s3://{}/{}", file.bucket, file.key));
            bytes.extend_from_slice(&part.map_err(|error| internal_error(&error))?);
        }
        Ok(bytes)
    }

    /// Starts the image's program with the job's entry point, arguments and environment, and `extra` beside them.
    pub(super) fn start(&self, dir: &JobDir, extra: &[(&str, String)]) -> Ended<Process> {
        let job = &self.job;
        let mut words = match &job.entrypoint {
            Some(entrypoint) if !entrypoint.is_empty() => entrypoint.clone(),
            _ => images::command(&self.place, &job.image)?,
        };
        words.extend(job.arguments.iter().cloned());
        let words: Vec<String> = words.iter().map(|word| paths::argument(&dir.ml, word)).collect();
        let Some((program, arguments)) = words.split_first() else {
            return Err(client_error("the container's command is empty"));
        };
        let environment = self.environment(dir, extra);
        let start = Start {
            program: Path::new(program),
            arguments,
            environment: &environment,
            folder: &dir.root,
        };
        let started = self.place.processes.start(start, &dir.log);
        started.map_err(|error| client_error(format!("the container of image {} cannot start: {error:#}", job.image)))
    }

    fn environment(&self, dir: &JobDir, extra: &[(&str, String)]) -> BTreeMap<String, String> {
        let mut environment = self.job.environment.clone();
        let given = [
            ("WINDSOCK_ML_ROOT", dir.ml.display().to_string()),
            ("HOME", dir.root.display().to_string()),
            ("AWS_REGION", self.place.region.clone()),
            ("AWS_DEFAULT_REGION", self.place.region.clone()),
        ];
        let given = given.iter().chain(extra);
        environment.extend(given.map(|(name, value)| ((*name).to_string(), value.clone())));
        environment
    }

    /// Runs the program to its end and gives its exit code. A stop ends the job; so does too long a run, which the
    /// world notices on its own clock and makes a stop of.
    pub(super) async fn run(&self, dir: &JobDir, extra: &[(&str, String)]) -> Ended<i32> {
        let mut process = self.start(dir, extra)?;
        let status = self.until_stopped(&mut process).await?;
        Ok(exit_code(status))
    }

    /// Waits for the program's end, but not past a stop.
    async fn until_stopped(&self, process: &mut Process) -> Ended<ExitStatus> {
        let mut stop = self.stop.clone();
        let ended = tokio::select! {
            status = process.wait() => return status.map_err(|error| internal_error(&error.into())),
            () = stopped(&mut stop) => JobOutcome::Stopped,
        };
        // However it ends now, that is why.
        let _ = process.stop(STOP_GRACE).await;
        Err(ended)
    }

    /// Uploads every output, as the job's role.
    pub(super) async fn upload(&self, dir: &JobDir) -> Ended<()> {
        let (container, dir) = (self.clone(), dir.clone());
        blocking(move || {
            let outside = container.place.outside.as_ref();
            container
                .job
                .outputs
                .iter()
                .try_for_each(|output| outputs::upload(outside, &dir, &container.job.role_arn, output))
        })
        .await
    }

    /// The outputs are stored, so only what was printed is kept.
    pub(super) fn clean_up(&self, dir: &JobDir) {
        if let Err(error) = fs::remove_dir_all(&dir.ml) {
            tracing::warn!(job = %self.job.id, %error, "The folder of an ended job could not be removed");
        }
    }

    /// `resourceconfig.json`: one machine, whatever the request asks for.
    pub(super) fn resources(&self) -> Value {
        let request = &self.job.request;
        let instance = request.pointer("/ResourceConfig/InstanceType");
        let instance = instance.or_else(|| request.pointer("/ProcessingResources/ClusterConfig/InstanceType"));
        json!({
            "current_host": "algo-1",
            "current_instance_type": instance,
            "hosts": ["algo-1"],
            "network_interface_name": "lo",
        })
    }
}

/// The exit code's meaning, in AWS's words.
pub(super) fn check_exit(code: i32, told: Option<String>) -> Ended<()> {
    if code == 0 {
        return Ok(());
    }
    let told = told.unwrap_or_else(|| "See job logs for more information".into());
    Err(algorithm_error(format!("{told}, exit code: {code}")))
}

/// Ends when the job should stop, which may be never.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Disk work, away from the threads that serve requests.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Ended<T> + Send + 'static) -> Ended<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(internal_error(&error.into())),
    }
}
