//! Other people's engines: linters, AWS's own clients and models, its transform, its SDK, and the dependency policy.

use std::{path::Path, process::Command};

use crate::{
    advisories,
    build::{self, Built},
    python,
    step::{Beside, cargo, run},
};

pub fn verify(built: &Built, asked: &Path) -> anyhow::Result<()> {
    let target = built.bin_dir.parent().unwrap_or(Path::new("target"));
    let contracts = contracts(built, target)?;
    let programs = python::environment(target)?;
    let root = build::root()?;
    let in_environment = |program: &str| {
        let mut command = Command::new(programs.join(program));
        command.current_dir(&root);
        command
    };
    run(
        "dependency policy",
        in_environment("cargo-deny").args(["--offline", "check", "licenses", "bans", "sources"]),
    )?;
    advisories::verify(target, &programs)?;
    templates(built, target)?;
    pipelines(target, &programs)?;
    run(
        "every request of the stories",
        in_environment("python").arg("tests/referee/asked.py").arg(asked),
    )?;
    run(
        "Model Monitor's own files",
        in_environment("python")
            .arg("tests/referee/analyzer_files.py")
            .arg(&built.bin_dir),
    )?;
    for (what, script) in [
        ("AWS's own clients", "tests/referee/run_wire.py"),
        ("deployed by the AWS CLI", "tests/referee/run_deploy.py"),
    ] {
        run(what, in_environment("python").arg(script).arg(&built.bin_dir))?;
    }
    let sam = python::sam(target)?;
    run(
        "docs/deploy.md, typed",
        in_environment("python")
            .arg("tests/referee/deploy_page.py")
            .args([&built.bin_dir, &sam, &programs]),
    )?;
    contracts.into_iter().try_for_each(Beside::end)
}

/// Other people's linters, proven to see by templates broken on purpose; and AWS's own Serverless transform beside ours.
fn templates(built: &Built, target: &Path) -> anyhow::Result<()> {
    let python = python::linters(target)?.join("python");
    let root = build::root()?;
    let referee = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.current_dir(&root).args(arguments);
        command
    };
    run("template lint", &mut referee(&["tests/referee/templates.py"]))?;
    run(
        "template lint finds what is broken",
        &mut referee(&["tests/referee/templates.py", "--broken"]),
    )?;
    let mut sam = Command::new(python::sam(target)?.join("sam"));
    sam.current_dir(&root).env("SAM_CLI_TELEMETRY", "0");
    // It asks for a region and never calls it.
    sam.env("AWS_DEFAULT_REGION", "us-east-1");
    run(
        "template validated by SAM",
        sam.args(["validate", "--lint", "--template-file", "template.yaml"]),
    )?;
    let expanded = target.join("expanded.json");
    let mut expand = cargo(&[
        "run",
        "--locked",
        "--quiet",
        "--package",
        "windsock-cloudformation",
        "--example",
        "expand",
    ])?;
    run(
        "template expanded by us",
        expand.arg("template.yaml").stdout(std::fs::File::create(&expanded)?),
    )?;
    let mut serverless = referee(&["tests/referee/serverless.py"]);
    serverless.stdin(std::fs::File::open(&expanded)?);
    run("template expanded by AWS's own transform", &mut serverless)?;
    let translated = target.join("translated.json");
    let mut translate = referee(&["tests/referee/translated.py", "template.yaml"]);
    translate.stdout(std::fs::File::create(&translated)?);
    run("template translated", &mut translate)?;
    let mut platform = Command::new(python::ministack(target)?.join("python"));
    platform.current_dir(&root).arg("tests/referee/ministack_platform.py");
    run(
        "the platform on ministack",
        platform.arg(&built.bin_dir).arg(&translated),
    )
}

/// Pipeline definitions: as the SageMaker Python SDK renders them, and as botocore knows the calls that their steps become.
fn pipelines(target: &Path, programs: &Path) -> anyhow::Result<()> {
    let root = build::root()?;
    let mut sdk = Command::new(python::sagemaker(target)?);
    sdk.current_dir(&root).arg("tests/referee/pipelines.py");
    run("pipelines rendered by the SageMaker SDK", &mut sdk)?;
    let mut models = Command::new(programs.join("python"));
    models.current_dir(&root).arg("tests/referee/definitions.py");
    run("pipelines against AWS's own models", &mut models)
}

/// What is assumed of AWS, asked of the local AWS and of ministack: minutes of waiting for alarms to stay as they are.
fn contracts(built: &Built, target: &Path) -> anyhow::Result<[Beside; 2]> {
    let mut local = Command::new(built.bin_dir.join("windsock-contract"));
    local.args(["--local", "--brief"]);
    let local = Beside::start("contract with the local AWS", target, &mut local)?;
    let programs = python::ministack(target)?;
    let mut ministack = Command::new(programs.join("python"));
    ministack.current_dir(build::root()?);
    ministack.arg("tests/referee/run_ministack.py").arg(&built.bin_dir);
    let ministack = Beside::start("contract with ministack", target, &mut ministack)?;
    Ok([local, ministack])
}
