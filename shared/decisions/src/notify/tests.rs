//! Once, at most twice, never a third time; and nothing that the limit holds back is dropped.

use expect_test::{Expect, expect};

use super::*;
use crate::Project;
use crate::letters::{ApprovalReminder, Outcome, Place, RunFailed};
use crate::state::{FORMAT, Manifest, Rejection, Rejections};
use windsock_events::facts::{Cause, PipelineKind};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2013-04-01T06:00:00Z";

fn project() -> Project {
    let yaml = "project: flight-delay\ndata: { label: late }\nletters: { managers: [m@example.com], approvers: [a@example.com] }\n";
    Project::from_yaml(yaml).unwrap()
}

fn place() -> Place {
    Place {
        name_prefix: "windsock".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        partition: "aws".into(),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
    }
}

fn letter(version: u32) -> Letter {
    let (project, place) = (project(), place());
    let reminder = ApprovalReminder {
        version,
        waiting_h: 24,
        champion: None,
    };
    Context {
        project: &project,
        place: &place,
    }
    .approval_reminder(&reminder)
    .remove(0)
}

fn claim(lease_until: &str, attempts: u32) -> Claim {
    Claim {
        format: 1,
        owner: "somebody".into(),
        lease_until: at(lease_until),
        attempts,
        refusals: 0,
        reserved: false,
        letter: letter(1),
        covers: Vec::new(),
    }
}

fn claimed(claim: Claim) -> Marker {
    Marker::Claimed {
        claim: Box::new(claim),
        etag: "e1".into(),
    }
}

fn wish(marker: Marker) -> Wish {
    Wish {
        letter: letter(1),
        marker,
        wait_for_more: false,
        covers: Vec::new(),
    }
}

fn told(wishes: Vec<Wish>, room: usize) -> String {
    match decide(&Observed {
        now: at(NOW),
        wishes,
        room,
    }) {
        Plan::Act(actions) => actions.iter().map(Named::name).collect::<Vec<_>>().join(", "),
        Plan::StandDown(reason) => reason.name(),
        Plan::AskAgain { reason, at } => format!("{} until {at}", reason.name()),
    }
}

fn check(wish: Wish, room: usize, expect: Expect) {
    expect.assert_eq(&told(vec![wish], room));
}

#[test]
fn a_new_letter_is_sent_and_a_sent_one_is_not() {
    check(wish(Marker::Absent), 20, expect!["send-letter"]);
    check(wish(Marker::Sent), 20, expect!["already-sent"]);
    expect!["nobody-to-tell"].assert_eq(&told(Vec::new(), 0));
}

#[test]
fn a_claim_is_respected_while_its_lease_lasts() {
    check(
        wish(claimed(claim("2013-04-01T06:00:30Z", 1))),
        20,
        expect!["claimed-by-another until 2013-04-01T06:00:30Z"],
    );
}

#[test]
fn a_lost_answer_leads_to_one_repeat_with_the_same_words_and_never_to_a_third() {
    let mut first = claim("2013-04-01T05:00:00Z", 1);
    first.letter.body = "the first try's words".into();
    let Plan::Act(actions) = decide(&Observed {
        now: at(NOW),
        wishes: vec![wish(claimed(first))],
        room: 20,
    }) else {
        panic!("a repeat was expected");
    };
    let [Action::Send(sending)] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!(sending.letter.body, "the first try's words");
    check(
        wish(claimed(claim("2013-04-01T05:00:00Z", 1))),
        20,
        expect!["send-letter-again"],
    );
    check(
        wish(claimed(claim("2013-04-01T05:00:00Z", 2))),
        20,
        expect!["close-letter"],
    );
}

#[test]
fn a_refused_letter_is_tried_again_and_not_for_ever() {
    let refused = |refusals| Claim {
        refusals,
        ..claim(NOW, 0)
    };
    check(wish(claimed(refused(1))), 20, expect!["send-letter"]);
    check(wish(claimed(refused(REFUSALS_MAX))), 20, expect!["retries-spent"]);
}

#[test]
fn the_end_of_a_run_waits_a_minute_for_the_step_that_failed() {
    let reserved = |lease: &str| {
        claimed(Claim {
            reserved: true,
            ..claim(lease, 0)
        })
    };
    let end_of_run = |marker| Wish {
        wait_for_more: true,
        ..wish(marker)
    };
    check(end_of_run(Marker::Absent), 20, expect!["wait-for-more"]);
    // The step's own event knows more and need not wait.
    check(wish(reserved("2013-04-01T06:01:00Z")), 20, expect!["send-letter"]);
    check(
        end_of_run(reserved("2013-04-01T06:01:00Z")),
        20,
        expect!["claimed-by-another until 2013-04-01T06:01:00Z"],
    );
    // It never came.
    check(end_of_run(reserved("2013-04-01T05:59:00Z")), 20, expect!["send-letter"]);
}

