//! Pipelines and their versions: every change of the definition makes a new version, and an execution keeps its own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answers::{conflict, maybe, not_found, said},
    check,
    definition::Definition,
    pattern::of_arn,
    shapes,
};
use crate::{ApiError, Caller, Millis, World};

#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) role_arn: String,
    pub(super) created: Millis,
    pub(super) modified: Millis,
    pub(super) created_by: String,
    pub(super) modified_by: String,
    pub(super) last_run: Option<Millis>,
    pub(super) max_parallel: Option<u64>,
    /// The first is version 1.
    pub(super) versions: Vec<Version>,
}

#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) created: Millis,
    pub(super) text: Arc<str>,
    pub(super) definition: Arc<Definition>,
    pub(super) last_execution: Option<String>,
}

impl World {
    pub(super) fn create_pipeline(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::CREATE_PIPELINE)?;
        let (name, token) = (
            said(input, "PipelineName").to_owned(),
            said(input, "ClientRequestToken"),
        );
        if self.sagemaker.pipelines.contains_key(&name) {
            if let Some(answer) = self.recall_answer("CreatePipeline", token, input)? {
                return Ok(answer);
            }
            let message = "Pipeline names must be unique within an AWS account and region.";
            return Err(ApiError::validation(format!(
                "{message} Pipeline with name ({name}) already exists."
            )));
        }
        let text = self.definition_text(input)?.ok_or_else(|| {
            ApiError::validation("Either PipelineDefinition or PipelineDefinitionS3Location must be given")
        })?;
        let version = self.read_version(&text)?;
        let arn = self.arn("sagemaker", &format!("pipeline/{name}"));
        let pipeline = Pipeline {
            arn: arn.clone(),
            display_name: maybe(input, "PipelineDisplayName").unwrap_or_else(|| name.clone()),
            description: maybe(input, "PipelineDescription"),
            role_arn: said(input, "RoleArn").to_owned(),
            created: self.now,
            modified: self.now,
            created_by: caller.arn.clone(),
            modified_by: caller.arn.clone(),
            last_run: None,
            max_parallel: input["ParallelismConfiguration"]["MaxParallelExecutionSteps"].as_u64(),
            versions: vec![version],
            name: name.clone(),
        };
        self.sagemaker.pipelines.insert(name, pipeline);
        self.tag_resource(&arn, &input["Tags"])?;
        let answer = json!({"PipelineArn": arn});
        self.remember_answer("CreatePipeline", token, input.clone(), &answer);
        Ok(answer)
    }

    /// Has no token: the last writer wins.
    pub(super) fn update_pipeline(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::UPDATE_PIPELINE)?;
        let name = self.pipeline(said(input, "PipelineName"))?.name.clone();
        let text = self.definition_text(input)?;
        let version = text.map(|text| self.read_version(&text)).transpose()?;
        let now = self.now;
        let Some(pipeline) = self.sagemaker.pipelines.get_mut(&name) else {
            return Err(no_pipeline(&name));
        };
        let unchanged = |version: &Version| pipeline.versions.last().is_some_and(|last| last.text == version.text);
        if let Some(version) = version.filter(|version| !unchanged(version)) {
            pipeline.versions.push(version);
        }
        if let Some(role) = maybe(input, "RoleArn") {
            pipeline.role_arn = role;
        }
        if let Some(display_name) = maybe(input, "PipelineDisplayName") {
            pipeline.display_name = display_name;
        }
        if let Some(description) = maybe(input, "PipelineDescription") {
            pipeline.description = Some(description);
        }
        if let Some(parallel) = input["ParallelismConfiguration"]["MaxParallelExecutionSteps"].as_u64() {
            pipeline.max_parallel = Some(parallel);
        }
        pipeline.modified = now;
        pipeline.modified_by = caller.arn.clone();
        Ok(json!({"PipelineArn": pipeline.arn, "PipelineVersionId": pipeline.versions.len()}))
    }

    /// Takes the history of all executions with it, and refuses while one of them runs.
    pub(super) fn delete_pipeline(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::DELETE_PIPELINE)?;
        let (name, token) = (
            said(input, "PipelineName").to_owned(),
            said(input, "ClientRequestToken"),
        );
        let arn = match self.pipeline(&name) {
            Ok(pipeline) => pipeline.arn.clone(),
            Err(error) => return self.recall_answer("DeletePipeline", token, input)?.ok_or(error),
        };
        let mut executions = self
            .sagemaker
            .executions
            .values()
            .filter(|execution| execution.pipeline == name);
        if let Some(running) = executions.find(|execution| execution.ended.is_none()) {
            let message = format!(
                "Pipeline {arn} cannot be deleted while its execution {} runs",
                running.arn
            );
            return Err(conflict(message));
        }
        self.sagemaker
            .executions
            .retain(|_, execution| execution.pipeline != name);
        self.sagemaker.pipelines.remove(&name);
        self.sagemaker.tags.remove(&arn);
        let answer = json!({"PipelineArn": arn});
        self.remember_answer("DeletePipeline", token, input.clone(), &answer);
        Ok(answer)
    }

    /// A pipeline by its name or ARN.
    pub(super) fn pipeline(&self, name_or_arn: &str) -> Result<&Pipeline, ApiError> {
        let name = of_arn(name_or_arn, "pipeline").unwrap_or(name_or_arn);
        let missing = || no_pipeline(&self.arn("sagemaker", &format!("pipeline/{name}")));
        self.sagemaker.pipelines.get(name).ok_or_else(missing)
    }

    fn read_version(&self, text: &str) -> Result<Version, ApiError> {
        let definition = Arc::new(Definition::parse(text)?);
        Ok(Version {
            created: self.now,
            text: text.into(),
            definition,
            last_execution: None,
        })
    }

    /// The definition that a call gives, in itself or in S3.
    fn definition_text(&self, input: &Value) -> Result<Option<String>, ApiError> {
        let location = &input["PipelineDefinitionS3Location"];
        match (maybe(input, "PipelineDefinition"), location.is_object()) {
            (Some(_), true) => {
                let message = "Only one of PipelineDefinition and PipelineDefinitionS3Location may be given";
                Err(ApiError::validation(message))
            }
            (text, false) => Ok(text),
            (None, true) => self.stored_definition(location).map(Some),
        }
    }

    fn stored_definition(&self, location: &Value) -> Result<String, ApiError> {
        let (bucket, key) = (said(location, "Bucket"), said(location, "ObjectKey"));
        let unreadable = |why: &str| ApiError::validation(format!("Unable to read s3://{bucket}/{key}: {why}"));
        let current = self
            .object(bucket, key)
            .ok_or_else(|| unreadable("there is no such object"))?;
        let asked = maybe(location, "VersionId");
        if asked.is_some() && asked != current.version_id {
            return Err(unreadable("only the current version of an object is read locally"));
        }
        let bytes = self
            .read_object(bucket, key)
            .ok_or_else(|| unreadable("its bytes cannot be read"))?;
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))
    }
}

impl Pipeline {
    /// A version by its number, or the newest.
    pub(super) fn version(&self, id: Option<u64>) -> Result<(usize, &Version), ApiError> {
        let id = match id {
            None => self.versions.len(),
            Some(id) => usize::try_from(id).unwrap_or(usize::MAX),
        };
        let version = id.checked_sub(1).and_then(|index| self.versions.get(index));
        version
            .map(|version| (id, version))
            .ok_or_else(|| not_found(format!("{} has no version {id}", self.arn)))
    }
}

fn no_pipeline(arn: &str) -> ApiError {
    not_found(format!("Pipeline '{arn}' does not exist."))
}
