//! What people get wrong on the command line gets one clear sentence, and a failure.

use std::{collections::BTreeMap, fs, net::TcpListener, os::unix::fs::symlink, path::Path};

use windsock_story::{
    command::{self, Ended},
    demo, scratch,
};

#[test]
fn the_programs_to_be_tested_are_there() -> anyhow::Result<()> {
    command::bin_dir().map(|_| ())
}

#[test]
fn a_port_in_use_is_named() -> anyhow::Result<()> {
    let folder = scratch();
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let ended = windsock(folder.path(), &["up", "--port", &port, "--state", "state"])?;
    let said = ended.sentence();
    assert!(said.contains(&format!("port {port} on 127.0.0.1 is in use")), "{said}");
    assert!(said.contains("choose another port"), "{said}");
    Ok(())
}

#[test]
fn a_folder_of_programs_that_is_not_there_is_named() -> anyhow::Result<()> {
    let folder = scratch();
    let ended = windsock(
        folder.path(),
        &["up", "--port", "0", "--state", "state", "--bin-dir", "nowhere"],
    )?;
    let said = ended.sentence();
    assert!(
        said.contains("nowhere is not a folder") && said.contains("build them"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_missing_function_program_is_named_at_the_start() -> anyhow::Result<()> {
    let folder = scratch();
    let incomplete = folder.path().join("programs");
    fs::create_dir(&incomplete)?;
    for program in fs::read_dir(command::bin_dir()?)? {
        let program = program?.path();
        let name = program.file_name().unwrap_or_default();
        if program.is_file() && name != "publish-drift" {
            symlink(&program, incomplete.join(name))?;
        }
    }
    let ended = windsock(
        folder.path(),
        &["up", "--port", "0", "--state", "state", "--bin-dir", "programs"],
    )?;
    let said = ended.sentence();
    assert!(
        said.contains("programs/publish-drift") && said.contains("missing"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_template_that_does_not_deploy_is_told_in_its_own_words() -> anyhow::Result<()> {
    let folder = scratch();
    fs::write(
        folder.path().join("template.yaml"),
        "Resources:\n  Queue: {Type: AWS::SQS::Cue}\n",
    )?;
    let up = ["up", "--port", "0", "--state", "state", "--template", "template.yaml"];
    let ended = windsock(folder.path(), &up)?;
    assert!(ended.sentence().contains("AWS::SQS::Cue"), "{}", ended.stderr);
    Ok(())
}

#[test]
fn a_state_directory_of_another_version_is_left_alone() -> anyhow::Result<()> {
    let folder = scratch();
    let state = folder.path().join("state");
    fs::create_dir(&state)?;
    let version = r#"{"format": 0, "windsock": "0.0.9", "settings": {}}"#;
    fs::write(state.join("version.json"), version)?;
    let ended = windsock(folder.path(), &["up", "--port", "0", "--state", "state"])?;
    let said = ended.sentence();
    for part in [
        "state has format 0 of windsock 0.0.9",
        "reads format 2",
        "move the directory away",
    ] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    assert_eq!(fs::read_to_string(state.join("version.json"))?, version);
    assert!(!state.join("inputs.log").exists());
    Ok(())
}

#[test]
fn every_mistake_in_a_project_is_listed_with_its_line() -> anyhow::Result<()> {
    let folder = scratch();
    let yaml = "\
project: Flight Delay
data:
  label: late
  exclude: [late]
training:
  settle: 5 parsecs
  coooldown: 6h
  objective: { metric: auc }
inference:
  schedule: cron(0 25 * * ? *)
";
    fs::write(folder.path().join("project.yaml"), yaml)?;
    for command in ["validate", "apply"] {
        let ended = windsock(folder.path(), &[command, "project.yaml"])?;
        let said = ended.refusal();
        for mistake in [
            "line 1",
            "line 4",
            "line 6",
            "line 7",
            "line 10",
            "coooldown",
            "parsecs",
        ] {
            assert!(
                said.contains(mistake),
                "`{mistake}` is not in what {command} said: {said}"
            );
        }
        assert_eq!(said.lines().count(), 5, "one line a mistake: {said}");
    }
    Ok(())
}

#[test]
fn a_label_that_is_no_column_is_named() -> anyhow::Result<()> {
    let folder = scratch();
    let project = "project: p\ndata: { label: late }\ntraining: { objective: { metric: auc } }\n";
    fs::write(folder.path().join("project.yaml"), project)?;
    fs::write(folder.path().join("data.csv"), "origin,temp\nJFK,17\n")?;
    let ended = windsock(folder.path(), &["validate", "project.yaml", "--data", "data.csv"])?;
    let said = ended.sentence();
    assert!(said.contains("late") && said.contains("temp"), "{said}");
    Ok(())
}

#[test]
fn a_folder_of_data_that_does_not_exist_is_named() -> anyhow::Result<()> {
    let folder = scratch();
    let ended = windsock(folder.path(), &["demo", "--data", "nowhere", "--out", "out"])?;
    assert!(ended.sentence().contains("nowhere/project.yaml"), "{}", ended.stderr);
    Ok(())
}

/// The story begins, and then a file is not there: that is an expectation that failed, and its file is named.
#[test]
fn a_month_that_is_missing_from_the_data_is_named() -> anyhow::Result<()> {
    let folder = scratch();
    let project = windsock_story::example::flight_delay().join("project.yaml");
    fs::copy(project, folder.path().join("project.yaml"))?;
    let told = demo::tell(demo::Change {
        data: Some(folder.path().to_owned()),
        ..demo::Change::default()
    })?;
    assert!(!told.ended.succeeded());
    assert_eq!(told.failed().len(), 1, "{:?}", told.failed());
    assert!(told.failed()[0].contains("training/2013-01.csv"), "{:?}", told.failed());
    Ok(())
}

#[test]
fn two_hosts_do_not_share_a_state_directory() -> anyhow::Result<()> {
    let folder = scratch();
    let _first = windsock_story::local::Local::up(&folder.path().join("state"))?;
    let ended = windsock(folder.path(), &["up", "--port", "0", "--state", "state"])?;
    assert!(
        ended.sentence().contains("in use by another windsock"),
        "{}",
        ended.stderr
    );
    Ok(())
}

fn windsock(folder: &Path, arguments: &[&str]) -> anyhow::Result<Ended> {
    command::windsock(folder, arguments, &BTreeMap::new())
}
