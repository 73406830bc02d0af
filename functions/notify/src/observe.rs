//! What an event hints at, and what the work bucket says about it now.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use windsock_decisions::{
    Project, Reason, layout,
    letters::{ApprovalReminder, ChampionWithdrawn, DriftFound, DriftOver, Promoted, Retired},
    notify::About,
    state::{ChampionRecord, Evaluation, Incident},
};
use windsock_events::{Event, ExecutionStatus, Fact, ModelPackage, StepStatus, facts::PipelineKind, status};

use crate::{Aws, letters_due, runs, versions};

/// What an event is about, as far as it concerns letters.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    RunEnded(PipelineKind, ExecutionStatus),
    StepFailed(PipelineKind, StepStatus),
    Version(ModelPackage),
    Fact(Fact),
    LettersDue,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RunEnded(_, run) => write!(f, "the end of {}", run.execution_arn),
            Self::StepFailed(_, step) => write!(f, "the failed step of {}", step.execution_arn),
            Self::Version(version) => write!(f, "version {}", version.version),
            Self::Fact(_) => write!(f, "a fact"),
            Self::LettersDue => write!(f, "the letters due"),
        }
    }
}

/// The project and the subject of an event; none for what is not ours.
pub fn subject(aws: &Aws, event: &Event) -> Option<(String, Subject)> {
    let prefix = &aws.config.name_prefix;
    match event {
        Event::ExecutionStatus(run) if !run.status.is_in_flight() => {
            let (project, pipeline) = layout::parse_pipeline(prefix, &run.pipeline_arn)?;
            Some((project.to_owned(), Subject::RunEnded(pipeline, run.clone())))
        }
        Event::StepStatus(step) if step.status == status::StepStatus::Failed => {
            let (project, pipeline) = layout::parse_pipeline(prefix, &step.pipeline_arn)?;
            Some((project.to_owned(), Subject::StepFailed(pipeline, step.clone())))
        }
        Event::ModelPackage(version) => {
            let project = layout::parse_group(prefix, &version.group)?;
            Some((project.to_owned(), Subject::Version(version.clone())))
        }
        Event::Fact(fact) => of_fact(fact),
        _ => None,
    }
}

fn of_fact(fact: &Fact) -> Option<(String, Subject)> {
    let project = match fact {
        Fact::LettersDue { project } => return Some((project.clone(), Subject::LettersDue)),
        Fact::RunEnded {
            project,
            pipeline,
            slot,
            execution_arn,
            status,
        } => {
            let run = ExecutionStatus {
                pipeline_arn: execution_arn.split("/execution/").next().unwrap_or_default().to_owned(),
                execution_arn: execution_arn.clone(),
                display_name: Some(layout::display_name(slot)),
                status: status.as_str().into(),
            };
            return Some((project.clone(), Subject::RunEnded(*pipeline, run)));
        }
        Fact::ModelPromoted { project, .. }
        | Fact::ChampionWithdrawn { project, .. }
        | Fact::DriftConfirmed { project, .. }
        | Fact::DriftRefused { project, .. }
        | Fact::DriftOver { project, .. }
        | Fact::ApprovalAgeing { project, .. }
        | Fact::DigestDue { project, .. }
        | Fact::Retired { project, .. } => project,
        _ => return None,
    };
    Some((project.clone(), Subject::Fact(fact.clone())))
}

/// What is worth a letter, or why nothing is.
pub async fn abouts(
    aws: &Aws,
    project: &Project,
    subject: &Subject,
    event: &Value,
    now: Timestamp,
) -> anyhow::Result<Result<Vec<About>, Reason>> {
    match subject {
        Subject::RunEnded(pipeline, run) => runs::ended(aws, project, *pipeline, run).await,
        Subject::StepFailed(pipeline, step) => runs::step_failed(aws, project, *pipeline, step).await,
        Subject::Version(version) => versions::changed(aws, &project.project, version, event).await,
        Subject::Fact(fact) => Ok(of_our_fact(aws, &project.project, fact, now)
            .await?
            .ok_or(Reason::NotOurs)),
        Subject::LettersDue => Ok(Err(Reason::AllWell)),
    }
}

async fn of_our_fact(aws: &Aws, project: &str, fact: &Fact, now: Timestamp) -> anyhow::Result<Option<Vec<About>>> {
    let about = match fact {
        Fact::ModelPromoted {
            version,
            previous,
            reason,
            since: reign,
            ..
        } => {
            let record = champion(aws, project).await?;
            let current = record.as_ref().and_then(|record| record.champion.as_ref());
            let evaluation = match current.filter(|champion| champion.version == *version) {
                Some(champion) => read::<Evaluation>(aws, &layout::evaluation(project, &champion.slot)).await?,
                None => None,
            };
            let since = reign.or_else(|| record.and_then(|record| since(&record, *version)));
            About::Promoted(Promoted {
                version: *version,
                previous: *previous,
                reason: *reason,
                since,
                evaluation,
            })
        }
        Fact::ChampionWithdrawn {
            version, since: told, ..
        } => {
            let record = champion(aws, project).await?.filter(|record| record.champion.is_none());
            let since = told.or_else(|| record.map(|record| record.since));
            About::ChampionWithdrawn(ChampionWithdrawn {
                version: *version,
                since,
            })
        }
        Fact::DriftConfirmed { incident, .. } | Fact::DriftRefused { incident, .. } => {
            let Some(incident) = read::<Incident>(aws, &layout::incident(project, incident)).await? else {
                return Ok(None);
            };
            About::DriftFound(DriftFound { incident })
        }
        Fact::DriftOver { incident, .. } => {
            let Some(incident) = read::<Incident>(aws, &layout::incident(project, incident)).await? else {
                return Ok(None);
            };
            let record = champion(aws, project).await?;
            let champion = record
                .and_then(|record| record.champion)
                .map(|champion| champion.version);
            About::DriftOver(DriftOver { incident, champion })
        }
        Fact::ApprovalAgeing { version, waiting_h, .. } => {
            let champion = champion(aws, project).await?.and_then(|record| record.champion);
            About::ApprovalReminder(ApprovalReminder {
                version: *version,
                waiting_h: *waiting_h,
                champion,
            })
        }
        Fact::DigestDue { week, .. } => About::Digest(letters_due::digest(aws, project, week, now).await?),
        Fact::Retired { what, .. } => About::Retired(Retired { what: what.clone() }),
        _ => return Ok(None),
    };
    Ok(Some(vec![about]))
}

/// When a version became champion the last time, also when it is no longer.
fn since(record: &ChampionRecord, version: u32) -> Option<Timestamp> {
    if record
        .champion
        .as_ref()
        .is_some_and(|champion| champion.version == version)
    {
        return Some(record.since);
    }
    record
        .history
        .iter()
        .rev()
        .find(|past| past.version == version)
        .map(|past| past.since)
}

pub async fn project(aws: &Aws, project: &str) -> anyhow::Result<Option<Project>> {
    read(aws, &layout::project_json(project)).await
}

pub async fn champion(aws: &Aws, project: &str) -> anyhow::Result<Option<ChampionRecord>> {
    read(aws, &layout::champion(project)).await
}

/// A record of the work bucket, if it is there.
pub async fn read<T: DeserializeOwned>(aws: &Aws, key: &str) -> anyhow::Result<Option<T>> {
    Ok(aws.store.get_json::<T>(key).await?.map(|(record, _)| record))
}
