//! Moves an execution on: which step may start now, what its end means, when the execution is over.
//!
//! A step that fails lets the others that run come to their end; nothing new starts, and then the execution fails.

use super::{
    SageMakerTimer,
    definition::{Step, StepKind},
    executions::{Execution, Status, StepRun},
    retries,
};
use crate::{World, world::Timer};

/// What the service answers as the reason of an execution; the steps have their own.
const STEPS_FAILED: &str = "Step failure: One or multiple steps failed.";

/// How a step ended.
#[derive(Debug, Clone)]
pub(super) enum StepEnd {
    Succeeded,
    Stopped,
    Failed(String),
}

impl World {
    /// Start every step that can start, and end the execution when nothing is left to do.
    pub(super) fn advance_execution(&mut self, arn: &str) {
        while let Some(step) = self.next_step(arn) {
            self.begin_step(arn, &step);
        }
        self.settle_execution(arn);
    }

    fn next_step(&self, arn: &str) -> Option<Step> {
        let execution = self.sagemaker.executions.get(arn)?;
        let failed = execution
            .steps
            .iter()
            .any(|step| matches!(step.status, Status::Failed | Status::Stopped));
        let running = u64::try_from(execution.running().count()).unwrap_or(u64::MAX);
        let full = execution.max_parallel.is_some_and(|max| running >= max);
        if execution.status != Status::Executing || failed || full {
            return None;
        }
        let waiting = execution
            .definition
            .steps
            .iter()
            .filter(|step| execution.step(&step.name).is_none());
        waiting.into_iter().find(|step| may_start(execution, step)).cloned()
    }

    fn begin_step(&mut self, arn: &str, step: &Step) {
        let now = self.now;
        let Some(execution) = self.sagemaker.executions.get_mut(arn) else {
            return;
        };
        execution.steps.push(StepRun {
            name: step.name.clone(),
            status: Status::Starting,
            started: now,
            ended: None,
            failure: None,
            attempts: 0,
            job: None,
            metadata: serde_json::json!({}),
            properties: serde_json::json!({}),
        });
        self.attempt_step(arn, step);
    }

    fn attempt_step(&mut self, arn: &str, step: &Step) {
        let Some(run) = self
            .sagemaker
            .executions
            .get_mut(arn)
            .and_then(|execution| execution.step_mut(&step.name))
        else {
            return;
        };
        run.attempts += 1;
        // `None`: a job was started, and its end is the step's.
        match self.perform_step(arn, step) {
            Ok(None) => {}
            Ok(Some(end)) => self.end_step(arn, &step.name, end),
            Err(reason) => self.end_step(arn, &step.name, StepEnd::Failed(format!("ClientError: {reason}"))),
        }
    }

    /// The time of another attempt has come. An execution that was stopped meanwhile makes none.
    pub(super) fn retry_step(&mut self, arn: &str, name: &str) {
        let Some(execution) = self.sagemaker.executions.get(arn) else {
            return;
        };
        let waiting = execution.step(name).is_some_and(|step| step.status == Status::Starting);
        let Some(step) = execution.definition.step(name).filter(|_| waiting).cloned() else {
            return;
        };
        self.attempt_step(arn, &step);
        self.advance_execution(arn);
    }

    /// Record how a step ended, or that it will be tried again. The caller advances the execution.
    pub(super) fn end_step(&mut self, arn: &str, name: &str, end: StepEnd) {
        match end {
            StepEnd::Succeeded => self.step_becomes(arn, name, Status::Succeeded, None),
            StepEnd::Stopped => self.step_becomes(arn, name, Status::Stopped, None),
            StepEnd::Failed(reason) => {
                if !self.will_retry(arn, name, &reason) {
                    let reason = reason.chars().take(1024).collect();
                    self.step_becomes(arn, name, Status::Failed, Some(reason));
                }
            }
        }
    }

    fn will_retry(&mut self, arn: &str, name: &str, reason: &str) -> bool {
        let now = self.now;
        let Some(execution) = self.sagemaker.executions.get_mut(arn) else {
            return false;
        };
        let definition = execution.definition.clone();
        let executing = execution.status == Status::Executing;
        let (Some(step), Some(run)) = (definition.step(name), execution.step_mut(name)) else {
            return false;
        };
        let wait = retries::wait(&step.retries, reason, run.attempts, now - run.started);
        let Some(wait) = wait.filter(|_| executing) else {
            return false;
        };
        run.status = Status::Starting;
        run.job = None;
        let retry = SageMakerTimer::Retry {
            execution: arn.to_owned(),
            step: name.to_owned(),
        };
        self.set_timer(now + wait, Timer::SageMaker(retry));
        true
    }

    /// End the execution if none of its steps runs any more and none can start.
    pub(super) fn settle_execution(&mut self, arn: &str) {
        let Some(execution) = self.sagemaker.executions.get(arn) else {
            return;
        };
        if execution.running().next().is_some() {
            return;
        }
        let all_well = execution.steps.iter().all(|step| step.status == Status::Succeeded);
        match execution.status {
            Status::Stopping => self.execution_becomes(arn, Status::Stopped, None),
            Status::Executing if all_well => self.execution_becomes(arn, Status::Succeeded, None),
            Status::Executing => self.execution_becomes(arn, Status::Failed, Some(STEPS_FAILED.into())),
            _ => {}
        }
    }
}

fn may_start(execution: &Execution, step: &Step) -> bool {
    let reached = step
        .branch
        .as_ref()
        .is_none_or(|(condition, branch)| outcome(execution, condition) == Some(*branch));
    reached && step.needs.iter().all(|need| is_done(execution, need))
}

/// How a condition came out, once it has.
fn outcome(execution: &Execution, condition: &str) -> Option<bool> {
    let run = execution
        .step(condition)
        .filter(|run| run.status == Status::Succeeded)?;
    Some(run.properties["Outcome"] == "True")
}

/// Whether a step has succeeded. A condition is done when the steps of the branch it took are.
fn is_done(execution: &Execution, name: &str) -> bool {
    let succeeded = execution.step(name).is_some_and(|run| run.status == Status::Succeeded);
    let is_condition = execution
        .definition
        .step(name)
        .is_some_and(|step| step.kind == StepKind::Condition);
    if !succeeded || !is_condition {
        return succeeded;
    }
    let taken = outcome(execution, name);
    execution.definition.steps.iter().all(|step| match &step.branch {
        Some((condition, branch)) if condition == name && Some(*branch) == taken => is_done(execution, &step.name),
        _ => true,
    })
}
