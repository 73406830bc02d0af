//! SageMaker: pipelines that are interpreted, jobs that are handed out as work, the model registry and models.
//!
//! Calls are checked against the tables in `shapes*.rs`. `advance.rs` moves an execution on whenever something that
//! it waits for has happened: a start, the end of a job, the time of another attempt.

mod advance;
mod answers;
mod check;
mod condition;
mod containers;
mod definition;
mod definition_checks;
mod definition_members;
mod describe_jobs;
mod events;
mod executions;
mod expression;
mod groups;
mod job_access;
mod job_inputs;
mod job_kinds;
mod jobs;
mod list_executions;
mod list_pipelines;
mod models;
mod packages;
mod parameters;
mod paths;
mod pattern;
mod permissions;
mod pipelines;
mod reference;
mod retries;
mod shape;
mod shapes;
mod shapes_jobs;
mod shapes_registry;
mod shapes_transform;
mod steps;
mod stop_execution;
mod tags;
mod update_package;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use permissions::PERMISSIONS;

use crate::{ApiError, Caller, JobKind, JobOutcome, World, input::unknown_operation};

/// Everything that SageMaker remembers.
#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    /// By name.
    pipelines: BTreeMap<String, pipelines::Pipeline>,
    /// By ARN.
    executions: BTreeMap<String, executions::Execution>,
    /// By lower-case name: the service does not tell the cases of a group's name apart.
    groups: BTreeMap<String, groups::Group>,
    /// By ARN.
    packages: BTreeMap<String, packages::Package>,
    /// By name.
    models: BTreeMap<String, models::Model>,
    /// By name. Jobs are never forgotten, so a name is used once.
    jobs: BTreeMap<String, jobs::JobRecord>,
    /// By the resource's ARN.
    tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Idempotency tokens: what was asked with each, and what the answer was.
    tokens: BTreeMap<String, answers::Remembered>,
}

/// What SageMaker does at a time of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SageMakerTimer {
    /// A job has run as long as it may.
    MaxRuntime { job: String },
    /// A job failed before its container could start.
    NotStarted { job: String, reason: String },
    /// The next attempt of a step.
    Retry { execution: String, step: String },
    /// An execution that had nothing left to stop.
    Stopped { execution: String },
}

impl World {
    pub(crate) fn sagemaker_call(
        &mut self,
        caller: &Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        match operation {
            "CreatePipeline" => self.create_pipeline(caller, input),
            "UpdatePipeline" => self.update_pipeline(caller, input),
            "DescribePipeline" => self.describe_pipeline(input),
            "DeletePipeline" => self.delete_pipeline(input),
            "ListPipelines" => self.list_pipelines(input),
            "ListPipelineVersions" => self.list_pipeline_versions(input),
            "StartPipelineExecution" => self.start_execution(caller, input),
            "StopPipelineExecution" => self.stop_execution(input),
            "RetryPipelineExecution" => self.retry_execution(input),
            "DescribePipelineExecution" => self.describe_execution(input),
            "DescribePipelineDefinitionForExecution" => self.describe_definition(input),
            "ListPipelineExecutions" => self.list_executions(input),
            "ListPipelineExecutionSteps" => self.list_steps(input),
            "ListPipelineParametersForExecution" => self.list_parameters(input),
            "CreateProcessingJob" => self.create_job_call(JobKind::Processing, input),
            "CreateTrainingJob" => self.create_job_call(JobKind::Training, input),
            "CreateTransformJob" => self.create_job_call(JobKind::Transform, input),
            "DescribeProcessingJob" => self.describe_job(JobKind::Processing, input),
            "DescribeTrainingJob" => self.describe_job(JobKind::Training, input),
            "DescribeTransformJob" => self.describe_job(JobKind::Transform, input),
            "StopProcessingJob" => self.stop_job_call(JobKind::Processing, input),
            "StopTrainingJob" => self.stop_job_call(JobKind::Training, input),
            "StopTransformJob" => self.stop_job_call(JobKind::Transform, input),
            "ListProcessingJobs" => self.list_jobs(JobKind::Processing, input),
            "ListTrainingJobs" => self.list_jobs(JobKind::Training, input),
            "ListTransformJobs" => self.list_jobs(JobKind::Transform, input),
            _ => self.registry_call(caller, operation, input),
        }
    }

    fn registry_call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        match operation {
            "CreateModelPackageGroup" => self.create_package_group(caller, input),
            "DescribeModelPackageGroup" => self.describe_package_group(input),
            "DeleteModelPackageGroup" => self.delete_package_group(input),
            "ListModelPackageGroups" => self.list_package_groups(input),
            "CreateModelPackage" => self.create_model_package(caller, input),
            "DescribeModelPackage" => self.describe_model_package(input),
            "ListModelPackages" => self.list_model_packages(input),
            "UpdateModelPackage" => self.update_model_package(caller, input),
            "DeleteModelPackage" => self.delete_model_package(input),
            "CreateModel" => self.create_model(input),
            "DescribeModel" => self.describe_model(input),
            "DeleteModel" => self.delete_model(input),
            "ListModels" => self.list_models(input),
            "AddTags" => self.add_resource_tags(input),
            "ListTags" => self.list_resource_tags(input),
            "DeleteTags" => self.delete_resource_tags(input),
            _ => Err(unknown_operation("sagemaker", operation)),
        }
    }

    pub(crate) fn sagemaker_timer(&mut self, timer: SageMakerTimer) {
        match timer {
            SageMakerTimer::MaxRuntime { job } => self.job_ran_too_long(&job),
            SageMakerTimer::NotStarted { job, reason } => self.job_ended(&job, JobOutcome::Failed { reason }),
            SageMakerTimer::Retry { execution, step } => self.retry_step(&execution, &step),
            SageMakerTimer::Stopped { execution } => self.settle_execution(&execution),
        }
    }
}
