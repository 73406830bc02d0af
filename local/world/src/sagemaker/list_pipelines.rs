//! What can be read about pipelines and their versions.

use serde_json::{Value, json};

use super::{
    answers::{by_time, said, time, user, within, without_nulls},
    check, shapes,
};
use crate::{ApiError, World};

impl World {
    pub(super) fn describe_pipeline(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::DESCRIBE_PIPELINE)?;
        let pipeline = self.pipeline(said(input, "PipelineName"))?;
        let version = pipeline.version(input["PipelineVersionId"].as_u64())?.1;
        let parallel = pipeline
            .max_parallel
            .map(|steps| json!({"MaxParallelExecutionSteps": steps}));
        Ok(without_nulls(json!({
            "PipelineArn": pipeline.arn,
            "PipelineName": pipeline.name,
            "PipelineDisplayName": pipeline.display_name,
            "PipelineDefinition": &*version.text,
            "PipelineDescription": pipeline.description,
            "RoleArn": pipeline.role_arn,
            "PipelineStatus": "Active",
            "CreationTime": time(pipeline.created),
            "LastModifiedTime": time(pipeline.modified),
            "LastRunTime": pipeline.last_run.map(time),
            "CreatedBy": user(&pipeline.created_by),
            "LastModifiedBy": user(&pipeline.modified_by),
            "ParallelismConfiguration": parallel,
        })))
    }

    pub(super) fn list_pipelines(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_PIPELINES)?;
        let prefix = said(input, "PipelineNamePrefix");
        let by_name = said(input, "SortBy") == "Name";
        let pipelines = self.sagemaker.pipelines.values().filter(|pipeline| {
            pipeline.name.starts_with(prefix) && within(input, "CreatedAfter", "CreatedBefore", pipeline.created)
        });
        let items = pipelines.map(|pipeline| {
            let summary = without_nulls(json!({
                "PipelineArn": pipeline.arn,
                "PipelineName": pipeline.name,
                "PipelineDisplayName": pipeline.display_name,
                "PipelineDescription": pipeline.description,
                "RoleArn": pipeline.role_arn,
                "CreationTime": time(pipeline.created),
                "LastModifiedTime": time(pipeline.modified),
                "LastExecutionTime": pipeline.last_run.map(time),
            }));
            let key = if by_name {
                pipeline.name.clone()
            } else {
                by_time(pipeline.created, &pipeline.name)
            };
            (key, summary)
        });
        self.page(input, "PipelineSummaries", "Descending", items.collect())
    }

    pub(super) fn list_pipeline_versions(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_PIPELINE_VERSIONS)?;
        let pipeline = self.pipeline(said(input, "PipelineName"))?;
        let versions = pipeline.versions.iter().enumerate();
        let items = versions.filter(|(_, version)| within(input, "CreatedAfter", "CreatedBefore", version.created));
        let items = items.map(|(index, version)| {
            let summary = without_nulls(json!({
                "PipelineArn": pipeline.arn,
                "PipelineVersionId": index + 1,
                "CreationTime": time(version.created),
                "LastExecutionPipelineExecutionArn": version.last_execution,
            }));
            (format!("{index:020}"), summary)
        });
        self.page(input, "PipelineVersionSummaries", "Descending", items.collect())
    }
}
