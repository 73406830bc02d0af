//! Executions of pipelines: starting, stopping and retrying them.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    answers::{maybe, not_found, said},
    check,
    definition::Definition,
    parameters, shapes,
};
use crate::{ApiError, Caller, Millis, World};

#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub(super) arn: String,
    pub(super) id: String,
    /// The pipeline's name.
    pub(super) pipeline: String,
    pub(super) pipeline_arn: String,
    pub(super) version: usize,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) status: Status,
    pub(super) failure: Option<String>,
    /// When it got which status, in order: a list that lags shows an earlier one.
    pub(super) history: Vec<(Millis, Status)>,
    pub(super) created: Millis,
    pub(super) modified: Millis,
    pub(super) ended: Option<Millis>,
    pub(super) caller: String,
    pub(super) role_arn: String,
    pub(super) max_parallel: Option<u64>,
    /// The parameters as the start gave them.
    pub(super) given: BTreeMap<String, String>,
    /// What every parameter of the definition is worth.
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) definition: Arc<Definition>,
    pub(super) text: Arc<str>,
    /// The steps that were reached, in that order.
    pub(super) steps: Vec<StepRun>,
}

/// One step of an execution.
#[derive(Debug, Clone)]
pub(super) struct StepRun {
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) started: Millis,
    pub(super) ended: Option<Millis>,
    pub(super) failure: Option<String>,
    pub(super) attempts: u32,
    pub(super) job: Option<String>,
    /// As ListPipelineExecutionSteps shows it.
    pub(super) metadata: Value,
    /// What `Steps.<name>.<path>` finds.
    pub(super) properties: Value,
}

/// The status of an execution or of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Starting,
    Executing,
    Stopping,
    Stopped,
    Failed,
    Succeeded,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::Executing => "Executing",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
        }
    }

    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Failed | Self::Succeeded)
    }
}

impl Execution {
    pub(super) fn step(&self, name: &str) -> Option<&StepRun> {
        self.steps.iter().find(|step| step.name == name)
    }

    pub(super) fn step_mut(&mut self, name: &str) -> Option<&mut StepRun> {
        self.steps.iter_mut().find(|step| step.name == name)
    }

    /// As a list that is so far behind shows it; None when it was not started then.
    pub(super) fn status_at(&self, at: Millis) -> Option<Status> {
        let before = self.history.iter().rev().find(|(since, _)| *since <= at);
        before.map(|(_, status)| *status)
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &StepRun> {
        self.steps.iter().filter(|step| !step.status.is_over())
    }
}

impl World {
    /// The same token with the same request gives the execution that it started; with another request, a conflict.
    pub(super) fn start_execution(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::START_EXECUTION)?;
        let pipeline = self.pipeline(said(input, "PipelineName"))?;
        let given = parameters::given(input)?;
        let asked = json!({
            "given": given,
            "display_name": input["PipelineExecutionDisplayName"],
            "description": input["PipelineExecutionDescription"],
            "parallelism": input["ParallelismConfiguration"],
            "version": input["PipelineVersionId"],
        });
        // A pipeline that was deleted and created again has forgotten its executions, and their tokens.
        let scope = format!("StartPipelineExecution/{}/{}", pipeline.arn, pipeline.created);
        let token = said(input, "ClientRequestToken");
        if let Some(answer) = self.recall_answer(&scope, token, &asked)? {
            return Ok(answer);
        }
        let (version, source) = pipeline.version(input["PipelineVersionId"].as_u64())?;
        let (text, definition) = (source.text.clone(), source.definition.clone());
        let parameters = parameters::values(&definition.parameters, &given)?;
        let (name, pipeline_arn) = (pipeline.name.clone(), pipeline.arn.clone());
        let (role_arn, parallel) = (pipeline.role_arn.clone(), pipeline.max_parallel);
        let id = self.new_id("execution")[..12].to_owned();
        let arn = format!("{pipeline_arn}/execution/{id}");
        let execution = Execution {
            arn: arn.clone(),
            display_name: maybe(input, "PipelineExecutionDisplayName").or_else(|| Some(format!("execution-{id}"))),
            id,
            pipeline: name.clone(),
            pipeline_arn,
            version,
            description: maybe(input, "PipelineExecutionDescription"),
            status: Status::Executing,
            failure: None,
            history: vec![(self.now, Status::Executing)],
            created: self.now,
            modified: self.now,
            ended: None,
            caller: caller.arn.clone(),
            role_arn,
            max_parallel: parallelism(input).or(parallel),
            given,
            parameters,
            definition,
            text,
            steps: Vec::new(),
        };
        self.sagemaker.executions.insert(arn.clone(), execution);
        let now = self.now;
        if let Some(pipeline) = self.sagemaker.pipelines.get_mut(&name) {
            pipeline.last_run = Some(now);
            if let Some(version) = pipeline.versions.get_mut(version - 1) {
                version.last_execution = Some(arn.clone());
            }
        }
        let answer = json!({"PipelineExecutionArn": arn});
        self.remember_answer(&scope, token, asked, &answer);
        self.execution_changed(&arn, None);
        self.advance_execution(&arn);
        Ok(answer)
    }

    pub(super) fn execution(&self, arn: &str) -> Result<&Execution, ApiError> {
        self.sagemaker.executions.get(arn).ok_or_else(|| no_execution(arn))
    }
}

pub(super) fn parallelism(input: &Value) -> Option<u64> {
    input["ParallelismConfiguration"]["MaxParallelExecutionSteps"].as_u64()
}

pub(super) fn no_execution(arn: &str) -> ApiError {
    not_found(format!("Pipeline execution with ARN {arn} does not exist."))
}
