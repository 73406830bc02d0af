//! What must hold in the end: every promise rejects a journal that breaks it.

use serde_json::json;
use windsock_simulation::checker::again;
use windsock_world::Record;

use crate::hand::{HOUR, Hand, WORK};

#[test]
fn coverage_sees_an_arrival_that_nobody_accounts_for() {
    let mut hand = Hand::new();
    hand.arrive("training/a/s1.csv", "e")
        .freeze("s1", |_| {})
        .run("s1", "x1", "Succeeded");
    assert!(!hand.end().contains("coverage"));
    hand.arrive("training/a/s2.csv", "e").later(HOUR).log(
        "start-training",
        json!({ "event": "plan", "project": "a", "stand_down": "nothing-new" }),
    );
    assert!(hand.end().contains("coverage"));
    let due = jiff::Timestamp::from_millisecond(hand.at + HOUR).unwrap().to_string();
    hand.log(
        "start-training",
        json!({ "event": "plan", "project": "a", "stand_down": "cooling-down", "due": due }),
    );
    assert!(!hand.end().contains("coverage"), "it is deferred with a due time");
}

#[test]
fn heard_sees_a_run_whose_end_passed_in_silence() {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {}).run("s1", "x1", "Failed");
    hand.object(WORK, "state/a/runs/training/s1/started.json", &json!({}));
    assert!(!hand.end().contains("heard"), "it ended only now");
    hand.later(2 * HOUR).arrive("training/a/s1.csv", "e");
    assert!(hand.end().contains("heard"));
    hand.object(WORK, "state/a/runs/training/s1/heard.json", &json!({}));
    assert!(!hand.end().contains("heard"));
}

#[test]
fn rescored_sees_a_champion_that_never_scored_the_newest_batch() {
    let promoted = |on_promotion: bool| {
        let mut hand = Hand::new();
        let settings = json!({ "inference": { "on_promotion": on_promotion } });
        hand.object(WORK, "state/projects/a.json", &settings)
            .arrive("inference/a/1.csv", "e")
            .freeze("s1", |manifest| {
                manifest["pipeline"] = json!("inference");
                manifest["champion"] = json!({ "version": 1 });
                manifest["reads"] = json!([{ "key": "inference/a/1.csv", "etag": "e", "size": 3 }]);
            })
            .run("s1", "x1", "Succeeded")
            .champion(Some(2), &json!([]));
        hand
    };
    let mut hand = promoted(true);
    assert!(!hand.end().contains("rescored"), "it is champion only now");
    hand.later(HOUR).arrive("training/a/s1.csv", "e");
    assert!(hand.end().contains("rescored"));
    hand.arrive("inference/a/1.csv", "other");
    assert!(!hand.end().contains("rescored"), "nothing is left of the batch");
    let mut hand = promoted(false);
    hand.later(HOUR).arrive("training/a/s1.csv", "e");
    assert!(!hand.end().contains("rescored"), "the project does not want it");
}

#[test]
fn again_sees_a_second_delivery_that_changes_something() {
    let mut hand = Hand::new();
    hand.arrive("training/a/s1.csv", "e").freeze("s1", |_| {});
    hand.execution("s1", "x1", "Executing");
    assert_eq!(again::rest(&hand.checker.history, "a"), None, "a run is in flight");
    hand.execution("s1", "x1", "Succeeded");
    let before = again::rest(&hand.checker.history, "a").unwrap();
    let changed = |hand: &Hand| again::changed(&hand.checker.history, "a", &before);
    hand.object(WORK, "state/ab/letters/f-managers/claim.json", &json!({}));
    assert!(changed(&hand).is_empty(), "another project's record");
    hand.object(WORK, "state/a/letters/f-managers/claim.json", &json!({}));
    assert_eq!(changed(&hand), ["a: state/a/letters/f-managers/claim.json was written"]);
    hand.freeze("s2", |_| {}).execution("s2", "x2", "Executing");
    assert_eq!(changed(&hand), ["a: a run is in flight"]);
    hand.execution("s2", "x2", "Succeeded");
    assert!(changed(&hand).contains(&"a: 1 runs became 2".to_owned()));
}

#[test]
fn approvals_and_letters_and_drift_and_poison_are_seen_in_the_end() {
    let mut hand = Hand::new();
    hand.version(1, "Approved");
    assert!(hand.end().contains("approvals"));
    let mut hand = Hand::new();
    hand.version(1, "Approved").champion(Some(1), &json!([]));
    assert!(hand.end().contains("letters"), "nobody was told");
    let mut hand = Hand::new();
    hand.object(WORK, "state/a/letters/f-managers/put-off.json", &json!({}));
    assert!(hand.end().contains("digest"));
    let mut hand = Hand::new();
    hand.write(Record::Alarm {
        name: "windsock-a-drift".into(),
        state: "ALARM".into(),
        previous: "OK".into(),
        reason: String::new(),
    });
    assert!(hand.end().contains("drift"));
    let mut hand = Hand::new();
    hand.log("simulation", json!({ "event": "poison" }));
    assert!(hand.end().contains("poison"));
    let mut hand = Hand::new();
    hand.object(WORK, "state/rejections/1.json", &json!({}));
    assert!(hand.end().contains("strangers"));
}
