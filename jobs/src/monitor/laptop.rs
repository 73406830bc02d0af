//! The monitor for a person: `monitor baseline DATA ...` and `monitor check DATA ... --baseline FOLDER`, with a report to
//! read in place of a job's one sentence. `windsock` and `windsock-jobs` both offer it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use windsock_decisions::state::Verdict;

use super::check::COMPLETENESS;
use super::documents::Violation;
use super::progress::Progress;
use super::settings::Settings;
use super::source::{self, Format};
use super::{Baseline, Checked, readable};
use crate::common::files;
use crate::common::paths::{OPT_ML, Root};
use crate::common::table::Header;

const USAGE: &str = "\
Usage: monitor baseline DATA ... [--output FOLDER]
       monitor check DATA ... --baseline FOLDER [--output FOLDER] [--min-rows ROWS] [--threshold DISTANCE]
DATA is files or folders of CSV with a header (--no-header without), JSON lines or parquet, packed with gzip or not.
A baseline is written to `baseline` unless --output says otherwise; a check writes files where --output says. Fewer than
1000 rows say nothing unless --min-rows says otherwise; --threshold takes the place of the baseline's own.
check ends with 0 when nothing has changed, with 3 when something has or there are too few rows to say";

/// Something has changed, or nobody can say: neither success nor an error.
pub const CHANGED: u8 = 3;
/// Where a baseline is written unless somebody says otherwise.
pub const BASELINE_FOLDER: &str = "baseline";

/// As in a project that says nothing else.
pub const MIN_ROWS: u64 = 1000;

/// What a person asks.
#[derive(Debug, Default)]
pub struct Question {
    pub data: Vec<PathBuf>,
    pub no_header: bool,
    pub output: Option<PathBuf>,
    /// The folder of the baseline to compare with; without it, the question is what the data is like.
    pub baseline: Option<PathBuf>,
    pub settings: Settings,
}

pub struct Answer {
    /// To be printed.
    pub text: String,
    pub changed: bool,
}

