//! The demo's story, and the story when one thing is changed.

use std::{fs, path::PathBuf};

use anyhow::Context;
use windsock_story::{
    demo::{self, Change, Told},
    example, journal, template,
};

/// Rules whose events are hints: whatever they tell is also found by looking.
const HINTS: [&str; 6] = [
    "TrainingDataArrivedRule",
    "InferenceInputArrivedRule",
    "PromoteModelFunction/ModelPackageChanged",
    "PublishDriftFunction/ReportWritten",
    "PublishDriftFunction/InferenceEnded",
    "RespondToDriftFunction/AlarmChanged",
];

#[test]
fn the_story_holds() -> anyhow::Result<()> {
    let told = demo::tell(Change::default())?;
    assert_eq!(told.failed(), [""; 0], "{}", told.ended.stdout);
    assert!(told.ended.succeeded(), "{}", told.ended.stderr);
    assert_eq!(told.rows("champions", "version"), ["1", "2"]);
    assert_eq!(
        told.rows("dead_letters", "queue"),
        ["windsock-training-hints-dead-letters"]
    );
    Ok(())
}

#[test]
fn hints_that_are_lost_are_found_by_the_sweep() -> anyhow::Result<()> {
    let told = without(&HINTS)?;
    assert_eq!(told.failed(), [""; 0], "{}", told.ended.stdout);
    assert!(told.ended.succeeded(), "{}", told.ended.stderr);
    let asked = |to: &str| {
        let hints = told
            .journal
            .of("event")
            .filter(|event| event["detail_type"] == "HintDue");
        hints
            .filter(|event| event["detail"]["to"] == to && event["source"] == "windsock")
            .count()
    };
    for to in [
        "start-training",
        "start-inference",
        "promote-model",
        "publish-drift",
        "respond-to-drift",
    ] {
        assert!(asked(to) > 0, "nobody but the sweep could have woken {to}");
    }
    Ok(())
}

#[test]
fn without_the_sweep_an_approval_that_is_not_told_promotes_nobody() -> anyhow::Result<()> {
    let told = without(&[
        "PromoteModelFunction/ModelPackageChanged",
        "SweepFunction/Every15Minutes",
    ])?;
    assert!(!told.ended.succeeded());
    assert_eq!(told.failed().len(), 1, "{:?}", told.failed());
    assert!(told.failed()[0].contains("a promotion"), "{:?}", told.failed());
    assert_eq!(told.rows("model_packages", "status"), ["Approved"]);
    assert_eq!(told.rows("champions", "version"), [""; 0]);
    Ok(())
}

#[test]
fn without_the_rule_that_tells_facts_nobody_hears_of_a_promotion() -> anyhow::Result<()> {
    let told = without(&["NotifyFunction/FactTold"])?;
    assert!(!told.ended.succeeded());
    assert_eq!(told.failed().len(), 1, "{:?}", told.failed());
    assert!(
        told.failed()[0].contains("a letter about the promotion"),
        "{:?}",
        told.failed()
    );
    assert_eq!(told.rows("champions", "version"), ["1"]);
    Ok(())
}

#[test]
fn a_challenger_that_learned_from_random_labels_loses() -> anyhow::Result<()> {
    let told = with_data(|data| {
        for month in ["04", "05", "06"] {
            example::shuffle_labels(&data.join(format!("training/2013-{month}.csv")))?;
        }
        Ok(())
    })?;
    assert!(!told.ended.succeeded());
    assert_eq!(told.failed().len(), 1, "{:?}", told.failed());
    assert!(
        told.failed()[0].contains("version 2 in the registry"),
        "{:?}",
        told.failed()
    );
    // Losing is no failure: the run is well, no version is registered, and a letter says why.
    let statuses: Vec<String> = told
        .runs("-training")
        .iter()
        .map(|run| journal::text(&run["status"]))
        .collect();
    assert_eq!(statuses, ["Succeeded", "Succeeded"]);
    assert_eq!(told.rows("model_packages", "version"), ["1"]);
    assert_eq!(told.rows("champions", "version"), ["1"]);
    assert!(
        told.letter("trained and not taken"),
        "{:?}",
        told.rows("letters", "subject")
    );
    Ok(())
}

#[test]
fn winter_again_is_no_new_season() -> anyhow::Result<()> {
    let told = with_data(|data| {
        for (winter, spring) in [("01", "04"), ("02", "05"), ("03", "06")] {
            let file = |month: &str| data.join(format!("inference/2013-{month}.csv"));
            fs::copy(file(winter), file(spring)).context("copy a month")?;
        }
        Ok(())
    })?;
    assert!(!told.ended.succeeded());
    assert_eq!(told.failed().len(), 1, "{:?}", told.failed());
    assert!(told.failed()[0].contains("the drift alarm"), "{:?}", told.failed());
    // It was scored and measured, and it did not drift.
    assert_eq!(told.runs("-inference").len(), 2);
    assert!(!told.rows("drift", "violated").contains(&"true".into()));
    assert!(!told.rows("alarms", "state").contains(&"ALARM".into()));
    Ok(())
}

fn without(names: &[&str]) -> anyhow::Result<Told> {
    demo::tell(Change {
        template: Some(template::without(names)?),
        ..Change::default()
    })
}

/// The story on a copy of the example that was changed.
fn with_data(change: impl FnOnce(PathBuf) -> anyhow::Result<()>) -> anyhow::Result<Told> {
    let folder = windsock_story::scratch();
    let data = folder.path().join("flight-delay");
    example::copy_to(&data)?;
    change(data.clone())?;
    demo::tell(Change {
        data: Some(data),
        ..Change::default()
    })
}
