//! Runs that ended and steps that failed: which files tell about them.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{
    Plan, Project, Reason, layout,
    letters::{Outcome, RunFailed, log_of_job},
    notify::{About, Action, RunFiles},
    runs::FORGOTTEN,
    state::{FORMAT, Heard, Started},
};
use windsock_effects_s3::Listed;
use windsock_events::{ExecutionStatus, StepStatus, facts::PipelineKind, status::RunStatus};

use crate::{
    Aws,
    observe::{champion, read},
};

/// Runs of a pipeline that are listed, and how many of the newest are looked into for an execution.
const RUNS_MAX: usize = 20_000;
const LOOKED_INTO_MAX: usize = 50;

pub async fn ended(
    aws: &Aws,
    project: &Project,
    pipeline: PipelineKind,
    run: &ExecutionStatus,
) -> anyhow::Result<Result<Vec<About>, Reason>> {
    // A person's own run is that person's affair.
    let Some(slot) = run.display_name.as_deref().and_then(layout::parse_display_name) else {
        return Ok(Err(Reason::NotOurs));
    };
    if run.status.as_str() == FORGOTTEN {
        // Its pipeline was deleted, and whoever did that knows.
        return Ok(Err(Reason::NotOurs));
    }
    let outcome = match &run.status {
        RunStatus::Succeeded => None,
        RunStatus::Failed => Some(Outcome::Failed),
        RunStatus::Stopped => Some(Outcome::Stopped),
        other => Some(Outcome::Other(other.as_str().to_owned())),
    };
    let failed = outcome.map(|outcome| failure(pipeline, &run.execution_arn, outcome));
    let files = files(aws, &project.project, pipeline, slot).await?;
    Ok(files.ended(project, pipeline, slot, failed))
}

pub async fn step_failed(
    aws: &Aws,
    project: &Project,
    pipeline: PipelineKind,
    step: &StepStatus,
) -> anyhow::Result<Result<Vec<About>, Reason>> {
    // The event does not carry the display name, so the run's own marker tells whether it is ours.
    let Some(slot) = slot_of(aws, &project.project, pipeline, &step.execution_arn).await? else {
        return Ok(Err(Reason::NotOurs));
    };
    let mut failed = failure(pipeline, &step.execution_arn, Outcome::Failed);
    failed.step = Some(step.step_name.clone());
    failed.reason = step.failure_reason.clone();
    failed.log = job_arn(&step.metadata).as_deref().and_then(log_of_job);
    let files = files(aws, &project.project, pipeline, &slot).await?;
    Ok(files.ended(project, pipeline, &slot, Some(failed)))
}

/// The letters about a run's end are on their way: the sweep need not tell of it again.
pub async fn mark_heard(
    aws: &Aws,
    project: &str,
    pipeline: PipelineKind,
    run: &ExecutionStatus,
    plan: &Plan<Action>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let slot = run.display_name.as_deref().and_then(layout::parse_display_name);
    let Some(slot) = slot.filter(|_| !matches!(plan, Plan::StandDown(Reason::UnknownProject))) else {
        return Ok(());
    };
    let heard = Heard {
        format: FORMAT,
        slot: slot.to_owned(),
        status: run.status.as_str().to_owned(),
        heard_at: now,
    };
    let key = layout::heard(pipeline, project, slot);
    aws.store.put_new(&key, &heard).await.map(drop)
}

fn failure(pipeline: PipelineKind, execution_arn: &str, outcome: Outcome) -> RunFailed {
    RunFailed {
        pipeline,
        execution_arn: execution_arn.to_owned(),
        outcome,
        started_at: None,
        step: None,
        reason: None,
        log: None,
        tries: None,
        cause: None,
    }
}

/// `{"processingJob": {"arn": ...}}`: the name of the member depends on the step.
fn job_arn(metadata: &Value) -> Option<String> {
    let mut members = metadata.as_object()?.values();
    members
        .find_map(|member| member["arn"].as_str().or(member["Arn"].as_str()))
        .map(str::to_owned)
}

async fn slot_of(
    aws: &Aws,
    project: &str,
    pipeline: PipelineKind,
    execution_arn: &str,
) -> anyhow::Result<Option<String>> {
    let listing = aws.store.list(&layout::runs(pipeline, project), RUNS_MAX).await?;
    let mut started: Vec<Listed> = listing
        .objects
        .into_iter()
        .filter(|object| object.key.ends_with("/started.json"))
        .collect();
    started.sort_by_key(|object| std::cmp::Reverse(object.last_modified));
    for object in started.into_iter().take(LOOKED_INTO_MAX) {
        let marker = read::<Started>(aws, &object.key).await?;
        if let Some(marker) = marker.filter(|marker| marker.execution_arn == execution_arn) {
            return Ok(Some(marker.slot));
        }
    }
    Ok(None)
}

async fn files(aws: &Aws, project: &str, pipeline: PipelineKind, slot: &str) -> anyhow::Result<RunFiles> {
    let prepared = format!("{}prepare/report/prepared.json", layout::jobs(project, slot));
    let training = pipeline == PipelineKind::Training;
    let files = RunFiles {
        manifest: read(aws, &layout::manifest(pipeline, project, slot)).await?,
        rejections: read(aws, &layout::rejections_report(pipeline, project, slot)).await?,
        evaluation: if training {
            read(aws, &layout::evaluation(project, slot)).await?
        } else {
            None
        },
        prepared: if training { None } else { read(aws, &prepared).await? },
        report: if training {
            None
        } else {
            read(aws, &layout::drift_report(project, slot)).await?
        },
        champion: champion(aws, project)
            .await
            .context("read the champion")?
            .and_then(|record| record.champion),
    };
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_of_a_step_is_found_whatever_its_kind() {
        let metadata = serde_json::json!({ "processingJob": { "arn": "arn:aws:sagemaker:r:a:processing-job/x" } });
        assert_eq!(
            job_arn(&metadata).as_deref(),
            Some("arn:aws:sagemaker:r:a:processing-job/x")
        );
        assert_eq!(job_arn(&serde_json::json!({ "fail": { "errorMessage": "x" } })), None);
        assert_eq!(job_arn(&Value::Null), None);
    }
}
