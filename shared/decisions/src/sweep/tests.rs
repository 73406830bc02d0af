//! What the sweep sees, one loss at a time.

use super::*;

fn now() -> Timestamp {
    // A Saturday.
    "2013-04-06T12:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn project(more: &str) -> Project {
    let yaml = format!("project: demo\ndata: {{ label: late }}\ntraining: {{ objective: {{ metric: auc }} }}\n{more}");
    Project::from_yaml(&yaml).unwrap()
}

pub(super) fn well() -> Observed {
    Observed {
        project: project(""),
        now: now(),
        unlearned: None,
        unscored: None,
        scored_by: Some(1),
        champion: Some(Reign {
            version: 1,
            since: ago(24 * 60),
            evaluation: None,
        }),
        promotion_due: false,
        withdrawn_untold: None,
        alarm: Some(AlarmValue::Ok),
        alarm_above: Some(1.0),
        incident: None,
        unpublished: Vec::new(),
        unheard: Vec::new(),
        approvals: Vec::new(),
        letters_overdue: false,
    }
}

fn check(observed: &Observed, expected: &[&str]) {
    let told: Vec<String> = match decide(observed) {
        Plan::Act(actions) => actions.iter().map(|Action::Say(fact)| said(fact)).collect(),
        Plan::StandDown(reason) | Plan::AskAgain { reason, .. } => vec![reason.name()],
    };
    assert_eq!(told, expected);
}

