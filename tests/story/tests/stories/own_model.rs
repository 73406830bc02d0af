//! The example that brings its own model: its image is mapped to a command, and the loop runs with it unchanged.

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::json;
use windsock_story::{
    local::Local,
    people::{Person, WORK},
    repository, scratch,
};

const PYTHON: &str = "WINDSOCK_EXAMPLE_PYTHON";

#[test]
fn a_model_of_ones_own_goes_through_the_whole_loop() -> anyhow::Result<()> {
    let folder = scratch();
    let project = lay_example(folder.path())?;
    let mut local = Local::up(&folder.path().join("state"))?;
    local.apply(&project)?;
    let person = local.person()?;
    upload(&person, "training", &["01", "02", "03"])?;
    local.wait("version 1", |journal| journal.versions() == [1])?;
    person.approve("own-model", 1)?;
    upload(&person, "inference", &["04"])?;
    let journal = local.wait("an inference run that succeeded", |journal| {
        let runs = journal.executions("-inference");
        runs.iter().any(|(_, status)| status == "Succeeded")
    })?;
    let status = local.status()?;
    assert_eq!(status["champion"][0], 1, "{status}");
    let predictions = person.read(WORK, &journal.key(WORK, "jobs/own-model/", ".out")?)?;
    predictions_are_chances(&String::from_utf8(predictions)?)?;

    // The next season's months beat winter's model on their own holdout: both are the example's to open.
    upload(&person, "training", &["04", "05", "06"])?;
    local.wait("version 2", |journal| journal.versions() == [1, 2])?;
    assert_eq!(local.status()?["awaiting_approval"], json!([2]));
    Ok(())
}

/// The example as it stands, its python the one that has scikit-learn, and waits that a test has patience for.
fn lay_example(folder: &Path) -> anyhow::Result<String> {
    let python = std::env::var(PYTHON).with_context(|| {
        format!("{PYTHON} names the python of an environment with examples/own-model/requirements.txt")
    })?;
    let example = repository().join("examples/own-model");
    let read = |name: &str| fs::read_to_string(example.join(name)).with_context(|| format!("read {name}"));
    fs::copy(example.join("model.py"), folder.join("model.py")).context("copy model.py")?;
    let images = read("windsock.local.yaml")?.replace(".venv/bin/python", &python);
    fs::write(folder.join("windsock.local.yaml"), images).context("write windsock.local.yaml")?;
    let impatient = read("project.yaml")?
        .replace("settle: 5m", "settle: 1s")
        .replace("cooldown: 6h", "cooldown: 1s");
    Ok(impatient)
}

fn upload(person: &Person, kind: &str, months: &[&str]) -> anyhow::Result<()> {
    for month in months {
        let name = format!("2013-{month}.csv");
        let path = windsock_story::example::flight_delay().join(kind).join(&name);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        person.upload(&format!("{kind}/own-model/{name}"), &bytes)?;
    }
    Ok(())
}

/// Each row with its prediction behind it.
fn predictions_are_chances(predictions: &str) -> anyhow::Result<()> {
    let last = |row: &str| row.rsplit(',').next().unwrap_or_default().parse::<f64>();
    let said = predictions.lines().map(last).collect::<Result<Vec<_>, _>>()?;
    assert!(said.len() > 300, "{} rows", said.len());
    assert!(said.iter().all(|it| (0.0..=1.0).contains(it)), "{predictions}");
    Ok(())
}
