//! The fuzz targets of `fuzz/`: built with a nightly compiler, each run for a few seconds from the seeds of
//! tests/properties. Where no nightly compiler is, the step says so and is skipped.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

use crate::{
    build,
    step::{cargo, run},
};

/// Of crates.io; installed once, under the target folder.
const CARGO_FUZZ: &str = "0.13.2";
const SECONDS_EACH: &str = "10";
/// The same inputs in the same order, as far as time allows.
const SEED: &str = "20130401";
const MEMORY_MB_MAX: &str = "2048";
/// One input that takes longer is a finding.
const INPUT_SECONDS_MAX: &str = "10";
const INPUT_BYTES_MAX: &str = "8192";

/// Builds every target and runs each, or says why not.
pub fn verify(target: &Path) -> anyhow::Result<()> {
    for (missing, program, arguments) in [
        (
            "nightly toolchain (rustup toolchain install nightly)",
            "cargo",
            ["+nightly", "--version"],
        ),
        ("C++ compiler, which libFuzzer needs,", "c++", ["--version", "-v"]),
    ] {
        if !answers(program, &arguments) {
            println!("\n== fuzz targets: SKIPPED, because no {missing} is installed");
            return Ok(());
        }
    }
    let folder = target.join("fuzz");
    let cargo_fuzz = cargo_fuzz(target)?;
    let mut fetch = nightly("cargo")?;
    fetch.args(["fetch", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    let fetched = run("fuzz targets' dependencies", &mut fetch);
    fetched
        .context("if fuzz/Cargo.lock is behind Cargo.toml: cargo +nightly update -w --manifest-path fuzz/Cargo.toml")?;
    let mut build = nightly(&cargo_fuzz)?;
    // Our code forbids `unsafe`, so a sanitizer would find nothing that a panic does not tell, and takes its time.
    build.args([
        "build",
        "--fuzz-dir",
        "fuzz",
        "--sanitizer",
        "none",
        "--codegen-units",
        "16",
        "--target-dir",
    ]);
    run("fuzz targets", build.arg(&folder))?;
    let corpus = folder.join("corpus");
    write_seeds(&corpus)?;
    for target in targets()? {
        fuzz(&program(&folder, &target)?, &target, &folder, &corpus)?;
    }
    Ok(())
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).env_remove("RUSTUP_TOOLCHAIN");
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// A program at the repository's root whose cargo and rustc are the nightly ones: whoever started us has set others.
fn nightly(program: impl AsRef<std::ffi::OsStr>) -> anyhow::Result<Command> {
    let mut command = Command::new(program);
    command.current_dir(build::root()?).env("RUSTUP_TOOLCHAIN", "nightly");
    for ours in ["CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(ours);
    }
    Ok(command)
}

fn cargo_fuzz(target: &Path) -> anyhow::Result<PathBuf> {
    let tools = target.join("tools");
    let program = tools.join("bin/cargo-fuzz");
    let version = Command::new(&program).arg("--version").output();
    if version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains(CARGO_FUZZ)) {
        return Ok(program);
    }
    let mut install = cargo(&[
        "install",
        "cargo-fuzz",
        "--locked",
        "--force",
        "--version",
        CARGO_FUZZ,
        "--root",
    ])?;
    run("cargo-fuzz", install.arg(&tools))?;
    Ok(program)
}

fn write_seeds(corpus: &Path) -> anyhow::Result<()> {
    let mut seeds = cargo(&[
        "run",
        "--locked",
        "--quiet",
        "--package",
        "windsock-properties",
        "--example",
        "seeds",
    ])?;
    run("fuzz seeds", seeds.arg(corpus))
}

/// The targets that fuzz/Cargo.toml names.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = build::root()?.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    ensure!(!names.is_empty(), "{} holds no fuzz target", folder.display());
    Ok(names)
}

/// cargo-fuzz builds for a named platform, so what it built lies in a folder of that name.
fn program(folder: &Path, target: &str) -> anyhow::Result<PathBuf> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let program = entry?.path().join("release").join(target);
        if program.is_file() {
            return Ok(program);
        }
    }
    anyhow::bail!("cargo-fuzz built no {target} below {}", folder.display())
}

/// What is found on the way is kept beside the seeds' folder; an input that breaks a promise is written to `found/`.
fn fuzz(program: &Path, target: &str, folder: &Path, corpus: &Path) -> anyhow::Result<()> {
    let (kept, found) = (folder.join("kept").join(target), folder.join("found"));
    for folder in [&kept, &found] {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    let mut command = Command::new(program);
    let options = [
        ("seed", SEED),
        ("max_total_time", SECONDS_EACH),
        ("rss_limit_mb", MEMORY_MB_MAX),
        ("timeout", INPUT_SECONDS_MAX),
        ("max_len", INPUT_BYTES_MAX),
        ("verbosity", "0"),
    ];
    command.args(options.map(|(option, value)| format!("-{option}={value}")));
    command.arg(format!("-artifact_prefix={}/{target}-", found.display()));
    command.arg(&kept).arg(corpus.join(target));
    run(&format!("fuzz {target}"), &mut command).with_context(|| {
        let (program, found) = (program.display(), found.display());
        format!("the input lies in {found}; run it again with {program} <input>")
    })
}