#[test]
fn the_twenty_first_letter_of_an_hour_is_put_off() {
    check(wish(Marker::Absent), 1, expect!["send-letter"]);
    check(wish(Marker::Absent), 0, expect!["put-letter-off"]);
    check(
        wish(Marker::PutOff),
        0,
        expect!["rate-limited until 2013-04-01T06:15:00Z"],
    );
    let two = vec![wish(Marker::Absent), wish(Marker::Absent)];
    expect!["send-letter, put-letter-off"].assert_eq(&told(two, 1));
}

#[test]
fn what_was_put_off_goes_out_in_one_digest_that_names_every_letter() {
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let unsent = (1..=30).map(|version| {
        let letter = letter(version);
        (letter.marker(), Marker::PutOff, Some(letter))
    });
    let wishes = due(context, unsent.collect());
    assert_eq!(wishes.len(), 1);
    assert_eq!(wishes[0].covers.len(), 30);
    assert!(
        wishes[0].letter.subject.contains("30 letters held back"),
        "{}",
        wishes[0].letter.subject
    );
    assert_eq!(told(wishes.clone(), 20), "send-letter");
    // One that went out without marking what it carries marks it now.
    let mut gone = wishes.clone();
    gone[0].marker = Marker::Sent;
    assert_eq!(told(gone, 20), "close-letter");
    // Once that digest is claimed, its letters are not put into another.
    let digest = Claim {
        letter: wishes[0].letter.clone(),
        covers: wishes[0].covers.clone(),
        ..claim(NOW, 1)
    };
    let letter = letter(1);
    let unsent = vec![
        (wishes[0].letter.marker(), claimed(digest), None),
        (letter.marker(), Marker::PutOff, Some(letter)),
    ];
    let wishes = due(context, unsent);
    assert_eq!(wishes.len(), 1);
    assert_eq!(told(wishes, 20), "send-letter-again");
}

fn frozen(failures_before: u32, failures_in_a_row: u32) -> Manifest {
    Manifest {
        format: FORMAT,
        pipeline: PipelineKind::Training,
        slot: "slot".into(),
        frozen_at: at(NOW),
        cause: Cause::Arrival,
        predecessor: "genesis".into(),
        project: project(),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        reads: Vec::new(),
        accounts_for: Vec::new(),
        failures_before,
        failures_in_a_row,
        incident: None,
        champion: None,
        recent_starts: Vec::new(),
    }
}

/// What is told of a training run that failed; three tries are the default.
fn failed(manifest: Option<Manifest>, rejections: Option<Rejections>) -> String {
    let files = RunFiles {
        manifest,
        rejections,
        ..RunFiles::default()
    };
    let failed = RunFailed {
        pipeline: PipelineKind::Training,
        execution_arn: "arn".into(),
        outcome: Outcome::Failed,
        started_at: None,
        step: None,
        reason: None,
        log: None,
        tries: None,
        cause: None,
    };
    let told = files.ended(&project(), PipelineKind::Training, "slot", Some(failed));
    told.map_or_else(Reason::name, |abouts| {
        let names = abouts.iter().map(|about| match about {
            About::RunFailed(_) => "run-failed",
            About::FilesRejected(_) => "files-rejected",
            _ => "another",
        });
        names.collect::<Vec<_>>().join(", ")
    })
}

#[test]
fn a_failing_try_is_told_when_it_was_the_last_or_when_nothing_else_succeeds() {
    for (before, in_a_row, expected) in [
        (0, 0, expect!["will-be-tried-again"]),
        (1, 1, expect!["will-be-tried-again"]),
        (2, 2, expect!["run-failed"]),
        (0, 2, expect!["run-failed"]),
        (0, 3, expect!["will-be-tried-again"]),
        (0, 5, expect!["run-failed"]),
    ] {
        expected.assert_eq(&failed(Some(frozen(before, in_a_row)), None));
    }
    expect!["run-failed"].assert_eq(&failed(None, None));
}

#[test]
fn files_that_a_failing_try_rejected_are_told_at_once() {
    let rejection = Rejection {
        key: "k".into(),
        etag: "e".into(),
        size: 1,
        reason: "r".into(),
    };
    let rejections = Rejections {
        rejections: vec![rejection],
        ..Rejections::default()
    };
    expect!["files-rejected"].assert_eq(&failed(Some(frozen(0, 0)), Some(rejections)));
}

#[test]
fn answers_name_letters_without_their_words() {
    let plan = decide(&Observed {
        now: at(NOW),
        wishes: vec![wish(Marker::Absent)],
        room: 20,
    });
    let answer = serde_json::to_string(&plan).unwrap();
    assert!(
        answer.contains("approval-reminder") && !answer.contains("nobody has"),
        "{answer}"
    );
}
