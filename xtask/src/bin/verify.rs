//! `cargo verify`: the gate. Everything that CI runs, in the order that fails soonest.
//!
//! `cargo verify STAGE` runs one stage of it, on what the stages before it have left.

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::Instant,
};

use xtask::{
    build::{self, Built},
    fuzz, python, referees, simulation,
    step::{cargo, run},
};

/// What the gate consists of, in the order in which it runs.
const STAGES: [&str; 6] = ["code", "tests", "simulation", "load", "fuzz", "referees"];

fn main() -> ExitCode {
    let began = Instant::now();
    let wanted = std::env::args().nth(1);
    match verify(wanted.as_deref()) {
        Ok(()) => {
            let what = wanted.as_deref().unwrap_or("everything");
            println!(
                "\ncargo verify: {what} passed in {:.0} s",
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

fn verify(wanted: Option<&str>) -> anyhow::Result<()> {
    if let Some(unknown) = wanted.filter(|name| !STAGES.contains(name)) {
        anyhow::bail!("there is no stage `{unknown}`; there are {}", STAGES.join(", "));
    }
    let runs = |stage: &str| wanted.is_none_or(|wanted| wanted == stage);
    if runs("code") {
        code()?;
    }
    if wanted == Some("code") {
        return Ok(());
    }
    println!("\n== programs");
    let built = build::binaries()?;
    println!("== programs: built in {:.0} s", built.took.as_secs_f64());
    let target = built.bin_dir.parent().unwrap_or(Path::new("target"));
    let records = target.join("verify-records");
    if runs("tests") {
        tests(&built, target, &records)?;
    }
    if runs("simulation") {
        simulation(&built)?;
    }
    if runs("load") {
        load(&built, &records)?;
    }
    if runs("fuzz") {
        fuzz::verify(target)?;
    }
    if runs("referees") {
        referees::verify(&built, &records)?;
    }
    Ok(())
}

fn code() -> anyhow::Result<()> {
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
    run("documentation", documentation.env("RUSTDOCFLAGS", "-D warnings"))
}

/// What the local AWSs of the stories record is for the referees, and for the rights that nobody needs.
fn tests(built: &Built, target: &Path, records: &Path) -> anyhow::Result<()> {
    build::empty(records)?;
    // tests/story drives the built programs and the example's own model, and fails without them.
    let mut tests = cargo(&["test", "--locked", "--workspace"])?;
    tests.env("WINDSOCK_EXAMPLE_PYTHON", python::example(target)?);
    tests.env("WINDSOCK_BIN_DIR", &built.bin_dir).env(RECORDS, records);
    run("tests", &mut tests)?;
    let granted = [
        "run",
        "--locked",
        "--quiet",
        "-p",
        "windsock-tidy",
        "--bin",
        "windsock-granted",
    ];
    run("rights that no story needed", cargo(&granted)?.arg(records))
}

/// Tells a local AWS in which folder to write down what it is records. The demo is one of the stories.
const RECORDS: &str = "WINDSOCK_RECORDS";

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
fn load(built: &Built, records: &Path) -> anyhow::Result<()> {
    let scene = |arguments: &str| {
        let mut command = Command::new(built.bin_dir.join("windsock-load"));
        command.env("WINDSOCK_BIN_DIR", &built.bin_dir);
        command.args(arguments.split_whitespace());
        command
    };
    run(
        "killed while data arrives",
        scene("kill --arrivals 200 --within 40 --process-every 60").env(RECORDS, records),
    )?;
    let burst = "burst --arrivals 1000 --projects 10 --within 6 --settle 30 --naive-seconds 12";
    run("a burst at SageMaker's limits", &mut scene(burst))
}
