//! Ending an execution before its time, and running it again from where it failed.

use serde_json::{Value, json};

use super::{
    SageMakerTimer,
    answers::{conflict, said},
    check,
    executions::{Status, no_execution, parallelism},
    shapes,
};
use crate::{ApiError, Millis, World, world::Timer};

/// How long an execution without running jobs is seen as stopping.
const STOPPING_MS: Millis = 1000;

impl World {
    /// Returns at once; the execution is over when its jobs are.
    pub(super) fn stop_execution(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::STOP_EXECUTION)?;
        let (arn, token) = (
            said(input, "PipelineExecutionArn").to_owned(),
            said(input, "ClientRequestToken"),
        );
        let execution = self.execution(&arn)?;
        if let Some(answer) = self.recall_answer("StopPipelineExecution", token, input)? {
            return Ok(answer);
        }
        if execution.status != Status::Executing {
            let message = format!(
                "Pipeline execution {arn} cannot be stopped: it is {}",
                execution.status.name()
            );
            return Err(conflict(message));
        }
        self.execution_becomes(&arn, Status::Stopping, None);
        self.stop_steps(&arn);
        if self.execution(&arn)?.running().next().is_none() {
            let stopped = SageMakerTimer::Stopped { execution: arn.clone() };
            self.set_timer(self.now + STOPPING_MS, Timer::SageMaker(stopped));
        }
        let answer = json!({"PipelineExecutionArn": arn});
        self.remember_answer("StopPipelineExecution", token, input.clone(), &answer);
        Ok(answer)
    }

    /// Stop the jobs of an execution, in its role's name: one that it may not stop goes on to its end. A step that only
    /// waits for its next attempt is over at once.
    fn stop_steps(&mut self, arn: &str) {
        let Some(execution) = self.sagemaker.executions.get(arn) else {
            return;
        };
        let running: Vec<_> = execution
            .running()
            .map(|step| (step.name.clone(), step.job.clone()))
            .collect();
        for (name, job) in running {
            if job.as_ref().is_some_and(|job| !self.may_stop(arn, job)) {
                continue;
            }
            let stopping = job.is_some_and(|job| self.ask_to_stop(&job));
            if stopping {
                self.step_becomes(arn, &name, Status::Stopping, None);
            } else {
                let retry = SageMakerTimer::Retry {
                    execution: arn.to_owned(),
                    step: name.clone(),
                };
                self.cancel_timer(&Timer::SageMaker(retry));
                self.step_becomes(arn, &name, Status::Stopped, None);
            }
        }
    }

    /// Run the steps that failed or were stopped again, under the same ARN and with the same parameters.
    pub(super) fn retry_execution(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::RETRY_EXECUTION)?;
        let (arn, token) = (
            said(input, "PipelineExecutionArn").to_owned(),
            said(input, "ClientRequestToken"),
        );
        self.execution(&arn)?;
        if let Some(answer) = self.recall_answer("RetryPipelineExecution", token, input)? {
            return Ok(answer);
        }
        let Some(execution) = self.sagemaker.executions.get_mut(&arn) else {
            return Err(no_execution(&arn));
        };
        if !matches!(execution.status, Status::Failed | Status::Stopped) {
            let message = format!(
                "Pipeline execution {arn} cannot be retried: it is {}",
                execution.status.name()
            );
            return Err(conflict(message));
        }
        execution.steps.retain(|step| step.status == Status::Succeeded);
        execution.max_parallel = parallelism(input).or(execution.max_parallel);
        execution.ended = None;
        let answer = json!({"PipelineExecutionArn": arn});
        self.remember_answer("RetryPipelineExecution", token, input.clone(), &answer);
        self.execution_becomes(&arn, Status::Executing, None);
        self.advance_execution(&arn);
        Ok(answer)
    }
}
