//! The champion's decision table.

use super::*;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_356_998_400 + hour * 3600).unwrap()
}

fn version(number: u32) -> ChampionVersion {
    ChampionVersion {
        version: number,
        model_package_arn: format!("arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-demo/{number}"),
        model_data_url: format!("s3://work/jobs/demo/{number}/model.tar.gz"),
        slot: number.to_string(),
    }
}

fn state(number: u32, approval: Approval) -> VersionState {
    VersionState {
        version: version(number),
        approval,
        completed: true,
        last_modified: at(0),
        stamp: None,
    }
}

/// The champion's stamp since then.
fn stamp(since: Timestamp) -> Stamp {
    Stamp {
        stage: "Production".into(),
        status: "Champion".into(),
        description: format!("champion of demo since {since}"),
    }
}

fn record(champion: u32, history: &[u32]) -> (ChampionRecord, String) {
    let past = |&version: &u32| PastChampion {
        version,
        since: at(0),
        until: at(1),
        reason: PromotionReason::Approved,
    };
    let record = ChampionRecord {
        format: FORMAT,
        project: "demo".into(),
        champion: Some(version(champion)),
        since: at(1),
        reason: PromotionReason::Approved,
        history: history.iter().map(past).collect(),
    };
    (record, "etag".into())
}

fn check(record: Option<(ChampionRecord, String)>, versions: &[VersionState], expected: &str) {
    let observed = Observed {
        project_known: true,
        project: "demo".into(),
        now: at(5),
        record,
        versions: versions.to_vec(),
        pending_above: 0,
    };
    let told = match decide(&observed) {
        Plan::Act(actions) => actions.iter().map(describe).collect::<Vec<_>>().join(", "),
        Plan::StandDown(reason) | Plan::AskAgain { reason, .. } => reason.name(),
    };
    assert_eq!(told, expected);
}

fn describe(action: &Action) -> String {
    match action {
        Action::Promote { record, .. } => {
            format!(
                "promote {} {:?}",
                record.champion.as_ref().unwrap().version,
                record.reason
            )
        }
        Action::Announce { champion, .. } => format!("announce {}", champion.version),
        Action::Withdraw { version, .. } => format!("withdraw {version}"),
        Action::Stamp {
            model_package_arn,
            stamp,
        } => {
            let version = model_package_arn.rsplit('/').next().unwrap_or_default();
            format!("stamp {version} {}", stamp.status)
        }
    }
}

use Approval::{Approved, PendingManualApproval, Rejected};

#[test]
fn the_first_approved_version_becomes_champion() {
    check(None, &[state(1, Approved)], "promote 1 Approved, stamp 1 Champion");
}

#[test]
fn a_pending_version_never_becomes_champion() {
    check(None, &[state(1, PendingManualApproval)], "no-champion");
}

#[test]
fn an_approved_version_that_is_not_completed_waits() {
    check(
        None,
        &[VersionState {
            completed: false,
            ..state(1, Approved)
        }],
        "no-champion",
    );
}

#[test]
fn a_second_delivery_of_the_approval_changes_nothing() {
    let stamped = VersionState {
        stamp: Some(stamp(at(1))),
        ..state(1, Approved)
    };
    check(Some(record(1, &[])), &[stamped], "already-champion");
}

#[test]
fn a_champion_nobody_was_told_of_is_announced() {
    check(
        Some(record(1, &[])),
        &[state(1, Approved)],
        "announce 1, stamp 1 Champion",
    );
}

#[test]
fn approvals_out_of_order_never_go_back() {
    let stamped = VersionState {
        stamp: Some(stamp(at(1))),
        ..state(5, Approved)
    };
    check(
        Some(record(5, &[2])),
        &[state(3, Approved), stamped],
        "already-champion",
    );
}

#[test]
fn the_highest_of_several_approved_versions_wins() {
    check(
        Some(record(1, &[])),
        &[state(1, Approved), state(2, Approved), state(3, Approved)],
        "promote 3 Approved, stamp 3 Champion",
    );
}

#[test]
fn a_rejected_champion_falls_back_to_the_newest_former_champion_still_approved() {
    let versions = [state(1, Approved), state(2, Rejected), state(3, Rejected)];
    check(
        Some(record(3, &[1, 2])),
        &versions,
        "promote 1 PredecessorRejected, stamp 1 Champion",
    );
}

#[test]
fn a_version_passed_over_before_the_fallback_stays_passed_over() {
    let stamped = VersionState {
        stamp: Some(stamp(at(1))),
        ..state(1, Approved)
    };
    check(
        Some(record(1, &[1, 3])),
        &[stamped, state(2, Approved)],
        "already-champion",
    );
}

#[test]
fn a_version_approved_after_the_fallback_is_promoted() {
    let approved_now = VersionState {
        last_modified: at(4),
        ..state(2, Approved)
    };
    check(
        Some(record(1, &[1, 3])),
        &[state(1, Approved), approved_now],
        "promote 2 Approved, stamp 2 Champion",
    );
}

#[test]
fn a_rejected_champion_without_a_former_one_is_withdrawn() {
    check(Some(record(1, &[])), &[state(1, Rejected)], "withdraw 1");
}

#[test]
fn a_deleted_champion_is_withdrawn() {
    check(Some(record(1, &[])), &[], "withdraw 1");
}

fn stamped(number: u32, approval: Approval, stamp: Stamp) -> VersionState {
    VersionState {
        stamp: Some(stamp),
        ..state(number, approval)
    }
}

