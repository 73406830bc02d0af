//! What a manager reads of a project.

use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp};

use super::super::tests::well;
use super::*;
use crate::state::ChampionEvaluation;

fn check(observed: &Observed, expected: &Expect) {
    let Row {
        champion,
        since,
        metrics,
        gain,
        approvals,
        arrivals,
        drift,
    } = observed.row();
    expected.assert_eq(&format!(
        "champion: {champion}\nsince: {since}\nmetrics: {metrics}\ngain: {gain}\napprovals: {approvals}\narrivals: \
         {arrivals}\ndrift: {drift}\n"
    ));
}

fn at(hour: i64) -> Timestamp {
    let start: Timestamp = "2013-04-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hour)
}

fn evaluation() -> Evaluation {
    Evaluation {
        format: 1,
        metric: "auc".into(),
        rows: 12_345,
        metrics: [
            ("accuracy".into(), 0.81),
            ("auc".into(), 0.7312),
            ("f1".into(), f64::NAN),
        ]
        .into(),
        champion: Some(ChampionEvaluation {
            version: 2,
            metrics: [("auc".into(), 0.71)].into(),
            gain: 0.0212,
            gain_low: 0.004,
            gain_high: 0.038,
        }),
        must_beat_champion_by: 0.0,
        accepted: 1.0,
        approval_status: "PendingManualApproval".into(),
        verdict: "It beats the champion".into(),
    }
}

fn champion(evaluation: Option<Evaluation>) -> Option<Reign> {
    Some(Reign {
        version: 3,
        since: at(10),
        evaluation,
    })
}

#[test]
fn a_project_that_does_well() {
    let observed = Observed {
        champion: champion(Some(evaluation())),
        ..well()
    };
    check(
        &observed,
        &expect![[r#"
            champion: version 3
            since: 2013-04-01 10:00 UTC
            metrics: auc 0.7312, accuracy 0.8100, f1 none on 12,345 rows held out
            gain: +0.0212 over version 2 (90 % interval +0.0040 to +0.0380)
            approvals: none
            arrivals: none
            drift: none, alarm above 1
        "#]],
    );
}

#[test]
fn a_project_where_everything_waits() {
    let waiting = |count, hour| Waiting {
        count,
        oldest: at(hour),
        newest: at(hour + 1),
    };
    let mut observed = Observed {
        champion: champion(None),
        approvals: vec![(4, at(20)), (5, at(30))],
        unlearned: Some(waiting(1, 40)),
        unscored: Some(waiting(2000, 50)),
        incident: Some(true),
        ..well()
    };
    check(
        &observed,
        &expect![[r#"
            champion: version 3
            since: 2013-04-01 10:00 UTC
            metrics: not known
            gain: not known
            approvals: version 5 and 1 older, since 2013-04-02 06:00 UTC
            arrivals: 1 file to learn, since 2013-04-02 16:00 UTC; 2,000 files to score, since 2013-04-03 02:00 UTC
            drift: drift, alarm above 1
        "#]],
    );
    observed.project.inference = None;
    assert!(!observed.row().arrivals.contains("score"), "nobody is to score it");
}

#[test]
fn a_new_project_says_that_it_has_nothing_yet() {
    let observed = Observed {
        champion: None,
        alarm: Some(AlarmValue::InsufficientData),
        ..well()
    };
    check(
        &observed,
        &expect![[r#"
            champion: none
            since: -
            metrics: -
            gain: -
            approvals: none
            arrivals: none
            drift: nothing compared yet, alarm above 1
        "#]],
    );
}

#[test]
fn the_first_champion_beat_nobody() {
    let first = Evaluation {
        champion: None,
        ..evaluation()
    };
    let observed = Observed {
        champion: champion(Some(first)),
        ..well()
    };
    assert_eq!(observed.row().gain, "no champion to compare with");
}

#[test]
fn a_project_that_has_expired_says_so() {
    let mut project = well().project;
    project.expires = Some("2013-03-31".into());
    let row = Row::expired(&project);
    assert_eq!((row.champion.as_str(), row.drift.as_str()), ("expired 2013-03-31", "-"));
}

/// A project's own image names its metrics.
#[test]
fn foreign_metrics_are_few_short_and_harmless() {
    let mut strange = evaluation();
    strange.metric = "gain\n<b>".into();
    strange.metrics = (0..100)
        .map(|number| (format!("{number:03}{}", "x".repeat(500)), f64::from(number)))
        .chain([(strange.metric.clone(), 0.5), ("!token=hunter2".into(), 1.0)])
        .collect();
    let observed = Observed {
        champion: champion(Some(strange)),
        ..well()
    };
    let told = observed.row().metrics;
    assert!(told.starts_with("gain <b> 0.5000, ") && told.len() < 600, "{told}");
    assert!(!told.contains("hunter2") && !told.contains('\n'), "{told}");
}
