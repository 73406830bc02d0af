//! How our code is written, as far as a test can tell.

use regex::Regex;
use windsock_tidy::tree;

/// A file longer than this is two files.
const LINES_MAX: usize = 400;
/// Tables of cases and whole letters are read row by row.
const TEST_LINES_MAX: usize = 600;
/// The one pause of the stories with real processes: what happens there happens on a clock that no test holds.
const PAUSE: &str = "tests/story/src/pause.rs";
/// A workspace of its own: its targets need a nightly compiler, and an exported C function.
const FUZZ: &str = "fuzz";

fn rust_files() -> Vec<(String, String)> {
    let paths = tree::files(".rs").unwrap();
    let files: Vec<_> = paths
        .into_iter()
        .map(|path| (path.clone(), tree::read(&path).unwrap()))
        .collect();
    assert!(files.len() > 100, "only {} Rust files found", files.len());
    files
}

#[track_caller]
fn nowhere(pattern: &str, why: &str) {
    let pattern = Regex::new(pattern).unwrap();
    let files = rust_files();
    // This file names what it looks for.
    let files = files
        .iter()
        .filter(|(path, _)| !path.starts_with("tests/tidy/") && path != PAUSE);
    let found: Vec<String> = files
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate().filter(|(_, line)| pattern.is_match(line));
            lines
                .map(|(number, _)| format!("{path}:{}", number + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{why}: {found:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let silent: Vec<String> = silent.map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "these files do not open with `//! `: {silent:#?}");
}

#[test]
fn files_fit_a_head() {
    let long = rust_files()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()));
    let most = |path: &str| {
        if path.contains("tests") {
            TEST_LINES_MAX
        } else {
            LINES_MAX
        }
    };
    let long: Vec<_> = long.filter(|(path, lines)| *lines > most(path)).collect();
    assert!(
        long.is_empty(),
        "more lines than {LINES_MAX}, or {TEST_LINES_MAX} of tests: {long:#?}"
    );
}

#[test]
fn nothing_is_left_undone() {
    nowhere(r"\b(todo|unimplemented)!\(", "unfinished");
    nowhere(r"\b(TODO|FIXME|XXX|HACK)\b", "unfinished");
    nowhere(r"\bTo be written\b", "unfinished");
}

#[test]
fn no_test_is_ignored_and_none_sleeps_through_time() {
    nowhere(r"#\[ignore", "an ignored test proves nothing");
    nowhere(
        r"thread::sleep\(",
        "waiting for time proves nothing; wait for what should happen",
    );
}

/// An `expect` goes away when its reason does; an `allow` stays, so it is for what only sometimes applies.
#[test]
fn whoever_silences_a_lint_says_why() {
    let attribute = Regex::new(r"#!?\[(?:allow|expect)\(([^\]]*)\)\]").unwrap();
    for (path, text) in rust_files() {
        for silenced in attribute.captures_iter(&text) {
            assert!(
                silenced[1].contains("reason = "),
                "{path}: {} without a reason",
                &silenced[0]
            );
        }
    }
}

#[test]
fn the_commands_exist() {
    let config = tree::read(".cargo/config.toml").unwrap();
    for alias in ["demo", "simulate", "load", "contract", "verify"] {
        let line = config.lines().find(|line| line.starts_with(&format!("{alias} = ")));
        let line = line.unwrap_or_else(|| panic!(".cargo/config.toml has no alias `{alias}`"));
        // Without a trailing `--`, so that `cargo demo -- --keep` arrives unchanged.
        assert!(
            line.contains(&format!("--bin {alias}")) && !line.trim_end_matches('"').ends_with("--"),
            "{line}"
        );
        tree::read(&format!("xtask/src/bin/{alias}.rs")).unwrap();
    }
}

#[test]
fn every_package_is_in_the_workspace_and_takes_its_lints() {
    let workspace = tree::read("Cargo.toml").unwrap();
    for manifest in tree::manifests().unwrap().into_values() {
        let folder = &manifest.folder;
        if folder == FUZZ {
            assert!(workspace.contains("exclude = [\"fuzz\"]"), "{FUZZ} is not excluded");
            continue;
        }
        assert!(
            workspace.contains(&format!("\"{folder}\"")),
            "{folder} is not a member of the workspace"
        );
        let text = tree::read(&format!("{folder}/Cargo.toml")).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{folder}/Cargo.toml does not take the workspace's lints"
        );
    }
}

#[test]
fn every_property_has_a_fuzz_target() {
    let properties = tree::read("tests/properties/src/lib.rs").unwrap();
    let named = Regex::new(r#"\("([a-z_]+)", [a-z_]+\),"#).unwrap();
    let named: Vec<String> = named
        .captures_iter(&properties)
        .map(|found| found[1].to_owned())
        .collect();
    assert!(named.len() >= 7, "{named:?}");
    let manifest = tree::read("fuzz/Cargo.toml").unwrap();
    for name in &named {
        let target = tree::read(&format!("fuzz/fuzz_targets/{name}.rs")).unwrap();
        assert!(
            target.contains(&format!("windsock_properties::{name}(bytes)")),
            "{target}"
        );
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "fuzz/Cargo.toml has no target {name}"
        );
    }
}
