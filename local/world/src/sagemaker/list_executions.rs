//! What can be read about executions: themselves, their steps, their parameters, their definition.

use serde_json::{Value, json};

use super::{
    answers::{by_time, said, time, user, within, without_nulls},
    check,
    executions::{Execution, Status, StepRun},
    shapes,
};
use crate::{ApiError, World};

impl World {
    pub(super) fn describe_execution(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::DESCRIBE_EXECUTION)?;
        let execution = self.execution(said(input, "PipelineExecutionArn"))?;
        let parallel = execution
            .max_parallel
            .map(|steps| json!({"MaxParallelExecutionSteps": steps}));
        Ok(without_nulls(json!({
            "PipelineArn": execution.pipeline_arn,
            "PipelineExecutionArn": execution.arn,
            "PipelineExecutionDisplayName": execution.display_name,
            "PipelineExecutionStatus": execution.status.name(),
            "PipelineExecutionDescription": execution.description,
            "FailureReason": execution.failure,
            "CreationTime": time(execution.created),
            "LastModifiedTime": time(execution.modified),
            "CreatedBy": user(&execution.caller),
            "LastModifiedBy": user(&execution.caller),
            "ParallelismConfiguration": parallel,
            "PipelineVersionId": execution.version,
            "RoleArn": execution.role_arn,
        })))
    }

    pub(super) fn describe_definition(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::DESCRIBE_EXECUTION)?;
        let execution = self.execution(said(input, "PipelineExecutionArn"))?;
        Ok(json!({"PipelineDefinition": &*execution.text, "CreationTime": time(execution.created)}))
    }

    pub(super) fn list_executions(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_EXECUTIONS)?;
        let pipeline = self.pipeline(said(input, "PipelineName"))?;
        let by_arn = said(input, "SortBy") == "PipelineExecutionArn";
        let shown_at = self.now - self.chance.list_lag();
        // ARNs of one pipeline stand together.
        let first = format!("{}/execution/", pipeline.arn);
        let ours = self
            .sagemaker
            .executions
            .range(first.clone()..)
            .take_while(|(arn, _)| arn.starts_with(&first));
        let items = ours
            .filter_map(|(_, execution)| Some((execution, execution.status_at(shown_at)?)))
            .filter(|(execution, _)| within(input, "CreatedAfter", "CreatedBefore", execution.created))
            .map(|(execution, status)| {
                let key = if by_arn {
                    execution.arn.clone()
                } else {
                    by_time(execution.created, &execution.arn)
                };
                (key, summary(execution, status))
            });
        self.page(input, "PipelineExecutionSummaries", "Descending", items.collect())
    }

    pub(super) fn list_steps(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_STEPS)?;
        let execution = self.execution(said(input, "PipelineExecutionArn"))?;
        let steps = execution.steps.iter().enumerate();
        let items = steps.map(|(index, step)| (format!("{index:020}"), step_summary(execution, step)));
        self.page(input, "PipelineExecutionSteps", "Descending", items.collect())
    }

    pub(super) fn list_parameters(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_PARAMETERS)?;
        let execution = self.execution(said(input, "PipelineExecutionArn"))?;
        let items = execution.parameters.iter().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), json!({"Name": name, "Value": text}))
        });
        self.page(input, "PipelineParameters", "Ascending", items.collect())
    }
}

fn summary(execution: &Execution, status: Status) -> Value {
    without_nulls(json!({
        "PipelineExecutionArn": execution.arn,
        "StartTime": time(execution.created),
        "PipelineExecutionStatus": status.name(),
        "PipelineExecutionDescription": execution.description,
        "PipelineExecutionDisplayName": execution.display_name,
        "PipelineExecutionFailureReason": execution.failure,
    }))
}

fn step_summary(execution: &Execution, step: &StepRun) -> Value {
    let defined = execution.definition.step(&step.name);
    without_nulls(json!({
        "StepName": step.name,
        "StepDisplayName": defined.and_then(|step| step.display_name.as_ref()),
        "StepDescription": defined.and_then(|step| step.description.as_ref()),
        "StartTime": time(step.started),
        "EndTime": step.ended.map(time),
        "StepStatus": step.status.name(),
        "FailureReason": step.failure,
        "Metadata": step.metadata,
        "AttemptCount": step.attempts,
    }))
}
