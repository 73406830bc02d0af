//! The loop in real time, the way the README's session goes, with a data set other than the example's.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Context;
use serde_json::json;
use windsock_story::{
    journal::{Journal, text},
    local::Local,
    people::{DATA, WORK},
    scratch,
};

/// The smallest project of a regression, with waits that a test has patience for.
const WIND_POWER: &str = "\
project: wind-power
data: { label: megawatts }
training: { settle: 1s, objective: { metric: rmse } }
inference: { settle: 0s }
monitor: { min_rows: 100 }
";

#[test]
fn another_data_set_goes_through_the_whole_loop() -> anyhow::Result<()> {
    let folder = scratch();
    let mut local = Local::up(&folder.path().join("state"))?;
    let person = local.person()?;
    local.apply(WIND_POWER)?;
    person.upload("training/wind-power/2020.csv", &wind_power(0, 900, true))?;
    local.wait("version 1", |journal| journal.versions() == [1])?;
    assert_eq!(local.status()?["awaiting_approval"], json!([1]));

    person.approve("wind-power", 1)?;
    person.upload("inference/wind-power/tomorrow.csv", &wind_power(900, 200, false))?;
    let journal = local.wait("an inference run that succeeded", |journal| {
        succeeded(journal, "-inference")
    })?;
    let status = local.status()?;
    assert_eq!(status["champion"][0], 1, "{status}");
    assert_eq!(status["training"]["status"], "Succeeded", "{status}");
    assert_eq!(status["inference"]["status"], "Succeeded", "{status}");
    assert_eq!(status["awaiting_approval"], json!([]), "{status}");
    let predictions = person.read(WORK, &journal.key(WORK, "jobs/wind-power/", ".out")?)?;
    predictions_are_good(&String::from_utf8(predictions)?)
}

/// Each row with its prediction behind it, as batch transform joins them; on average within a tenth of the range.
fn predictions_are_good(predictions: &str) -> anyhow::Result<()> {
    let rows: Vec<Vec<f64>> = predictions
        .lines()
        .map(|row| row.split(',').map(str::parse).collect())
        .collect::<Result<_, _>>()
        .with_context(|| format!("read {predictions}"))?;
    assert_eq!(rows.len(), 200);
    let off = |row: &Vec<f64>| (row.last().copied().unwrap_or(f64::NAN) - megawatts(row[0], row[1])).abs();
    let mean_off = rows.iter().map(off).sum::<f64>() / 200.0;
    assert!(mean_off < 3.0, "off by {mean_off} MW on average: {predictions}");
    Ok(())
}

#[test]
fn bad_files_are_rejected_by_name_and_the_good_ones_are_learned_from() -> anyhow::Result<()> {
    let folder = scratch();
    // The state directory has a neighbour, so that whatever climbs out of it would be seen.
    let state = folder.path().join("windsock/state");
    fs::create_dir_all(&state)?;
    let mut local = Local::up(&state)?;
    local.apply(WIND_POWER)?;
    let person = local.person()?;
    let (good, bad) = (good_files(), bad_files());
    for (name, bytes) in good.iter().chain(&bad) {
        person.upload(&format!("training/wind-power/{name}"), bytes)?;
    }
    // What consoles make for a folder is no file: nobody learns from it, and nobody is told.
    person.upload("training/wind-power/folder/", b"")?;
    let journal = local.wait("a training run that succeeded", |journal| {
        succeeded(journal, "-training")
    })?;
    assert_eq!(journal.executions("-training").len(), 1, "one run for the burst");
    assert_eq!(journal.versions(), [1]);

    let report = person.read_json(WORK, &journal.key(WORK, "jobs/wind-power/", "/rejections.json")?)?;
    let rejections = report["rejections"].as_array().context("a list of rejections")?;
    let rejected: BTreeSet<String> = rejections.iter().map(|rejection| text(&rejection["key"])).collect();
    let wanted: BTreeSet<String> = bad
        .iter()
        .map(|(name, _)| format!("training/wind-power/{name}"))
        .collect();
    assert_eq!(rejected, wanted, "{report:#}");
    for rejection in rejections {
        assert!(text(&rejection["reason"]).contains(' '), "no sentence: {rejection}");
    }
    assert_eq!(
        report["rows_used"],
        100 * good.len(),
        "every row of every good file: {report:#}"
    );
    drop(local);
    assert_eq!(
        outside(folder.path(), &state)?,
        [""; 0],
        "something was written outside the state directory"
    );
    Ok(())
}

