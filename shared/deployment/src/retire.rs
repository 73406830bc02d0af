//! What a project created, listed and then removed, under a person's credentials.
//!
//! First the project becomes unknown to the functions, so that nothing starts any more; then what is running is stopped
//! and waited for; then everything goes in an order in which AWS lets it go: pipelines, models, versions, the stack with
//! the now empty group, objects. Each step may be repeated, so an interrupted retirement is simply started again.
//! What functions recorded under `state/<project>/` stays: the bucket's policy lets nobody delete it.

mod objects;

use std::time::Duration;

use anyhow::{Context, bail};
use aws_sdk_cloudformation::types::StackStatus;
use windsock_decisions::layout;
use windsock_effects_sagemaker::Execution;
use windsock_events::facts::PipelineKind;

use crate::{
    Deployed,
    deployed::{describe, refusal},
};

const LOOK_EVERY: Duration = Duration::from_secs(3);
/// SageMaker's jobs take a few minutes to stop; a stack of this size goes in less.
const GONE_WITHIN: Duration = Duration::from_secs(30 * 60);

/// What is there of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    pub project: String,
    /// project.yaml and what the functions read of it.
    pub known: bool,
    /// ARNs of runs that have not ended, anybody's.
    pub running: Vec<String>,
    pub pipelines: Vec<String>,
    pub models: Vec<String>,
    /// ARNs in the registry.
    pub versions: Vec<String>,
    pub stack: Option<String>,
    /// Bucket, prefix, and how many versions of objects and delete markers lie there.
    pub data: Vec<(String, String, usize)>,
    /// Records under `state/<project>/`.
    pub records: usize,
}

impl Inventory {
    /// Whether nothing is left that a retirement removes.
    pub fn is_empty(&self, keep_data: bool) -> bool {
        let data = keep_data || self.data.is_empty();
        let made = [&self.running, &self.pipelines, &self.models, &self.versions];
        data && !self.known && self.stack.is_none() && made.iter().all(|list| list.is_empty())
    }

    /// One line a thing or kind of thing.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.known.then(|| layout::project_yaml(&self.project)));
        lines.extend(self.running.iter().map(|arn| format!("run {arn}, which has not ended")));
        lines.extend(
            self.pipelines
                .iter()
                .map(|name| format!("pipeline {name}, with the history of its runs")),
        );
        lines.extend(self.models.iter().map(|name| format!("model {name}")));
        lines.extend(self.versions.iter().map(|arn| format!("version {arn}")));
        lines.extend(
            self.stack
                .iter()
                .map(|name| format!("stack {name}: group, roles, schedules, alarm, topic")),
        );
        let data = self.data.iter();
        lines.extend(data.map(|(bucket, prefix, count)| {
            format!("{count} versions of objects and delete markers under s3://{bucket}/{prefix}")
        }));
        lines
    }
}

pub async fn look(deployed: &Deployed, project: &str) -> anyhow::Result<Inventory> {
    if !layout::is_project_name(project) {
        bail!("{project} cannot be a project's name: 1 to 32 of a-z, 0-9 and -");
    }
    let prefix = &deployed.name_prefix;
    let mut there = Inventory {
        project: project.to_owned(),
        known: deployed.work.exists(&layout::project_yaml(project)).await?
            || deployed.work.exists(&layout::project_json(project)).await?,
        ..Inventory::default()
    };
    for kind in [PipelineKind::Training, PipelineKind::Inference] {
        let name = layout::pipeline_name(prefix, project, kind);
        if let Some(running) = running(deployed, &name).await? {
            there.running.extend(running);
            there.pipelines.push(name);
        }
    }
    there.models = models(deployed, project).await?;
    there.versions = versions(deployed, project).await?;
    let stack = layout::stack_name(prefix, project);
    there.stack = describe(&deployed.cloudformation, &stack).await?.map(|_| stack);
    for (bucket, prefix) in places(deployed, project) {
        let count = objects::count(deployed, &bucket, &prefix).await?;
        if count > 0 {
            there.data.push((bucket, prefix, count));
        }
    }
    let records = deployed.work.list(&layout::state(project), layout::OBJECTS_MAX).await?;
    there.records = records.objects.len();
    Ok(there)
}

/// ARNs of a pipeline's runs that have not ended; None when there is no such pipeline.
async fn running(deployed: &Deployed, pipeline: &str) -> anyhow::Result<Option<Vec<String>>> {
    let executions = deployed.sagemaker.list_executions(pipeline).await?;
    let in_flight = |run: &Execution| run.status.is_in_flight();
    Ok(executions.map(|all| all.into_iter().filter(in_flight).map(|run| run.arn).collect()))
}