fn said(fact: &Fact) -> String {
    match fact {
        Fact::HintDue { to, why, .. } => format!("{to:?}: {why}"),
        Fact::ApprovalAgeing { version, waiting_h, .. } => format!("version {version} waits {waiting_h} h"),
        Fact::ChampionWithdrawn { version, .. } => format!("champion {version} was withdrawn"),
        Fact::RunEnded { slot, status, .. } => format!("run {slot} ended {status}"),
        Fact::LettersDue { .. } => "letters are due".into(),
        Fact::DigestDue { week, .. } => format!("digest of {week}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_run_of_whose_end_nobody_heard_is_told() {
    let run = |slot: &str, status: RunStatus| Unheard {
        pipeline: PipelineKind::Training,
        slot: slot.into(),
        execution_arn: "arn".into(),
        status,
    };
    let unheard = vec![run("s1", RunStatus::Failed), run("s2", RunStatus::Succeeded)];
    check(
        &Observed { unheard, ..well() },
        &["run s1 ended Failed", "run s2 ended Succeeded"],
    );
}

#[test]
fn a_champion_that_has_not_scored_the_newest_batch_is_asked_for_it() {
    let champion = |minutes: i64| Reign {
        version: 2,
        since: ago(minutes),
        evaluation: None,
    };
    let promoted = |minutes, inference: &str| Observed {
        champion: Some(champion(minutes)),
        project: project(inference),
        ..well()
    };
    let asked = "StartInference: version 2 is champion, and version 1 scored the newest batch";
    check(&promoted(30, "inference: { on_promotion: true }"), &[asked]);
    // Its own hint comes within minutes.
    check(&promoted(5, "inference: { on_promotion: true }"), &["all-well"]);
    check(&promoted(30, "inference: { on_promotion: false }"), &["all-well"]);
    let scored = Observed {
        scored_by: Some(2),
        ..promoted(30, "inference: { on_promotion: true }")
    };
    check(&scored, &["all-well"]);
    let gone = Observed {
        scored_by: None,
        ..promoted(30, "inference: { on_promotion: true }")
    };
    check(&gone, &["all-well"]);
}

#[test]
fn all_is_well() {
    check(&well(), &["all-well"]);
}

#[test]
fn a_lost_arrival_is_asked_for_after_it_has_settled() {
    let waiting = |minutes| Observed {
        unlearned: Some(Waiting {
            count: 2,
            oldest: ago(26 * 60),
            newest: ago(minutes),
        }),
        ..well()
    };
    check(&waiting(5), &["all-well"]);
    check(&waiting(30), &["StartTraining: 2 arrivals that no run accounts for"]);
}

#[test]
fn a_withdrawal_of_which_nobody_was_told_is_told() {
    let withdrawn = |minutes| Observed {
        withdrawn_untold: Some((3, ago(minutes))),
        ..well()
    };
    check(&withdrawn(5), &["all-well"]);
    check(&withdrawn(20), &["champion 3 was withdrawn"]);
}

#[test]
fn input_without_a_champion_waits_in_silence() {
    let unscored = Some(Waiting {
        count: 1,
        oldest: ago(26 * 60),
        newest: ago(60),
    });
    check(
        &Observed {
            unscored,
            champion: None,
            ..well()
        },
        &["all-well"],
    );
    check(
        &Observed { unscored, ..well() },
        &["StartInference: 1 arrivals that no champion has scored"],
    );
}

#[test]
fn a_tick_that_never_came_is_named() {
    let more = "inference: { on_arrival: false, schedule: \"cron(0 6 * * ? *)\", timezone: America/New_York }\n";
    let since_yesterday = Some(Waiting {
        count: 1,
        oldest: ago(26 * 60),
        newest: ago(24 * 60),
    });
    let observed = Observed {
        project: project(more),
        unscored: since_yesterday,
        ..well()
    };
    check(&observed, &["StartInference: missed tick of 2013-04-06T10:00:00Z"]);
    let since_the_tick = Some(Waiting {
        count: 1,
        oldest: ago(26 * 60),
        newest: ago(60),
    });
    check(
        &Observed {
            unscored: since_the_tick,
            ..observed
        },
        &["all-well"],
    );
}

#[test]
fn an_approval_without_promotion_is_asked_for() {
    let why = "PromoteModel: the champion is not what the registry's approvals say";
    check(
        &Observed {
            promotion_due: true,
            ..well()
        },
        &[why],
    );
}

#[test]
fn alarm_and_incident_must_agree() {
    let observed = |alarm, incident| Observed {
        alarm: Some(alarm),
        incident,
        ..well()
    };
    let open = "RespondToDrift: the drift alarm is in ALARM and no incident is open";
    check(&observed(AlarmValue::Alarm, None), &[open]);
    check(&observed(AlarmValue::Alarm, Some(true)), &["all-well"]);
    check(
        &observed(AlarmValue::Alarm, Some(false)),
        &["RespondToDrift: an incident is open and nobody was told"],
    );
    let over = "RespondToDrift: the drift alarm is OK and an incident is still open";
    check(&observed(AlarmValue::Ok, Some(true)), &[over]);
    check(&observed(AlarmValue::InsufficientData, Some(true)), &["all-well"]);
}

#[test]
fn a_report_without_metrics_is_published() {
    let observed = Observed {
        unpublished: vec!["abc".into(), "def".into()],
        ..well()
    };
    check(
        &observed,
        &["PublishDrift: 2 reports without metrics, the first of slot abc"],
    );
}

#[test]
fn an_approver_is_reminded_once_per_interval() {
    let waits = |hours: i64| Observed {
        approvals: vec![(3, ago(hours * 60))],
        ..well()
    };
    check(&waits(23), &["all-well"]);
    check(&waits(25), &["version 3 waits 24 h"]);
    check(&waits(47), &["version 3 waits 24 h"]);
    check(&waits(49), &["version 3 waits 48 h"]);
}

#[test]
fn letters_put_off_are_sent_and_the_digest_comes_on_monday_morning() {
    check(
        &Observed {
            letters_overdue: true,
            ..well()
        },
        &["letters are due"],
    );
    let monday = |time: &str| Observed {
        now: format!("2013-04-08T{time}Z").parse().unwrap(),
        ..well()
    };
    check(&monday("06:00:02"), &["digest of 2013-W15"]);
    check(&monday("06:15:02"), &["all-well"]);
    let never = Observed {
        project: project("letters: { digest: never }\n"),
        ..monday("06:00:02")
    };
    check(&never, &["all-well"]);
}

#[test]
fn what_waits_is_counted_and_its_age_is_the_oldests() {
    let waiting = |minutes| {
        Some(Waiting {
            count: 2,
            oldest: ago(minutes),
            newest: ago(1),
        })
    };
    assert_eq!(well().standing(), Standing::default());
    let observed = Observed {
        unlearned: waiting(30),
        unscored: waiting(90),
        approvals: vec![(3, ago(5)), (4, ago(2))],
        ..well()
    };
    let standing = observed.standing();
    assert_eq!((standing.approvals, standing.oldest_arrival_s), (2, 90 * 60));
    let without_champion = Observed {
        champion: None,
        ..observed
    };
    assert_eq!(without_champion.standing().oldest_arrival_s, 30 * 60);
    let both = standing.and(without_champion.standing());
    assert_eq!((both.approvals, both.oldest_arrival_s), (4, 90 * 60));
}
