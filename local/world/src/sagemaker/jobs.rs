//! Jobs: a container to run is handed out as work, and its end comes back through `job_ended`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    SageMakerTimer,
    advance::StepEnd,
    answers::{not_found, said},
    check,
};
use crate::{ApiError, JobKind, JobOutcome, Millis, Work, World, world::Timer};

#[derive(Debug, Clone)]
pub(super) struct JobRecord {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) kind: JobKind,
    /// The whole resolved request.
    pub(super) request: Value,
    /// `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`.
    pub(super) status: &'static str,
    pub(super) failure: Option<String>,
    pub(super) exit_message: Option<String>,
    pub(super) created: Millis,
    pub(super) ended: Option<Millis>,
    pub(super) metrics: BTreeMap<String, f64>,
    /// The step that waits for it.
    pub(super) origin: Option<Origin>,
    /// Set when the job is being stopped because its time was up, and not because somebody asked.
    ran_too_long: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) execution: String,
    pub(super) step: String,
}

impl World {
    pub(super) fn create_job_call(&mut self, kind: JobKind, input: &Value) -> Result<Value, ApiError> {
        let arn = self.create_job(kind, input.clone(), None)?;
        Ok(json!({format!("{}Arn", kind.resource_member()): arn}))
    }

    /// Start a job. What is wrong with the request is refused; what is wrong with its data fails the job.
    pub(super) fn create_job(
        &mut self,
        kind: JobKind,
        request: Value,
        origin: Option<Origin>,
    ) -> Result<String, ApiError> {
        check::input(&request, kind.create_shape())?;
        let name = said(&request, kind.name_member()).to_owned();
        let arn = self.arn("sagemaker", &format!("{}/{name}", kind.in_arn()));
        if self.sagemaker.jobs.contains_key(&name) {
            let message = "Job name must be unique within an AWS account and region, and a job with this name already";
            return Err(ApiError::new(400, "ResourceInUse", format!("{message} exists ({arn})")));
        }
        let job = match kind {
            JobKind::Processing => self.processing_job(&request, &arn)?,
            JobKind::Training => self.training_job(&request, &arn)?,
            JobKind::Transform => self.transform_job(&request, &arn)?,
        };
        if let Ok(job) = &job {
            self.check_job_role(&arn, &job.role_arn)?;
        }
        self.tag_resource(&arn, &request["Tags"])?;
        if let Some(origin) = &origin {
            self.add_tag(&arn, "sagemaker:pipeline-execution-arn", &origin.execution);
            self.add_tag(&arn, "sagemaker:pipeline-step-name", &origin.step);
        }
        let record = JobRecord {
            name: name.clone(),
            arn: arn.clone(),
            kind,
            request,
            status: "InProgress",
            failure: None,
            exit_message: None,
            created: self.now,
            ended: None,
            metrics: BTreeMap::new(),
            origin: origin.clone(),
            ran_too_long: false,
        };
        self.sagemaker.jobs.insert(name.clone(), record);
        match job {
            Ok(mut job) => {
                job.execution_arn = origin.as_ref().map(|origin| origin.execution.clone());
                job.step = origin.map(|origin| origin.step);
                let limit = self.now + job.max_runtime_s.saturating_mul(1000);
                self.set_timer(limit, max_runtime(&name));
                self.push_work(Work::Run(Box::new(job)));
            }
            // The job exists and fails a moment later, as it does when its data cannot be downloaded.
            Err(reason) => {
                let failed = SageMakerTimer::NotStarted { job: name, reason };
                self.set_timer(self.now, Timer::SageMaker(failed));
            }
        }
        Ok(arn)
    }

    pub(crate) fn job_ended(&mut self, id: &str, outcome: JobOutcome) {
        let now = self.now;
        let Some(record) = self.sagemaker.jobs.get_mut(id).filter(|record| record.ended.is_none()) else {
            return;
        };
        record.ended = Some(now);
        let end = match outcome {
            JobOutcome::Completed { message, metrics } => {
                record.status = "Completed";
                record.exit_message = message;
                record.metrics = metrics;
                StepEnd::Succeeded
            }
            JobOutcome::Failed { reason } => fail(record, reason),
            JobOutcome::Stopped if record.ran_too_long => fail(
                record,
                "ClientError: The job ran longer than its StoppingCondition allows, and was stopped".into(),
            ),
            JobOutcome::Stopped => {
                record.status = "Stopped";
                StepEnd::Stopped
            }
        };
        let origin = record.origin.clone();
        let described = self.sagemaker.jobs.get(id).map(JobRecord::describe);
        self.cancel_timer(&max_runtime(id));
        let (Some(origin), Some(described)) = (origin, described) else {
            return;
        };
        let execution = self.sagemaker.executions.get_mut(&origin.execution);
        let Some(run) = execution.and_then(|execution| execution.step_mut(&origin.step)) else {
            return;
        };
        // A step that was tried again waits for another job.
        if run.job.as_deref() == Some(id) {
            run.properties = described;
            self.end_step(&origin.execution, &origin.step, end);
            self.advance_execution(&origin.execution);
        }
    }

    pub(super) fn job_ran_too_long(&mut self, name: &str) {
        if let Some(record) = self
            .sagemaker
            .jobs
            .get_mut(name)
            .filter(|record| record.ended.is_none())
        {
            record.ran_too_long = record.status == "InProgress";
            self.ask_to_stop(name);
        }
    }

    /// Ask for a running job to be stopped. Whether it ran.
    pub(super) fn ask_to_stop(&mut self, name: &str) -> bool {
        let Some(record) = self
            .sagemaker
            .jobs
            .get_mut(name)
            .filter(|record| record.ended.is_none())
        else {
            return false;
        };
        if record.status == "InProgress" {
            record.status = "Stopping";
            self.push_work(Work::StopJob { id: name.to_owned() });
        }
        true
    }

    pub(super) fn stop_job_call(&mut self, kind: JobKind, input: &Value) -> Result<Value, ApiError> {
        check::input(input, kind.name_shape())?;
        let name = said(input, kind.name_member()).to_owned();
        let record = self.job_record(kind, &name)?;
        if record.status != "InProgress" {
            let message = format!(
                "The request was rejected because the job is in status {}.",
                record.status
            );
            return Err(ApiError::validation(message));
        }
        self.ask_to_stop(&name);
        Ok(json!({}))
    }

    pub(super) fn job_record(&self, kind: JobKind, name: &str) -> Result<&JobRecord, ApiError> {
        let record = self.sagemaker.jobs.get(name).filter(|record| record.kind == kind);
        record.ok_or_else(|| not_found(format!("Could not find requested job with name: {name}")))
    }
}

fn fail(record: &mut JobRecord, reason: String) -> StepEnd {
    record.status = "Failed";
    record.failure = Some(reason.chars().take(1024).collect());
    // A step's reason begins with whose fault it was; a job's reason that says so already is not given a second one.
    let told = ["ClientError:", "InternalServerError:", "CapacityError:"]
        .iter()
        .any(|kind| reason.starts_with(kind));
    StepEnd::Failed(if told { reason } else { format!("ClientError: {reason}") })
}

fn max_runtime(job: &str) -> Timer {
    Timer::SageMaker(SageMakerTimer::MaxRuntime { job: job.to_owned() })
}