/// Names of the SageMaker models that were made from versions.
async fn models(deployed: &Deployed, project: &str) -> anyhow::Result<Vec<String>> {
    // The whole name up to the number, so that `a` never takes the models of `a-b`.
    let begins = format!("{}-v", layout::group_name(&deployed.name_prefix, project));
    let numbered = |name: &String| {
        name.strip_prefix(&begins)
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let mut models = deployed.sagemaker.list_models(&begins).await?;
    models.retain(numbered);
    Ok(models)
}

/// ARNs of the registry's versions.
async fn versions(deployed: &Deployed, project: &str) -> anyhow::Result<Vec<String>> {
    let group = layout::group_name(&deployed.name_prefix, project);
    let versions = deployed.sagemaker.list_versions(&group).await?;
    Ok(versions.into_iter().map(|version| version.arn).collect())
}

/// Prefixes that hold nothing but the project's data; each ends with a slash, so that `a` never matches `ab`.
fn places(deployed: &Deployed, project: &str) -> Vec<(String, String)> {
    vec![
        (deployed.data_bucket.clone(), format!("{}{project}/", layout::TRAINING)),
        (deployed.data_bucket.clone(), format!("{}{project}/", layout::INFERENCE)),
        (deployed.work_bucket.clone(), format!("jobs/{project}/")),
    ]
}

/// Remove what was listed, and tell each step when it is done.
pub async fn remove(
    deployed: &Deployed,
    there: &Inventory,
    keep_data: bool,
    mut told: impl FnMut(String),
) -> anyhow::Result<()> {
    let project = &there.project;
    if there.known {
        for key in [layout::project_json(project), layout::project_yaml(project)] {
            objects::delete(deployed, &deployed.work_bucket, &key).await?;
        }
        told(format!(
            "{project} is unknown to the functions now: they start nothing of it any more"
        ));
    }
    for name in &there.pipelines {
        // As they are now: one may have been starting while the project was still known.
        for run in running(deployed, name).await?.unwrap_or_default() {
            stop(deployed, &run).await?;
            told(format!("stopped {run}"));
        }
        deployed.sagemaker.delete_pipeline(name).await?;
        told(format!("deleted pipeline {name}"));
    }
    // Looked up once more: a run may have registered a version before it was stopped, and a group goes only when empty.
    for name in &models(deployed, project).await? {
        deployed.sagemaker.delete_model(name).await?;
        told(format!("deleted model {name}"));
    }
    for arn in &versions(deployed, project).await? {
        deployed.sagemaker.delete_version(arn).await?;
        told(format!("deleted version {arn}"));
    }
    if let Some(stack) = &there.stack {
        delete_stack(deployed, stack).await?;
        told(format!("deleted stack {stack}"));
    }
    if keep_data {
        return Ok(());
    }
    for (bucket, prefix) in &places(deployed, project) {
        let count = objects::empty(deployed, bucket, prefix).await?;
        if count == 0 {
            continue;
        }
        told(format!(
            "deleted {count} versions of objects and delete markers under s3://{bucket}/{prefix}"
        ));
    }
    Ok(())
}

async fn stop(deployed: &Deployed, run: &str) -> anyhow::Result<()> {
    let ended = async {
        loop {
            let found = deployed.sagemaker.describe_execution(run).await?;
            if found.is_none_or(|run| !run.status.is_in_flight()) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    deployed.sagemaker.stop_execution(run).await?;
    let waited = tokio::time::timeout(GONE_WITHIN, ended).await;
    waited.with_context(|| format!("wait for {run} to stop; look at its steps, and start this command again"))?
}

async fn delete_stack(deployed: &Deployed, stack: &str) -> anyhow::Result<()> {
    let client = &deployed.cloudformation;
    let delete = client.delete_stack().stack_name(stack).send().await;
    delete
        .map_err(refusal)
        .with_context(|| format!("delete stack {stack}"))?;
    let gone = async {
        loop {
            let Some(described) = describe(client, stack).await? else {
                return anyhow::Ok(());
            };
            match described.stack_status() {
                Some(StackStatus::DeleteComplete) => return Ok(()),
                Some(StackStatus::DeleteFailed) => bail!(
                    "stack {stack} could not be deleted: {}; mend it and start this command again",
                    described
                        .stack_status_reason()
                        .unwrap_or("see its events in the CloudFormation console")
                ),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    };
    let waited = tokio::time::timeout(GONE_WITHIN, gone).await;
    waited.with_context(|| format!("wait for stack {stack} to be gone; start this command again"))?
}
