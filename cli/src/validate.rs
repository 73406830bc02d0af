//! `windsock validate project.yaml`: everything that is wrong with it, each with its line and what would be right.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use windsock_decisions::Project;
use windsock_jobs::common::table::Table;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's description.
    #[arg(default_value = "project.yaml")]
    pub project: PathBuf,
    /// A file of the project's data, CSV or parquet: are its label and the monitor's columns there?
    #[arg(long)]
    pub data: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (project, _) = read(&arguments.project)?;
    if let Some(data) = &arguments.data {
        check_columns(&project, &arguments.project, data)?;
    }
    println!(
        "{}: project {} is well described",
        arguments.project.display(),
        project.project
    );
    Ok(ExitCode::SUCCESS)
}

/// Read a project.yaml; the error lists every problem, one a line.
pub fn read(path: &Path) -> anyhow::Result<(Project, String)> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", path.display()))?;
    match Project::from_yaml(&text) {
        Ok(project) => Ok((project, text)),
        Err(problems) => bail!("{}", told(path, &problems)),
    }
}

fn check_columns(project: &Project, path: &Path, data: &Path) -> anyhow::Result<()> {
    // As Preprocess will read it: what it would reject is told here already.
    let table = Table::open_as(project.data.format, data).map_err(|error| error.about(&data.display().to_string()))?;
    let header = table.header();
    let problems = project.check_columns(header);
    if problems.is_empty() {
        Ok(())
    } else {
        bail!("{}", told(path, &problems))
    }
}

fn told(path: &Path, problems: &[windsock_decisions::project::Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {problem}", path.display()))
        .collect();
    lines.join("\n")
}
