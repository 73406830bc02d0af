//! `windsock monitor baseline|check`: the monitor of the jobs for a person, on files of this machine. No account is asked.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use windsock_jobs::monitor::laptop::{self, Answer, CHANGED, Question};
use windsock_jobs::monitor::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Measure data, and write statistics.json and constraints.json: what later data is compared with.
    Baseline {
        #[command(flatten)]
        data: Data,
        /// The folder that the baseline is written to.
        #[arg(long, default_value = laptop::BASELINE_FOLDER)]
        output: PathBuf,
    },
    /// Compare data with a baseline. Ends with 0 when nothing has changed, with 3 when something has or there are too
    /// few rows to say, with 1 when the question cannot be answered.
    Check {
        #[command(flatten)]
        data: Data,
        /// The folder of a baseline: Windsock's, or SageMaker Model Monitor's.
        #[arg(long)]
        baseline: PathBuf,
        /// Also write drift.json, constraint_violations.json and the new statistics to this folder.
        #[arg(long)]
        output: Option<PathBuf>,
        /// Judge as this project.yaml asks for: method, thresholds, rows.
        #[arg(long)]
        project: Option<PathBuf>,
        /// Fewer rows say nothing: as the project asks for, or 1000.
        #[arg(long)]
        min_rows: Option<u64>,
        /// A distance above it is drift: as the project asks for, or as the baseline says.
        #[arg(long)]
        threshold: Option<f64>,
    },
}

#[derive(Debug, clap::Args)]
pub struct Data {
    /// Files or folders of CSV with a header, JSON lines or parquet, packed with gzip or not.
    #[arg(required = true)]
    data: Vec<PathBuf>,
    /// The CSV files have no header: columns are called by their places.
    #[arg(long)]
    no_header: bool,
}

pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Answer { text, changed } = laptop::answer(&question(command)?)?;
    print!("{text}");
    Ok(match changed {
        true => ExitCode::from(CHANGED),
        false => ExitCode::SUCCESS,
    })
}

fn question(command: Command) -> anyhow::Result<Question> {
    let (data, baseline, output, settings) = match command {
        Command::Baseline { data, output } => (data, None, Some(output), Settings::default()),
        Command::Check {
            data,
            baseline,
            output,
            project,
            min_rows,
            threshold,
        } => {
            let mut settings = settings(project.as_deref())?;
            settings.min_rows = min_rows.unwrap_or(settings.min_rows);
            settings.threshold = threshold.or(settings.threshold);
            (data, Some(baseline), output, settings)
        }
    };
    Ok(Question {
        data: data.data,
        no_header: data.no_header,
        output,
        baseline,
        settings,
    })
}

/// As the pipeline hands the project's monitor section to its job.
fn settings(project: Option<&Path>) -> anyhow::Result<Settings> {
    let Some(path) = project else {
        return Ok(Settings::from_rows_on(laptop::MIN_ROWS));
    };
    let (project, _) = crate::validate::read(path)?;
    let section = serde_json::to_value(&project.monitor).context("hand over the project's monitor section")?;
    serde_json::from_value(section).context("hand over the project's monitor section")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    fn answered(line: &str) -> anyhow::Result<String> {
        let command = Line::try_parse_from(line.split(' '))?.command;
        run(command).map(|code| format!("{code:?}"))
    }

    #[test]
    fn a_person_measures_compares_and_is_told_by_the_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for (name, above) in [("before.csv", 0), ("after.csv", 30)] {
            let rows: String = (0..1_000).map(|row| format!("{}\n", row % 50 + above)).collect();
            std::fs::write(at(name), rows).unwrap();
        }
        let baseline = at("baseline");
        let code = |code: u8| format!("{:?}", ExitCode::from(code));
        let line = format!("monitor baseline {} --no-header --output {baseline}", at("before.csv"));
        assert_eq!(answered(&line).unwrap(), code(0));
        for (data, expected) in [("before.csv", 0), ("after.csv", CHANGED)] {
            let line = format!("monitor check {} --no-header --baseline {baseline}", at(data));
            assert_eq!(answered(&line).unwrap(), code(expected), "{data}");
        }
        let project = at("project.yaml");
        let text =
            "project: p\ndata: { label: y }\ntraining: { objective: { metric: auc } }\nmonitor: { threshold: 0.9 }\n";
        std::fs::write(&project, text).unwrap();
        for (asked, expected) in [
            (format!("--project {project}"), 0),
            (format!("--project {project} --threshold 0.1"), CHANGED),
            (format!("--project {project} --min-rows 2000"), CHANGED),
        ] {
            let line = format!(
                "monitor check {} --no-header --baseline {baseline} {asked}",
                at("after.csv")
            );
            assert_eq!(answered(&line).unwrap(), code(expected), "{asked}");
        }
        assert!(
            answered("monitor check x.csv")
                .unwrap_err()
                .to_string()
                .contains("--baseline")
        );
    }
}
