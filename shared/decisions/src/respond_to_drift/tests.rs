//! The incident's decision table.

use jiff::{SignedDuration, ToSpan};

use super::*;
use crate::state::{FeatureDrift, Verdict};

fn project(training_on: &str) -> Project {
    let yaml = format!(
        "project: demo\ndata: {{ label: late }}\ntraining: {{ on: {training_on}, objective: {{ metric: auc }} }}\n\
         drift: {{ cooldown: 24h }}\n"
    );
    Project::from_yaml(&yaml).unwrap()
}

fn noon() -> Timestamp {
    "2013-04-06T12:00:00Z".parse().unwrap()
}

fn report() -> DriftReport {
    let feature = |name: &str, violated| FeatureDrift {
        feature: name.into(),
        distance: if violated { 0.7 } else { 0.01 },
        threshold: 0.1,
        method: "robust".into(),
        n: 3000,
        m: 1000,
        violated,
        furthest_at: None,
    };
    DriftReport {
        format: FORMAT,
        verdict: Verdict::Drift,
        score: 7.0,
        rows: 1000,
        baseline_rows: 3000,
        min_rows: 300,
        features: vec![feature("temp", true), feature("visib", false)],
    }
}

fn observed(state: AlarmValue) -> Observed {
    Observed {
        project: Some(project("[arrival, drift]")),
        now: noon(),
        alarm: Some((state, noon() - 1.minute())),
        last: None,
        report: Some(("slot".into(), report())),
        new_arrivals: 3,
    }
}

fn earlier(answer: IncidentAnswer, hours_ago: i64, open: bool) -> Option<(Incident, String)> {
    let opened_at = noon() - SignedDuration::from_hours(hours_ago);
    let incident = Incident {
        format: FORMAT,
        id: incident_id(opened_at),
        project: "demo".into(),
        opened_at,
        closed_at: (!open).then_some(opened_at),
        announced_at: Some(opened_at),
        report_slot: None,
        score: None,
        features: Vec::new(),
        answer,
    };
    Some((incident, "etag".into()))
}

fn check(observed: &Observed, expected: &str) {
    let told = match decide(observed) {
        Plan::Act(actions) => match &actions[0] {
            Action::Open { incident } => format!("open {:?}", incident.answer),
            Action::Announce { incident, .. } => format!("announce {}", incident.id),
            Action::Close { incident, .. } => format!("close at {}", incident.closed_at.unwrap()),
        },
        Plan::StandDown(reason) | Plan::AskAgain { reason, .. } => reason.name(),
    };
    assert_eq!(told, expected);
}

#[test]
fn new_drift_with_something_to_learn_from_retrains() {
    check(&observed(AlarmValue::Alarm), "open Retrain");
}

#[test]
fn an_incident_names_the_drifted_features_and_is_named_by_the_alarms_moment() {
    let Plan::Act(actions) = decide(&observed(AlarmValue::Alarm)) else {
        panic!("an incident is opened")
    };
    let Action::Open { incident } = &actions[0] else {
        panic!("an incident is opened")
    };
    assert_eq!(incident.id, "20130406T115900Z");
    assert_eq!(
        incident
            .features
            .iter()
            .map(|feature| feature.feature.as_str())
            .collect::<Vec<_>>(),
        ["temp"]
    );
}

#[test]
fn drift_is_refused_while_there_is_nothing_new_to_learn_from() {
    let observed = Observed {
        new_arrivals: 0,
        ..observed(AlarmValue::Alarm)
    };
    check(&observed, r#"open Refused { reason: "nothing-to-learn-from" }"#);
}

#[test]
fn drift_is_refused_when_the_project_does_not_train_on_drift() {
    let observed = Observed {
        project: Some(project("[arrival]")),
        ..observed(AlarmValue::Alarm)
    };
    check(&observed, r#"open Refused { reason: "drift-not-in-triggers" }"#);
}

#[test]
fn a_second_drift_within_the_cool_down_is_recorded_and_refused() {
    let observed = Observed {
        last: earlier(IncidentAnswer::Retrain, 5, false),
        ..observed(AlarmValue::Alarm)
    };
    check(&observed, r#"open Refused { reason: "cooling-down" }"#);
}

#[test]
fn a_refusal_starts_no_cool_down() {
    let refused = IncidentAnswer::Refused {
        reason: "nothing-to-learn-from".into(),
    };
    check(
        &Observed {
            last: earlier(refused, 5, false),
            ..observed(AlarmValue::Alarm)
        },
        "open Retrain",
    );
}

#[test]
fn the_cool_down_ends() {
    let observed = Observed {
        last: earlier(IncidentAnswer::Retrain, 24, false),
        ..observed(AlarmValue::Alarm)
    };
    check(&observed, "open Retrain");
}

#[test]
fn an_alarm_that_stays_opens_nothing_more() {
    let observed = Observed {
        last: earlier(IncidentAnswer::Retrain, 5, true),
        ..observed(AlarmValue::Alarm)
    };
    check(&observed, "incident-already-open");
}

#[test]
fn an_incident_nobody_was_told_of_is_announced() {
    let mut last = earlier(IncidentAnswer::Retrain, 5, true);
    last.as_mut().unwrap().0.announced_at = None;
    check(
        &Observed {
            last,
            ..observed(AlarmValue::Alarm)
        },
        "announce 20130406T070000Z",
    );
}

#[test]
fn the_end_of_the_alarm_closes_the_incident_once() {
    let open = Observed {
        last: earlier(IncidentAnswer::Retrain, 5, true),
        ..observed(AlarmValue::Ok)
    };
    check(&open, "close at 2013-04-06T12:00:00Z");
    let closed = Observed {
        last: earlier(IncidentAnswer::Retrain, 5, false),
        ..observed(AlarmValue::Ok)
    };
    check(&closed, "no-incident-open");
}

#[test]
fn missing_data_proves_nothing() {
    for state in [AlarmValue::InsufficientData, AlarmValue::Other("NEW".into())] {
        let open = Observed {
            last: earlier(IncidentAnswer::Retrain, 5, true),
            ..observed(state)
        };
        check(&open, "alarm-not-in-alarm");
    }
}

#[test]
fn strangers_are_left_alone() {
    check(
        &Observed {
            project: None,
            ..observed(AlarmValue::Alarm)
        },
        "unknown-project",
    );
    check(
        &Observed {
            alarm: None,
            ..observed(AlarmValue::Alarm)
        },
        "not-ours",
    );
}

#[test]
fn an_incident_repeats_no_secret_that_lies_in_the_data() {
    let mut observed = observed(AlarmValue::Alarm);
    if let Some((_, report)) = &mut observed.report {
        report.features[0].furthest_at = Some("password=hunter2".into());
    }
    let Plan::Act(actions) = decide(&observed) else {
        panic!("no incident")
    };
    let Action::Open { incident } = &actions[0] else {
        panic!("{actions:?}")
    };
    assert_eq!(incident.features[0].furthest_at.as_deref(), Some("password=(secret)"));
}
