//! Runs jobs: SageMaker's containers as processes, by SageMaker's container contracts, without containers.
//!
//! `/opt/ml` is the folder `<state_dir>/jobs/<job>/ml`, told to the program as WINDSOCK_ML_ROOT. Inputs are laid down
//! before the start; outputs are stored through the world's S3, as the job's role, before the job is reported ended.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use tokio::sync::{Semaphore, watch};
use windsock_world::{Job, JobKind, JobOutcome};

use crate::{outside::Outside, process::Processes};

mod containers;
mod images;
mod outputs;
mod paths;
mod processing;
mod training;
mod transform;

/// A job takes a core or more; a third would only slow down the first two.
const AT_ONCE_MAX: usize = 2;

/// What every job is started with.
pub(crate) struct Place {
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) bin_dir: PathBuf,
    pub(crate) images: BTreeMap<String, Vec<String>>,
    pub(crate) jobs_dir: PathBuf,
    pub(crate) processes: Processes,
    pub(crate) region: String,
}

pub(crate) struct Jobs {
    place: Arc<Place>,
    permits: Semaphore,
    /// Whether each job that is known here should stop.
    stops: Mutex<HashMap<String, watch::Sender<bool>>>,
}

/// A step of a job, or how the job ended early.
type Ended<T> = Result<T, JobOutcome>;

impl Jobs {
    pub(crate) fn new(place: Place) -> anyhow::Result<Self> {
        fs::create_dir_all(&place.jobs_dir).with_context(|| format!("create {}", place.jobs_dir.display()))?;
        Ok(Self {
            place: Arc::new(place),
            permits: Semaphore::new(AT_ONCE_MAX),
            stops: Mutex::default(),
        })
    }

    /// Runs the job as soon as there is room, and stores its outputs.
    pub(crate) async fn run(&self, job: Job) -> JobOutcome {
        let id = job.id.clone();
        let stop = self.stop_signal(&id).subscribe();
        let mut stopped_waiting = stop.clone();
        let permit = tokio::select! {
            biased;
            () = containers::stopped(&mut stopped_waiting) => Err(JobOutcome::Stopped),
            permit = self.permits.acquire() => permit.map_err(|closed| internal_error(&closed.into())),
        };
        let outcome = match permit {
            Ok(_permit) => self.run_now(job, stop).await,
            Err(early) => early,
        };
        self.stops().remove(&id);
        outcome
    }

    async fn run_now(&self, job: Job, stop: watch::Receiver<bool>) -> JobOutcome {
        let (id, kind) = (job.id.clone(), job.kind);
        tracing::info!(job = %id, ?kind, "Running a job");
        let container = containers::Container {
            place: Arc::clone(&self.place),
            job: Arc::new(job),
            stop,
        };
        let ended = match kind {
            JobKind::Processing => processing::run(container).await,
            JobKind::Training => training::run(container).await,
            JobKind::Transform => transform::run(container).await,
        };
        let outcome = ended.unwrap_or_else(|early| early);
        if let JobOutcome::Failed { reason } = &outcome {
            tracing::warn!(job = %id, "A job failed: {reason}");
        }
        outcome
    }

    /// Stops the job, whether it runs, waits, or is only about to be run.
    pub(crate) fn stop(&self, id: &str) {
        self.stop_signal(id).send_replace(true);
    }

    fn stop_signal(&self, id: &str) -> watch::Sender<bool> {
        self.stops()
            .entry(id.to_string())
            .or_insert_with(|| watch::channel(false).0)
            .clone()
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<bool>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The job's own request or input is at fault.
fn client_error(sentence: impl std::fmt::Display) -> JobOutcome {
    JobOutcome::Failed {
        reason: format!("ClientError: {sentence}"),
    }
}

/// The container's program is at fault.
fn algorithm_error(sentence: impl std::fmt::Display) -> JobOutcome {
    JobOutcome::Failed {
        reason: format!("AlgorithmError: {sentence}"),
    }
}

/// This machine is at fault.
fn internal_error(error: &anyhow::Error) -> JobOutcome {
    JobOutcome::Failed {
        reason: format!("InternalServerError: {error:#}"),
    }
}
