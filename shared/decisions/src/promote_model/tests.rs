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
        stage: None,
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
    }
}

use Approval::{Approved, PendingManualApproval, Rejected};

#[test]
fn the_first_approved_version_becomes_champion() {
    check(None, &[state(1, Approved)], "promote 1 Approved");
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
        stage: Some(("Production".into(), "Champion".into())),
        ..state(1, Approved)
    };
    check(Some(record(1, &[])), &[stamped], "already-champion");
}

#[test]
fn a_champion_nobody_was_told_of_is_announced() {
    check(Some(record(1, &[])), &[state(1, Approved)], "announce 1");
}

#[test]
fn approvals_out_of_order_never_go_back() {
    let stamped = VersionState {
        stage: Some(("Production".into(), "Champion".into())),
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
        "promote 3 Approved",
    );
}

#[test]
fn a_rejected_champion_falls_back_to_the_newest_former_champion_still_approved() {
    let versions = [state(1, Approved), state(2, Rejected), state(3, Rejected)];
    check(Some(record(3, &[1, 2])), &versions, "promote 1 PredecessorRejected");
}

#[test]
fn a_version_passed_over_before_the_fallback_stays_passed_over() {
    let stamped = VersionState {
        stage: Some(("Production".into(), "Champion".into())),
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
        "promote 2 Approved",
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