pub fn run(arguments: &[String]) -> ExitCode {
    match parse(arguments).and_then(|question| answer(&question)) {
        Ok(answer) => {
            print!("{}", answer.text);
            if answer.changed {
                ExitCode::from(CHANGED)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Question> {
    let (command, rest) = arguments.split_first().context(USAGE)?;
    let mut question = Question::default();
    question.settings.min_rows = MIN_ROWS;
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let mut value = |what: &str| {
            rest.next()
                .with_context(|| format!("{argument} needs a {what}. {USAGE}"))
        };
        match argument.as_str() {
            "--output" => question.output = Some(value("folder")?.into()),
            "--baseline" => question.baseline = Some(value("folder")?.into()),
            "--min-rows" => question.settings.min_rows = number(argument, value("number")?)?,
            "--threshold" => question.settings.threshold = Some(number(argument, value("number")?)?),
            "--no-header" => question.no_header = true,
            option if option.starts_with("--") => bail!("There is no option {option}. {USAGE}"),
            data => question.data.push(data.into()),
        }
    }
    match (command.as_str(), &question.baseline) {
        ("baseline", None) => {
            question.output.get_or_insert_with(|| BASELINE_FOLDER.into());
        }
        ("check", Some(_)) => {}
        ("check", None) => bail!("check needs --baseline FOLDER to compare with. {USAGE}"),
        ("baseline", Some(_)) => bail!("baseline compares with nothing: `monitor check` does. {USAGE}"),
        _ => bail!("{USAGE}"),
    }
    if question.data.is_empty() {
        bail!("No data is named. {USAGE}");
    }
    Ok(question)
}

fn number<T: FromStr>(argument: &str, text: &str) -> Result<T> {
    let number = text.parse().ok();
    number.with_context(|| format!("{argument} is `{text}`, which is no such number. {USAGE}"))
}

pub fn answer(question: &Question) -> Result<Answer> {
    let baseline = question.baseline.as_deref().map(baseline).transpose()?;
    let format = format(question)?;
    // Every path is shown as it was given.
    let root = Root::new(OPT_ML);
    let profile = source::profile(
        &question.data,
        format,
        baseline.as_ref(),
        &root,
        &mut Progress::for_a_person(),
    )?;
    let settings = &question.settings;
    let checked: Option<Checked> = match &question.output {
        Some(output) => super::write(output, &profile, baseline.as_ref(), settings)?,
        None => baseline.as_ref().map(|it| super::check(&profile, it, settings)),
    };
    let mut text = match &checked {
        None => readable::profile(&profile),
        Some(checked) => readable::check(checked),
    };
    if let Some(output) = &question.output {
        text.push_str(&format!("\nWritten to {}\n", output.display()));
    }
    // A completeness that is less by a single row breaks its constraint; where there are statistics, the distances say whether
    // more is missing than chance explains.
    let unchanged = |it: &Checked| match it.report() {
        None => it.violations.is_empty(),
        Some(report) => {
            let by_chance = |violation: &Violation| violation.constraint_check_type == COMPLETENESS;
            report.verdict == Verdict::NoDrift && it.violations.iter().all(by_chance)
        }
    };
    Ok(Answer {
        text,
        changed: checked.is_some_and(|it| !unchanged(&it)),
    })
}

fn baseline(folder: &Path) -> Result<Baseline> {
    let (statistics, constraints) = (folder.join("statistics.json"), folder.join("constraints.json"));
    let there = |path: PathBuf| path.exists().then_some(path);
    let (statistics, constraints) = (there(statistics), there(constraints));
    if statistics.is_none() && constraints.is_none() {
        bail!(
            "{} holds neither statistics.json nor constraints.json: it is no baseline",
            folder.display()
        );
    }
    Baseline::from_files(statistics.as_deref(), constraints.as_deref())
}

/// By the ending of the first file's name.
fn format(question: &Question) -> Result<Format> {
    let first = question.data.first().context(USAGE)?;
    let first = match first.is_dir() {
        true => files::list(first)?.into_iter().next(),
        false => Some(first.clone()),
    };
    let first = first.with_context(|| format!("{} holds no data", question.data[0].display()))?;
    let name = first.to_string_lossy().to_ascii_lowercase();
    let header = if question.no_header {
        Header::Absent
    } else {
        Header::Present
    };
    Ok(match name.trim_end_matches(".gz").rsplit('.').next() {
        Some("parquet") => Format::Parquet,
        Some("jsonl" | "ndjson" | "json") => Format::JsonLines,
        _ => Format::Csv(header),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Answer> {
        let words: Vec<String> = line.split(' ').map(String::from).collect();
        answer(&parse(&words)?)
    }

    #[test]
    fn a_person_measures_and_compares() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let rows = |shift: usize| {
            (0..1_000)
                .map(|n| format!("{},{}\n", n % 50 + shift, ["x", "y"][n % 2]))
                .collect::<String>()
        };
        for (name, shift) in [("before.csv", 0), ("after.csv", 30)] {
            std::fs::write(at(name), format!("n,s\n{}", rows(shift))).unwrap();
        }
        let measured = asked(&format!("baseline {} --output {}", at("before.csv"), at("b"))).unwrap();
        assert!(
            !measured.changed && measured.text.starts_with("1,000 rows, 2 columns\n"),
            "{}",
            measured.text
        );
        let same = asked(&format!("check {} --baseline {}", at("before.csv"), at("b"))).unwrap();
        assert!(!same.changed && same.text.starts_with("No drift: "), "{}", same.text);
        let moved = asked(&format!(
            "check {} --baseline {} --output {}",
            at("after.csv"),
            at("b"),
            at("c")
        ))
        .unwrap();
        assert!(moved.changed && moved.text.starts_with("Drift: "), "{}", moved.text);
        assert!(folder.path().join("c/drift.json").exists());

        let one_row_lacks = rows(0).replacen("7,y", ",y", 1);
        std::fs::write(at("lacks.csv"), format!("n,s\n{one_row_lacks}")).unwrap();
        let lacks = asked(&format!("check {} --baseline {}", at("lacks.csv"), at("b"))).unwrap();
        assert!(
            !lacks.changed && lacks.text.contains("completeness_check"),
            "{}",
            lacks.text
        );
        let few = asked(&format!(
            "check {} --baseline {} --min-rows 2000",
            at("before.csv"),
            at("b")
        ))
        .unwrap();
        assert!(
            few.changed
                && few
                    .text
                    .starts_with("Too few rows to say: 1,000 where 2,000 are needed"),
            "{}",
            few.text
        );
        let tolerant = asked(&format!(
            "check {} --baseline {} --threshold 0.9",
            at("after.csv"),
            at("b")
        ))
        .unwrap();
        assert!(tolerant.text.starts_with("No drift: "), "{}", tolerant.text);
        std::fs::remove_file(folder.path().join("b/statistics.json")).unwrap();
        let line = format!("check {} --baseline {} --output {}", at("after.csv"), at("b"), at("c"));
        let bounds = asked(&line).unwrap();
        assert!(
            !bounds.changed && bounds.text.starts_with("No distances: "),
            "{}",
            bounds.text
        );
        assert!(!folder.path().join("c/drift.json").exists());
    }

    #[test]
    fn what_cannot_be_answered_is_said_with_the_right_use() {
        for (line, part) in [
            ("measure x", "Usage: monitor baseline DATA"),
            ("check x", "check needs --baseline FOLDER"),
            ("baseline", "No data is named"),
            ("baseline x --out y", "There is no option --out"),
            ("baseline x --output", "--output needs a folder"),
            (
                "check x --baseline y --min-rows many",
                "--min-rows is `many`, which is no such number",
            ),
            (
                "check x --baseline /nowhere",
                "/nowhere holds neither statistics.json nor constraints.json",
            ),
            ("baseline /nowhere/x.csv", "open /nowhere/x.csv"),
        ] {
            let error = format!("{:#}", asked(line).err().unwrap());
            assert!(error.contains(part), "{error}");
        }
    }
}
