//! The projects that are deployed here, and whether their pipelines are of this program's age.

use anyhow::{Context, anyhow, bail};
use windsock_decisions::{Project, layout, state::FORMAT};
use windsock_events::facts::PipelineKind;

use crate::{Deployed, apply::apply_to, stack::ProjectStack};

/// Names of all projects, in order.
pub async fn names(deployed: &Deployed) -> anyhow::Result<Vec<String>> {
    let listing = deployed.work.list(layout::PROJECTS, layout::OBJECTS_MAX).await?;
    let name = |key: &str| {
        let name = key.strip_prefix(layout::PROJECTS)?.strip_suffix(".yaml")?;
        Some(name.to_owned())
    };
    Ok(listing.objects.iter().filter_map(|object| name(&object.key)).collect())
}

/// Refuse a name that nobody has applied, and name those that are there.
pub async fn require(deployed: &Deployed, project: &str) -> anyhow::Result<()> {
    if deployed.work.exists(&layout::project_json(project)).await? {
        return Ok(());
    }
    let known = names(deployed).await?;
    if known.is_empty() {
        bail!("there is no project {project} here, nor any other: windsock apply project.yaml");
    }
    bail!("there is no project {project} here; there are: {}", known.join(", "))
}

/// A project.yaml as somebody applied it, and its text.
pub async fn stored(deployed: &Deployed, project: &str) -> anyhow::Result<(Project, String)> {
    let key = layout::project_yaml(project);
    let bytes = deployed.work.get_bytes(&key).await?;
    let bytes = bytes.with_context(|| format!("there is no {key} any more"))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{key} is not UTF-8 text"))?;
    let read = Project::from_yaml(&text);
    let project = read.map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow!(
            "{key} is no project of this program any more: {}; correct the file and `windsock apply` it",
            problems.join("; ")
        )
    })?;
    Ok((project, text))
}

/// A pipeline whose definition is not of this program's format; the functions start no run of one that is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    pub pipeline: String,
    /// None: not deployed at all, or not by us.
    pub format: Option<u32>,
}

impl std::fmt::Display for Outdated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pipeline = &self.pipeline;
        match self.format {
            None => write!(
                f,
                "pipeline {pipeline} is not there, or its definition is not Windsock's"
            ),
            Some(format) if format > FORMAT => write!(
                f,
                "the definition of {pipeline} has format {format}, newer than this program's {FORMAT}"
            ),
            Some(format) => write!(
                f,
                "the definition of {pipeline} has format {format}, older than {FORMAT}: no run of it is started"
            ),
        }
    }
}

/// Those of a project's pipelines that `apply` would have to bring to this program's format.
pub async fn outdated(deployed: &Deployed, project: &str) -> anyhow::Result<Vec<Outdated>> {
    let mut found = Vec::new();
    for kind in [PipelineKind::Training, PipelineKind::Inference] {
        let pipeline = layout::pipeline_name(&deployed.name_prefix, project, kind);
        let described = deployed.sagemaker.describe_pipeline(&pipeline).await?;
        let format = described.and_then(|pipeline| pipeline.format);
        if format != Some(FORMAT) {
            found.push(Outdated { pipeline, format });
        }
    }
    Ok(found)
}

/// What became of one project of many.
#[derive(Debug)]
pub struct Applied {
    pub project: String,
    pub done: anyhow::Result<Vec<String>>,
}

/// Apply every project that is here once more, as it was applied last, with this program's templates and definitions.
/// One that fails keeps no other from being applied.
pub async fn apply_all(deployed: &Deployed) -> anyhow::Result<Vec<Applied>> {
    let mut all = Vec::new();
    for project in names(deployed).await? {
        let done = apply_again(deployed, &project).await;
        all.push(Applied { project, done });
    }
    Ok(all)
}

async fn apply_again(deployed: &Deployed, name: &str) -> anyhow::Result<Vec<String>> {
    let newer = outdated(deployed, name).await?;
    if let Some(newer) = newer
        .iter()
        .find(|one| one.format.is_some_and(|format| format > FORMAT))
    {
        bail!("{newer}; use the program that deployed it, or a newer one");
    }
    let (project, yaml) = stored(deployed, name).await?;
    let stack = ProjectStack::find(deployed, name).await?;
    apply_to(deployed, &stack, &project, &yaml).await
}