fn good_files() -> Vec<(&'static str, Vec<u8>)> {
    let names = [
        "plain.csv",
        "two words.csv",
        "1+1.csv",
        "100%.csv",
        "%2e%2e%2fescaped.csv",
        "Wind ünd Wétter 風.csv",
    ];
    names
        .iter()
        .enumerate()
        .map(|(number, name)| (*name, wind_power(100 * number, 100, true)))
        .collect()
}

fn bad_files() -> Vec<(&'static str, Vec<u8>)> {
    let header = "wind,direction,megawatts\n";
    let mut truncated = wind_power(2000, 50, true);
    truncated.extend_from_slice(b"\"9.5,1");
    let mut latin = header.as_bytes().to_vec();
    latin.extend_from_slice(b"4.5,\xfc,7\n");
    vec![
        ("empty.csv", Vec::new()),
        ("header-only.csv", header.into()),
        ("truncated.csv", truncated),
        ("latin-1.csv", latin),
        ("other-columns.csv", b"station,reading\nJFK,17\n".to_vec()),
        ("../x.csv", wind_power(3000, 10, true)),
        ("a/../../../../../x.csv", wind_power(3010, 10, true)),
    ]
}

#[test]
fn a_file_of_an_unknown_project_is_put_on_record_and_disturbs_nobody() -> anyhow::Result<()> {
    let folder = scratch();
    let mut local = Local::up(&folder.path().join("state"))?;
    let person = local.person()?;
    person.upload("training/nobody/data.csv", b"a,b\n1,2\n")?;
    let journal = local.wait("a rejection record", |journal| {
        journal.key(WORK, "state/rejections/", ".json").is_ok()
    })?;
    let record = person.read_json(WORK, &journal.key(WORK, "state/rejections/", ".json")?)?;
    assert!(record.to_string().contains("training/nobody/data.csv"), "{record}");
    assert_eq!(person.read(DATA, "training/nobody/data.csv")?, b"a,b\n1,2\n");
    Ok(())
}

fn succeeded(journal: &Journal, pipeline_ends: &str) -> bool {
    journal
        .executions(pipeline_ends)
        .iter()
        .any(|(_, status)| status == "Succeeded")
}

/// Files below `folder` that are not below `state`.
fn outside(folder: &Path, state: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == state {
            continue;
        }
        match path.is_dir() {
            true => found.extend(outside(&path, state)?),
            false => found.push(path.display().to_string()),
        }
    }
    Ok(found)
}

/// What a wind farm yields: nothing in a calm, more with the wind's square up to its rating, less from the north.
fn megawatts(wind: f64, direction: f64) -> f64 {
    let yielded = (wind * wind / 4.0).min(30.0);
    if (90.0..270.0).contains(&direction) {
        yielded
    } else {
        yielded * 0.8
    }
}

/// Rows of weather and, as a label, power; no two rows alike.
fn wind_power(first: usize, rows: usize, labelled: bool) -> Vec<u8> {
    let mut csv = String::from(if labelled {
        "wind,direction,megawatts\n"
    } else {
        "wind,direction\n"
    });
    for row in first..first + rows {
        let wind = (row * 7919 % 1499) as f64 / 100.0;
        let direction = (row * 104_729 % 3600) as f64 / 10.0;
        match labelled {
            true => csv.push_str(&format!("{wind},{direction},{:.3}\n", megawatts(wind, direction))),
            false => csv.push_str(&format!("{wind},{direction}\n")),
        }
    }
    csv.into_bytes()
}
