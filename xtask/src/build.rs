//! Building the binaries: the functions that template.yaml names, the jobs and the command line.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

/// Where the built programs lie, and how long building took.
#[derive(Debug)]
pub struct Built {
    pub bin_dir: PathBuf,
    pub took: Duration,
}

/// The repository's root: the folder above this package.
pub fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .parent()
        .context("find the repository's root above xtask")?
        .to_owned())
}

/// Function names, from the `CodeUri: target/lambda/<function>/` lines of template.yaml.
pub fn functions(template: &str) -> Vec<String> {
    let names = template.lines().filter_map(|line| line.trim().strip_prefix("CodeUri:"));
    names
        .filter_map(|uri| {
            Some(
                uri.trim()
                    .trim_end_matches('/')
                    .strip_prefix("target/lambda/")?
                    .to_owned(),
            )
        })
        .collect()
}

/// Make a folder, without what an earlier run left in it.
pub fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))
}

/// Build everything a running Windsock consists of, in the development profile.
pub fn binaries() -> anyhow::Result<Built> {
    let template = root()?.join("template.yaml");
    let text = std::fs::read_to_string(&template).with_context(|| format!("read {}", template.display()))?;
    let functions = functions(&text);
    ensure!(
        !functions.is_empty(),
        "{} names no function (CodeUri: target/lambda/<function>/)",
        template.display()
    );
    let mut packages = vec!["windsock".to_owned(), "windsock-jobs".to_owned()];
    packages.extend(functions);
    build(&packages)
}

/// The whole workspace, although only these are wanted: another selection of packages would be another set of features
/// for their dependencies, and would compile the SageMaker SDK a second time.
fn build(packages: &[String]) -> anyhow::Result<Built> {
    let began = Instant::now();
    let mut cargo = Command::new(cargo());
    let arguments = [
        "build",
        "--locked",
        "--workspace",
        "--bins",
        "--message-format=json-render-diagnostics",
    ];
    cargo.current_dir(root()?).args(arguments);
    // Progress goes to standard error, where a person sees it; the messages come on standard output.
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("start cargo build")?;
    let messages = child.stdout.take().context("read cargo's messages")?;
    let mut programs: Vec<PathBuf> = Vec::new();
    for line in BufReader::new(messages).lines() {
        let message: serde_json::Value = serde_json::from_str(&line?).context("read cargo's messages")?;
        programs.extend(
            message["executable"]
                .as_str()
                .map(PathBuf::from)
                .filter(|program| wanted(program, packages)),
        );
    }
    ensure!(child.wait()?.success(), "cargo build failed; its messages are above");
    let bin_dir = folder_of(&programs, packages)?;
    Ok(Built {
        bin_dir,
        took: began.elapsed(),
    })
}

fn wanted(program: &Path, packages: &[String]) -> bool {
    packages
        .iter()
        .any(|package| program.file_stem().is_some_and(|name| name == package.as_str()))
}

fn folder_of(programs: &[PathBuf], packages: &[String]) -> anyhow::Result<PathBuf> {
    for package in packages {
        if !programs
            .iter()
            .any(|program| wanted(program, std::slice::from_ref(package)))
        {
            bail!("cargo built no program named {package}; template.yaml and the packages' names must agree");
        }
    }
    let first = programs.first().and_then(|program| program.parent());
    Ok(first.context("cargo named no program")?.to_owned())
}

/// The cargo that runs us.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_come_from_the_template() {
        let template = "  X:\n    CodeUri: target/lambda/start-training/\n  Y:\n    CodeUri: target/lambda/notify/\n";
        assert_eq!(super::functions(template), ["start-training", "notify"]);
    }
}
