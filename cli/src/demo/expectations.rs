//! What must be true at the end, read off the report alone.

use windsock_decisions::layout;

use super::stage::Stage;
use crate::report::{Report, Run};

pub fn check(stage: &mut Stage, report: &Report) {
    training(stage, report);
    champions(stage, report);
    inference(stage, report);
    drift(stage, report);
    bad_input(stage, report);
}

fn runs<'a>(report: &'a Report, kind: &str) -> Vec<&'a Run> {
    report.runs.iter().filter(|run| run.pipeline.ends_with(kind)).collect()
}

fn training(stage: &mut Stage, report: &Report) {
    let runs = runs(report, "-training");
    let statuses: Vec<&str> = runs.iter().map(|run| run.status.as_str()).collect();
    let said = format!("the training runs were {statuses:?}");
    stage.expect("four training runs, all succeeded", statuses == ["Succeeded"; 4], &said);
    let first = runs.first().map_or(0, |run| run.objects.len());
    stage.expect(
        "one run for the first burst of files",
        first == 4,
        &format!("the first run read {first} objects"),
    );
    let spring = runs.get(1).map_or(0, |run| run.objects.len());
    stage.expect(
        "one run for the files of spring",
        spring == 3,
        &format!("the second run read {spring} objects"),
    );
    let overlap = runs
        .windows(2)
        .any(|pair| pair[0].ended.as_ref().is_none_or(|ended| *ended > pair[1].started));
    stage.expect("no two training runs at once", !overlap, "two runs overlapped");
    let letter = report.letters.iter().any(|letter| letter.to == "approvers");
    stage.expect("approvers were asked by letter", letter, "no letter went to approvers");
}

fn champions(stage: &mut Stage, report: &Report) {
    let versions: Vec<u32> = report.champions.iter().map(|champion| champion.version).collect();
    stage.expect(
        "champions were version 1, then version 2",
        versions == [1, 2],
        &format!("they were {versions:?}"),
    );
    let mut packages: Vec<(u64, &str)> = report
        .model_packages
        .iter()
        .map(|package| (package.version, package.status.as_str()))
        .collect();
    packages.sort_unstable();
    let wanted = [(1, "Approved"), (2, "Approved"), (3, "Rejected")];
    stage.expect(
        "three versions, the third rejected",
        packages == wanted,
        &format!("they were {packages:?}"),
    );
    let measured = report.model_packages.iter().all(|package| !package.metrics.is_empty());
    stage.expect("every version has its metrics", measured, "one has none");
}

fn inference(stage: &mut Stage, report: &Report) {
    let runs = runs(report, "-inference");
    let succeeded = !runs.is_empty() && runs.iter().all(|run| run.status == "Succeeded");
    stage.expect(
        "every inference run succeeded",
        succeeded,
        &format!("{} runs", runs.len()),
    );
    let empty = report.inference.iter().filter(|row| row.rows == 0).count();
    let scored = report.inference.len() - empty;
    stage.expect(
        "every input of six months has predictions",
        scored >= 6 && empty == 0,
        &format!("{scored} have"),
    );
    let by_second = report.inference.iter().any(|row| row.champion == 2);
    stage.expect(
        "the new champion scored the new season again",
        by_second,
        "version 2 scored nothing",
    );
}

fn drift(stage: &mut Stage, report: &Report) {
    let name = layout::alarm_name(&stage.deployed.name_prefix, &stage.project.project);
    let states: Vec<&str> = report
        .alarms
        .iter()
        .filter(|alarm| alarm.name == name && alarm.state != "INSUFFICIENT_DATA")
        .map(|alarm| alarm.state.as_str())
        .collect();
    let wanted = ["OK", "ALARM", "OK"];
    stage.expect(
        "the drift alarm was OK, then ALARM, then OK",
        states == wanted,
        &format!("it was {states:?}"),
    );
    let mut reports: Vec<&str> = report.drift.iter().map(|row| row.report.as_str()).collect();
    reports.dedup();
    let violated = |uri: &str| report.drift.iter().any(|row| row.report == uri && row.violated);
    let first = reports.first().is_some_and(|uri| !violated(uri));
    stage.expect("the quiet batch has no drifted feature", first, "it has one");
    let second = reports.get(1).is_some_and(|uri| violated(uri));
    stage.expect("the new season drifts", second, "no feature drifted");
    let refused = drift_was_refused(stage, "nothing-to-learn-from");
    stage.expect(
        "retraining was refused while there was nothing to learn from",
        refused,
        "nobody refused it",
    );
    for (what, part) in [
        ("drift was found", "has drifted on"),
        ("the drift is over", "well again"),
    ] {
        let told = report
            .letters
            .iter()
            .any(|letter| letter.to == "managers" && letter.subject.contains(part));
        stage.expect(&format!("managers were told that {what}"), told, "no such letter");
    }
}

/// A fact on the bus that names this reason.
fn drift_was_refused(stage: &Stage, reason: &str) -> bool {
    stage.host.journal().iter().any(|entry| match &entry.record {
        windsock_world::Record::Event {
            detail_type, detail, ..
        } => detail_type == "DriftRefused" && detail.to_string().contains(reason),
        _ => false,
    })
}

fn bad_input(stage: &mut Stage, report: &Report) {
    let told = |part: &str| report.letters.iter().any(|letter| letter.subject.contains(part));
    stage.expect(
        "a letter names the file with wrong columns",
        told("could not be used"),
        "no such letter",
    );
    stage.expect(
        "a letter says that a challenger lost",
        told("not taken"),
        "no such letter",
    );
    let dead = report.dead_letters.len();
    stage.expect(
        "the poison message, and nothing else, is a dead letter",
        dead == 1,
        &format!("{dead} dead letters"),
    );
    let mut facts: Vec<(&str, &str)> = report
        .letters
        .iter()
        .map(|letter| (letter.to.as_str(), letter.fact.as_str()))
        .collect();
    let letters = facts.len();
    facts.sort_unstable();
    facts.dedup();
    stage.expect(
        "no letter was sent twice",
        facts.len() == letters,
        &format!("{} repeats", letters - facts.len()),
    );
}
