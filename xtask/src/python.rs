//! Python environments: the referees', and the example's, made under target/ from pinned versions, once per change of their pins.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

use crate::build;

/// The folder of the referees' programs.
pub fn environment(target: &Path) -> anyhow::Result<PathBuf> {
    environment_of(target, "referee-venv", "tests/referee/requirements.txt", &[])
}

/// The folder of the templates' linters: checkov wants an older boto3 than AWS's own clients.
pub fn linters(target: &Path) -> anyhow::Result<PathBuf> {
    environment_of(target, "linters-venv", "tests/referee/linters.txt", &[])
}

/// The folder of SAM, which brings a hundred packages with versions of its own.
pub fn sam(target: &Path) -> anyhow::Result<PathBuf> {
    environment_of(target, "sam-venv", "tests/referee/sam.txt", &[])
}

/// The folder of ministack's program. It wants an older botocore than the other referees, so it has its own environment.
pub fn ministack(target: &Path) -> anyhow::Result<PathBuf> {
    environment_of(target, "ministack-venv", "tests/referee/ministack.txt", &[])
}

/// The SageMaker Python SDK, of which only what renders a pipeline is installed.
pub fn sagemaker(target: &Path) -> anyhow::Result<PathBuf> {
    let programs = environment_of(target, "sagemaker-venv", "tests/referee/sagemaker.txt", &["--no-deps"])?;
    Ok(programs.join("python"))
}

/// The python that the example with a model of its own learns with.
pub fn example(target: &Path) -> anyhow::Result<PathBuf> {
    let programs = environment_of(target, "example-venv", "examples/own-model/requirements.txt", &[])?;
    Ok(programs.join("python"))
}

fn environment_of(target: &Path, folder: &str, pins: &str, more: &[&str]) -> anyhow::Result<PathBuf> {
    let pins = build::root()?.join(pins);
    let wanted = std::fs::read_to_string(&pins).with_context(|| format!("read {}", pins.display()))?;
    let folder = target.join(folder);
    let stamp = folder.join("requirements.txt");
    let programs = folder.join("bin");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(programs);
    }
    create(&folder)?;
    let pip = Command::new(programs.join("python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(more)
        .arg("--requirement")
        .arg(&pins)
        .status()
        .context("start pip")?;
    ensure!(pip.success(), "pip could not install what {} names", pins.display());
    std::fs::write(&stamp, wanted).with_context(|| format!("write {}", stamp.display()))?;
    Ok(programs)
}

fn create(folder: &Path) -> anyhow::Result<()> {
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder)
        .status();
    match made {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "python3 -m venv {} failed ({status}); is the venv module installed?",
            folder.display()
        ),
        Err(error) => bail!("cargo verify needs python3 (3.11 or newer, with venv): {error}"),
    }
}
