//! Pipelines and their executions.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_sagemaker::types::{Parameter, SortOrder, SortPipelineExecutionsBy, Tag};
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::layout;
use windsock_events::status::{RunStatus, StepStatus};

use crate::{
    SageMaker,
    refusals::{is_already_there, is_not_found},
};

/// SageMaker's limit per page.
const PAGE: i32 = 100;

/// A pipeline as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    pub arn: String,
    /// A pipeline deleted and created again is another pipeline.
    pub created_at: Timestamp,
    /// The `windsock-format` in the definition's metadata; None when the definition is not ours.
    pub format: Option<u32>,
}

/// An execution as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    pub arn: String,
    pub display_name: Option<String>,
    pub status: RunStatus,
    pub started_at: Timestamp,
}

/// An execution as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionDetail {
    pub arn: String,
    pub display_name: Option<String>,
    pub status: RunStatus,
    pub started_at: Timestamp,
    /// For an execution that has ended: when it ended.
    pub last_modified_at: Timestamp,
    pub failure_reason: Option<String>,
}

impl SageMaker {
    pub async fn describe_pipeline(&self, name: &str) -> anyhow::Result<Option<Pipeline>> {
        let answer = match self.client.describe_pipeline().pipeline_name(name).send().await {
            Ok(answer) => answer,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("describe pipeline `{name}`")),
        };
        let arn = answer
            .pipeline_arn()
            .with_context(|| format!("pipeline `{name}` is described without ARN"))?;
        let created = answer
            .creation_time()
            .with_context(|| format!("pipeline `{name}` is described without CreationTime"))?;
        Ok(Some(Pipeline {
            arn: arn.to_owned(),
            created_at: windsock_effects::timestamp(created)?,
            format: answer.pipeline_definition().and_then(format_of),
        }))
    }

    /// All executions, newest first; None when there is no such pipeline.
    pub async fn list_executions(&self, pipeline: &str) -> anyhow::Result<Option<Vec<Execution>>> {
        let mut executions = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_pipeline_executions()
                .pipeline_name(pipeline)
                .max_results(PAGE);
            let request = request
                .sort_by(SortPipelineExecutionsBy::CreationTime)
                .sort_order(SortOrder::Descending);
            let page = match request.set_next_token(token).send().await {
                Ok(page) => page,
                Err(error) if is_not_found(&error) => return Ok(None),
                Err(error) => return Err(error).with_context(|| format!("list executions of `{pipeline}`")),
            };
            for summary in page.pipeline_execution_summaries() {
                let execution = listed(summary).with_context(|| format!("list executions of `{pipeline}`"))?;
                executions.push(execution);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        executions.sort_by_key(|execution| std::cmp::Reverse(execution.started_at));
        Ok(Some(executions))
    }

    pub async fn describe_execution(&self, arn: &str) -> anyhow::Result<Option<ExecutionDetail>> {
        let request = self.client.describe_pipeline_execution().pipeline_execution_arn(arn);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("describe execution `{arn}`")),
        };
        let status = answer.pipeline_execution_status().map(|status| status.as_str().into());
        let started = answer
            .creation_time()
            .with_context(|| format!("execution `{arn}` has no CreationTime"))?;
        Ok(Some(ExecutionDetail {
            arn: arn.to_owned(),
            display_name: answer.pipeline_execution_display_name().map(str::to_owned),
            status: status.with_context(|| format!("execution `{arn}` has no status"))?,
            started_at: windsock_effects::timestamp(started)?,
            last_modified_at: windsock_effects::timestamp(answer.last_modified_time().unwrap_or(started))?,
            failure_reason: answer.failure_reason().map(str::to_owned),
        }))
    }

    /// Starts the slot's execution, or answers the one that was started with this token.
    pub async fn start_execution(
        &self,
        pipeline: &str,
        token: &str,
        slot: &str,
        manifest_uri: &str,
    ) -> anyhow::Result<String> {
        let parameter = |name: &str, value: &str| Parameter::builder().name(name).value(value).build();
        let start = self.client.start_pipeline_execution().pipeline_name(pipeline);
        let start = start
            .client_request_token(token)
            .pipeline_execution_display_name(layout::display_name(slot))
            .pipeline_parameters(parameter("slot", slot))
            .pipeline_parameters(parameter("manifest", manifest_uri));
        let answer = start.send().await;
        let answer = answer.with_context(|| format!("start execution of pipeline `{pipeline}`"))?;
        let arn = answer.pipeline_execution_arn();
        Ok(arn
            .with_context(|| format!("the execution of `{pipeline}` has no ARN"))?
            .to_owned())
    }

    /// The first failed step of an execution, and why it failed.
    pub async fn failed_step(&self, execution: &str) -> anyhow::Result<Option<(String, String)>> {
        let mut token = None;
        loop {
            let request = self
                .client
                .list_pipeline_execution_steps()
                .pipeline_execution_arn(execution);
            let request = request.sort_order(SortOrder::Ascending).max_results(PAGE);
            let page = match request.set_next_token(token).send().await {
                Ok(page) => page,
                Err(error) if is_not_found(&error) => return Ok(None),
                Err(error) => return Err(error).with_context(|| format!("list steps of `{execution}`")),
            };
            for step in page.pipeline_execution_steps() {
                if step.step_status().map(|status| status.as_str().into()) == Some(StepStatus::Failed) {
                    let name = step.step_name().unwrap_or_default().to_owned();
                    return Ok(Some((name, step.failure_reason().unwrap_or_default().to_owned())));
                }
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(None);
            }
        }
    }

    /// Creates the pipeline or gives it a new definition, and these tags beside those that it has; answers its ARN.
    pub async fn upsert_pipeline(
        &self,
        name: &str,
        definition: &str,
        role_arn: &str,
        tags: &BTreeMap<String, String>,
    ) -> anyhow::Result<String> {
        let tags: Vec<Tag> = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect();
        let tags = (!tags.is_empty()).then_some(tags);
        let create = self
            .client
            .create_pipeline()
            .pipeline_name(name)
            .pipeline_definition(definition)
            .role_arn(role_arn);
        match create.set_tags(tags.clone()).send().await {
            Ok(answer) => return Ok(answer.pipeline_arn().unwrap_or_default().to_owned()),
            Err(error) if is_already_there(&error) => {}
            Err(error) => return Err(error).with_context(|| format!("create pipeline `{name}`")),
        }
        let update = self
            .client
            .update_pipeline()
            .pipeline_name(name)
            .pipeline_definition(definition);
        let answer = update.role_arn(role_arn).send().await;
        let answer = answer.with_context(|| format!("update pipeline `{name}`"))?;
        let arn = answer.pipeline_arn().unwrap_or_default().to_owned();
        if tags.is_some() {
            let tagged = self.client.add_tags().resource_arn(&arn).set_tags(tags).send().await;
            tagged.with_context(|| format!("tag pipeline `{name}`"))?;
        }
        Ok(arn)
    }

    /// Asks a run to stop; one that has ended, or is gone, has stopped. No function of ours may.
    pub async fn stop_execution(&self, arn: &str) -> anyhow::Result<()> {
        // Of what is stopped, as every token: who asks twice asks once. It takes 32 to 128 characters.
        let token: String = arn.rsplit('/').next().unwrap_or(arn).chars().take(64).collect();
        let stop = self.client.stop_pipeline_execution().pipeline_execution_arn(arn);
        match stop
            .client_request_token(format!("windsock-stops-the-execution-----{token}"))
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if is_not_found(&error) => Ok(()),
            Err(error) => match self.describe_execution(arn).await? {
                Some(run) if run.status.is_in_flight() => Err(error).with_context(|| format!("stop execution `{arn}`")),
                _ => Ok(()),
            },
        }
    }

    /// Deletes a pipeline with its history; one that is gone is deleted.
    pub async fn delete_pipeline(&self, name: &str) -> anyhow::Result<()> {
        match self.client.delete_pipeline().pipeline_name(name).send().await {
            Err(error) if !is_not_found(&error) => Err(error).with_context(|| format!("delete pipeline `{name}`")),
            _ => Ok(()),
        }
    }
}

fn listed(summary: &aws_sdk_sagemaker::types::PipelineExecutionSummary) -> anyhow::Result<Execution> {
    let arn = summary.pipeline_execution_arn().context("an execution has no ARN")?;
    let status = summary.pipeline_execution_status().map(|status| status.as_str().into());
    let started = summary
        .start_time()
        .with_context(|| format!("execution `{arn}` has no StartTime"))?;
    Ok(Execution {
        arn: arn.to_owned(),
        display_name: summary.pipeline_execution_display_name().map(str::to_owned),
        status: status.with_context(|| format!("execution `{arn}` has no status"))?,
        started_at: windsock_effects::timestamp(started)?,
    })
}

/// Metadata `{"windsock-format": "1"}` of a definition that we rendered.
fn format_of(definition: &str) -> Option<u32> {
    let definition: Value = serde_json::from_str(definition).ok()?;
    definition
        .get("Metadata")?
        .get("windsock-format")?
        .as_str()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_read_from_the_metadata() {
        assert_eq!(format_of(r#"{"Metadata":{"windsock-format":"1"}}"#), Some(1));
        assert_eq!(format_of(r#"{"Metadata":{}}"#), None);
        assert_eq!(format_of("not JSON"), None);
    }
}
