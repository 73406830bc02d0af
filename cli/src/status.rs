//! `windsock status`: how the projects stand now, from the same records and calls that the functions look at.

use std::process::ExitCode;

use serde::Serialize;
use windsock_decisions::{
    Project, layout,
    state::{ChampionRecord, Incident},
};
use windsock_events::{facts::PipelineKind, status::Approval};

use windsock_deployment::{Deployed, projects, template};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// For programs.
    #[arg(long)]
    pub json: bool,
    /// The platform's stack.
    #[arg(long, default_value = template::PLATFORM_STACK)]
    pub platform: String,
}

#[derive(Debug, Serialize)]
struct Status {
    project: String,
    /// Version and since when.
    champion: Option<(u32, String)>,
    awaiting_approval: Vec<u32>,
    training: Option<Run>,
    inference: Option<Run>,
    /// The open incident and its features.
    drift: Option<(String, Vec<String>)>,
    /// Pipelines whose definitions this program would bring up to date.
    outdated: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Run {
    status: String,
    started: String,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::find(&arguments.platform).await?;
    let mut all = Vec::new();
    for object in deployed.work.list(layout::PROJECTS, layout::OBJECTS_MAX).await?.objects {
        if !object.key.ends_with(".json") {
            continue;
        }
        if let Some((project, _)) = deployed.work.get_json::<Project>(&object.key).await? {
            all.push(look(&deployed, project.project).await?);
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else if all.is_empty() {
        println!("There is no project yet: windsock apply project.yaml");
    } else {
        all.iter().for_each(print);
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(deployed: &Deployed, project: String) -> anyhow::Result<Status> {
    let record = deployed
        .work
        .get_json::<ChampionRecord>(&layout::champion(&project))
        .await?
        .map(|(record, _)| record);
    let champion = record
        .as_ref()
        .and_then(|record| Some((record.champion.as_ref()?.version, record.since.to_string())));
    let versions = deployed
        .sagemaker
        .list_versions(&layout::group_name(&deployed.name_prefix, &project))
        .await?;
    let above = champion.as_ref().map_or(0, |(version, _)| *version);
    let waiting = versions
        .iter()
        .filter(|v| v.approval == Approval::PendingManualApproval && v.version > above);
    let incidents = deployed
        .work
        .list(&layout::incidents(&project), layout::OBJECTS_MAX)
        .await?
        .objects;
    let newest = match incidents.last() {
        Some(newest) => deployed
            .work
            .get_json::<Incident>(&newest.key)
            .await?
            .map(|(incident, _)| incident),
        None => None,
    };
    let open = newest.filter(|incident| incident.closed_at.is_none());
    Ok(Status {
        champion,
        awaiting_approval: waiting.map(|version| version.version).collect(),
        training: newest_run(deployed, &project, PipelineKind::Training).await?,
        inference: newest_run(deployed, &project, PipelineKind::Inference).await?,
        drift: open.map(|open| {
            (
                open.id,
                open.features.into_iter().map(|feature| feature.feature).collect(),
            )
        }),
        outdated: projects::outdated(deployed, &project)
            .await?
            .iter()
            .map(ToString::to_string)
            .collect(),
        project,
    })
}

async fn newest_run(deployed: &Deployed, project: &str, kind: PipelineKind) -> anyhow::Result<Option<Run>> {
    let name = layout::pipeline_name(&deployed.name_prefix, project, kind);
    let executions = deployed.sagemaker.list_executions(&name).await?.unwrap_or_default();
    let newest = executions.into_iter().next();
    Ok(newest.map(|run| Run {
        status: run.status.to_string(),
        started: run.started_at.to_string(),
    }))
}

fn print(status: &Status) {
    println!("{}", status.project);
    match &status.champion {
        Some((version, since)) => println!("  champion   version {version}, since {since}"),
        None => println!("  champion   none"),
    }
    if !status.awaiting_approval.is_empty() {
        println!("  waiting    for approval: version {:?}", status.awaiting_approval);
    }
    for (name, run) in [("training", &status.training), ("inference", &status.inference)] {
        if let Some(run) = run {
            println!("  {name:<10} {}, started {}", run.status, run.started);
        }
    }
    if let Some((incident, features)) = &status.drift {
        println!("  drift      incident {incident}: {}", features.join(", "));
    }
    for outdated in &status.outdated {
        println!("  outdated   {outdated} (windsock apply --all)");
    }
}