#[test]
fn a_second_reign_of_which_nobody_was_told_is_announced_whatever_the_stamp_of_the_first_says() {
    check(
        Some(record(1, &[1, 2])),
        &[stamped(1, Approved, stamp(at(0))), state(2, Rejected)],
        "announce 1, stamp 1 Champion",
    );
}

#[test]
fn an_older_stamp_without_its_time_counts_for_a_first_reign_alone() {
    let older = Stamp {
        description: "champion of demo".into(),
        ..stamp(at(1))
    };
    let older = stamped(1, Approved, older);
    check(Some(record(1, &[])), std::slice::from_ref(&older), "stamp 1 Champion");
    check(Some(record(1, &[1, 2])), &[older], "announce 1, stamp 1 Champion");
}

#[test]
fn the_registry_shows_one_champion() {
    check(
        Some(record(1, &[])),
        &[stamped(1, Approved, stamp(at(1))), state(2, Approved)],
        "promote 2 Approved, stamp 1 FormerChampion, stamp 2 Champion",
    );
    check(
        Some(record(1, &[])),
        &[stamped(1, Rejected, stamp(at(1)))],
        "withdraw 1, stamp 1 FormerChampion",
    );
    // A crash came before the stamps.
    let (mut withdrawn, etag) = record(1, &[1]);
    withdrawn.champion = None;
    let versions = [stamped(1, Rejected, stamp(at(0)))];
    check(
        Some((withdrawn.clone(), etag.clone())),
        &versions,
        "stamp 1 FormerChampion",
    );
    check(Some((withdrawn, etag)), &[state(1, Rejected)], "no-champion");
}

/// Whom this record says its champion followed, when it is said and when it is said again.
#[test]
fn a_promotion_says_the_same_when_it_is_said_again() {
    let (mut withdrawn, etag) = record(1, &[1]);
    withdrawn.champion = None;
    for (before, expected) in [(record(1, &[]), Some(1)), ((withdrawn, etag), None)] {
        let observed = |record, now| Observed {
            project_known: true,
            project: "demo".into(),
            now,
            record: Some(record),
            versions: vec![state(1, Rejected), state(2, Approved)],
            pending_above: 0,
        };
        let Plan::Act(actions) = decide(&observed(before, at(5))) else {
            panic!("a promotion was expected")
        };
        let Action::Promote { record, previous, .. } = &actions[0] else {
            panic!("{actions:?}")
        };
        assert_eq!(*previous, expected);
        let Plan::Act(actions) = decide(&observed((record.clone(), "e2".into()), at(6))) else {
            panic!("an announcement was expected")
        };
        assert!(
            matches!(&actions[0], Action::Announce { previous, .. } if *previous == expected),
            "{actions:?}"
        );
    }
}

fn event(version: u32, approval: Approval) -> ModelPackage {
    ModelPackage {
        group: "windsock-demo".into(),
        version,
        arn: self::version(version).model_package_arn,
        approval_status: approval,
        package_status: windsock_events::status::PackageStatus::Completed,
        updated_fields: Vec::new(),
    }
}

#[test]
fn a_registration_asks_sagemaker_nothing() {
    let decided = |event: &ModelPackage, record: Option<&ChampionRecord>| decide_on_event(event, record).is_some();
    let (record, _) = record(3, &[1]);
    assert!(decided(&event(4, Approval::PendingManualApproval), Some(&record)));
    assert!(decided(&event(1, Approval::PendingManualApproval), None));
    assert!(!decided(&event(4, Approval::Approved), Some(&record)), "it may follow");
    assert!(
        !decided(&event(4, Approval::Rejected), Some(&record)),
        "it may have been approved before"
    );
    for touched in [3, 1] {
        let event = event(touched, Approval::PendingManualApproval);
        assert!(
            !decided(&event, Some(&record)),
            "{touched} is, or was, champion: it may fall"
        );
    }
}

/// The rows that the dashboard's list of champions gets of a decision.
fn check_rows(record: Option<(ChampionRecord, String)>, versions: &[VersionState], expected: &[[&str; 4]]) {
    let observed = Observed {
        project_known: true,
        project: "demo".into(),
        now: at(5),
        record,
        versions: versions.to_vec(),
        pending_above: 0,
    };
    let Plan::Act(actions) = decide(&observed) else {
        panic!("something was expected")
    };
    let rows: Vec<Row> = actions.iter().filter_map(Action::row).collect();
    let rows: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| [&row.since, &row.champion, &row.before, &row.why].map(String::as_str))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_list_of_champions_says_who_took_whose_place_and_why() {
    let now = "2013-01-01 05:00 UTC";
    check_rows(None, &[state(1, Approved)], &[[now, "version 1", "none", "approved"]]);
    check_rows(
        Some(record(1, &[])),
        &[state(1, Approved), state(2, Approved)],
        &[[now, "version 2", "version 1", "approved"]],
    );
    check_rows(
        Some(record(2, &[1])),
        &[state(1, Approved), state(2, Rejected)],
        &[[now, "version 1", "version 2", "version 2 is no longer approved"]],
    );
    let nobody = "version 1 is no longer approved, and no champion before it is";
    check_rows(
        Some(record(1, &[])),
        &[state(1, Rejected)],
        &[[now, "none", "version 1", nobody]],
    );
}

/// Whoever swapped the record may have gone before it was in the log: who announces it says the same, so the list has it once.
#[test]
fn the_list_of_champions_says_the_same_when_it_is_said_again() {
    let then = "2013-01-01 01:00 UTC";
    check_rows(
        Some(record(1, &[])),
        &[state(1, Approved)],
        &[[then, "version 1", "none", "approved"]],
    );
}
