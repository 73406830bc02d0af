//! The repository that a project starts from works: its project is well described, its build runs commands that exist.

use std::collections::BTreeSet;

use regex::Regex;
use saphyr::{LoadableYamlNode, Yaml};
use windsock_decisions::Project;
use windsock_tidy::tree;

/// What CodeBuild's images have, and `sh`'s own words.
const PROGRAMS: [&str; 14] = [
    "aws", "chmod", "docker", "python3", "windsock", "test", "sed", "grep", "set", "if", "then", "fi", "export", "else",
];
/// What CodeBuild sets for every build.
const OF_CODEBUILD: [&str; 2] = ["CODEBUILD_RESOLVED_SOURCE_VERSION", "CODEBUILD_BUILD_SUCCEEDING"];

fn commands() -> Vec<String> {
    let text = tree::read("templates/seed/buildspec.yaml").unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let phases = documents[0]["phases"].as_mapping().expect("a buildspec has phases");
    let phase = |phase: &Yaml| -> Vec<String> {
        let commands = phase["commands"].as_sequence().expect("a phase has commands");
        commands
            .iter()
            .map(|command| command.as_str().expect("a command is text").to_owned())
            .collect()
    };
    let names: Vec<&str> = phases.keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names, ["install", "pre_build", "build", "post_build"]);
    phases.values().flat_map(phase).collect()
}

/// Every command line, and every part of a pipe or a chain.
fn lines() -> Vec<String> {
    let parts = Regex::new(r"\|\||&&|\||;").unwrap();
    let mut lines = Vec::new();
    for command in commands() {
        for line in command.lines() {
            // A bar inside quotes is sed's.
            let split: Vec<&str> = if line.contains("\"s|") {
                vec![line]
            } else {
                parts.split(line).collect()
            };
            lines.extend(
                split
                    .iter()
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty()),
            );
        }
    }
    lines
}

#[test]
fn the_seeds_project_is_well_described() {
    let text = tree::read("templates/seed/project.yaml").unwrap();
    let project = Project::from_yaml(&text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let sample = tree::read("templates/seed/sample/training.csv").unwrap();
    let header: Vec<&str> = sample.lines().next().unwrap().split(',').collect();
    assert!(header.contains(&project.data.label.as_str()), "{header:?}");
    for column in &project.data.exclude {
        assert!(header.contains(&column.as_str()), "{column} is not in {header:?}");
    }
}

/// The line that stands for an image of one's own until the build puts one there.
#[test]
fn an_image_that_the_build_makes_may_be_named_before_there_is_one() {
    let text = tree::read("templates/seed/project.yaml").unwrap();
    let own = text.replace("  image: windsock\n", "  image: built-here/model:this-push\n");
    assert_ne!(own, text, "project.yaml says `image: windsock`");
    let project = Project::from_yaml(&own).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(commands().concat().contains(&format!("s|{}|", project.training.image)));
}

#[test]
fn the_build_runs_commands_that_exist() {
    for line in lines() {
        let mut words = line.split_whitespace().filter(|word| !word.contains('='));
        let Some(program) = words.next() else { continue };
        assert!(
            PROGRAMS.contains(&program),
            "`{program}` is nothing that a build has: {line}"
        );
    }
}

/// Variants of the command line's enumeration are its subcommands.
#[test]
fn the_build_asks_windsock_for_what_it_can() {
    let text = tree::read("cli/src/lib.rs").unwrap();
    let list = text
        .split_once("pub enum Command {")
        .unwrap()
        .1
        .split_once("\n}")
        .unwrap()
        .0;
    let variant = Regex::new(r"(?m)^    ([A-Z][A-Za-z]*)\b").unwrap();
    let known: BTreeSet<String> = variant
        .captures_iter(list)
        .map(|found| found[1].to_lowercase())
        .collect();
    let lines = lines();
    let asked: Vec<&String> = lines.iter().filter(|line| line.starts_with("windsock ")).collect();
    assert!(asked.len() >= 2, "the build validates and applies: {asked:?}");
    for line in asked {
        let mut words = line.split_whitespace().skip(1);
        let subcommand = words.next().unwrap();
        assert!(known.contains(subcommand), "{line}: known are {known:?}");
        let source = tree::read(&format!("cli/src/{subcommand}.rs")).unwrap();
        for flag in words.filter_map(|word| word.strip_prefix("--")) {
            let member = format!("pub {}:", flag.replace('-', "_"));
            assert!(source.contains(&member), "{line}: there is no --{flag}");
        }
    }
}

#[test]
fn the_build_is_told_whatever_it_asks_for() {
    let template = tree::read("templates/ml-project-ci.yaml").unwrap();
    let told = Regex::new(r"\{Name: ([A-Z_]+), Value: ").unwrap();
    let told: BTreeSet<String> = told.captures_iter(&template).map(|found| found[1].to_owned()).collect();
    let asked = Regex::new(r"\$\{?([A-Z][A-Z_]+)").unwrap();
    let commands = commands().concat();
    let asked: BTreeSet<&str> = asked
        .captures_iter(&commands)
        .map(|it| it.get(1).unwrap().as_str())
        .collect();
    assert!(asked.contains("WINDSOCK_PROGRAM"));
    for name in asked {
        assert!(
            told.contains(name) || OF_CODEBUILD.contains(&name),
            "nobody tells the build ${name}"
        );
    }
    // The others are read by `windsock apply`.
    let apply = tree::read("shared/deployment/src/stack.rs").unwrap();
    for name in told.iter().filter(|name| !commands.contains(name.as_str())) {
        assert!(apply.contains(&format!("\"{name}\"")), "nobody reads {name}");
    }
}

#[test]
fn images_are_made_of_files_that_are_there() {
    let own = ["templates/seed", "examples/own-model"];
    let copied = Regex::new(r"(?m)^COPY (?:--\S+ )?(\S+) ").unwrap();
    let dockerfile = tree::read("templates/seed/Dockerfile.own").unwrap();
    for file in copied.captures_iter(&dockerfile).map(|found| found[1].to_owned()) {
        let there = own.iter().any(|folder| tree::root().join(folder).join(&file).exists());
        assert!(
            there,
            "Dockerfile.own copies {file}, which neither the seed nor the example has"
        );
    }
    let requirements = own.map(|folder| tree::read(&format!("{folder}/requirements.txt")).unwrap());
    assert_eq!(
        requirements[0], requirements[1],
        "the seed's model needs what the example's needs"
    );
}
