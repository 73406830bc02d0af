//! Every rule of the checker rejects a journal that breaks it, and accepts the same journal without the break.

mod ends;
mod hand;

use std::collections::BTreeSet;

use serde_json::json;
use windsock_simulation::checker::{liveness, rules};
use windsock_world::Record;

use hand::{HOUR, Hand, WORK};

/// Two runs, one after the other.
fn two_runs() -> Hand {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {}).run("s1", "x1", "Succeeded").later(2 * HOUR);
    hand.freeze("s2", |manifest| manifest["predecessor"] = json!("x1"))
        .run("s2", "x2", "Succeeded");
    hand
}

#[test]
fn a_good_journal_breaks_nothing() {
    two_runs().holds();
}

#[test]
fn exclusion_sees_two_runs_at_the_same_time() {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {})
        .execution("s1", "x1", "Executing")
        .freeze("s2", |_| {})
        .execution("s2", "x2", "Executing");
    hand.breaks("exclusion");
}

#[test]
fn purity_sees_a_slot_with_two_executions_and_a_start_without_a_manifest() {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {})
        .run("s1", "x1", "Succeeded")
        .run("s1", "x2", "Succeeded");
    hand.breaks("purity");
    let mut hand = Hand::new();
    hand.execution("s9", "x9", "Executing");
    hand.breaks("purity");
    let mut hand = Hand::new();
    hand.write(Record::Call {
        service: "sagemaker".into(),
        operation: "StartPipelineExecution".into(),
        caller: "r".into(),
        target: String::new(),
        error: Some("ConflictException".into()),
    });
    hand.breaks("purity");
}

#[test]
fn write_once_sees_a_manifest_that_is_written_again() {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {}).freeze("s1", |_| {});
    hand.breaks("write-once");
}

#[test]
fn reads_what_is_listed_sees_a_change_that_was_not_rejected() {
    let job = |etag: &str| json!({ "event": "job", "execution": "x1", "step": "Preprocess", "read": [["training/a/s1.csv", etag]] });
    let report = "jobs/a/s1/preprocess/report/rejections.json";
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {})
        .execution("s1", "x1", "Executing")
        .log("simulation", job("e"));
    hand.object(WORK, report, &json!({ "rejections": [] })).holds();
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {})
        .execution("s1", "x1", "Executing")
        .log("simulation", job("other"));
    hand.object(WORK, report, &json!({ "rejections": [] }))
        .breaks("reads-what-is-listed");
}

#[test]
fn chain_sees_two_runs_after_one() {
    let mut hand = two_runs();
    hand.later(2 * HOUR)
        .freeze("s3", |manifest| manifest["predecessor"] = json!("x1"))
        .run("s3", "x3", "Succeeded");
    hand.breaks("chain");
}

#[test]
fn something_new_sees_a_run_that_learns_nothing() {
    let mut hand = two_runs();
    hand.later(2 * HOUR).freeze("s3", |manifest| {
        manifest["predecessor"] = json!("x2");
        manifest["reads"] = json!([{ "key": "training/a/s1.csv", "etag": "e", "size": 3 }]);
    });
    hand.run("s3", "x3", "Succeeded").breaks("something-new");
}

#[test]
fn what_comes_back_after_something_else_is_new() {
    let mut hand = two_runs();
    for (slot, run, predecessor, etag) in [("s3", "x3", "x2", "other"), ("s4", "x4", "x3", "e")] {
        hand.later(2 * HOUR)
            .arrive("training/a/s1.csv", etag)
            .freeze(slot, |manifest| {
                manifest["predecessor"] = json!(predecessor);
                manifest["reads"] = json!([{ "key": "training/a/s1.csv", "etag": etag, "size": 3 }]);
            })
            .run(slot, run, "Succeeded");
    }
    hand.holds();
}

#[test]
fn pace_sees_a_run_within_the_cool_down() {
    for (apart, broken) in [(HOUR / 2, true), (2 * HOUR, false)] {
        let mut hand = Hand::new();
        hand.freeze("s1", |_| {}).run("s1", "x1", "Succeeded").later(apart);
        hand.freeze("s2", |manifest| {
            manifest["predecessor"] = json!("x1");
            manifest["cause"] = json!("arrival");
        });
        hand.run("s2", "x2", "Succeeded");
        assert_eq!(hand.broken().contains("pace"), broken, "{apart}");
    }
}

#[test]
fn pace_sees_a_drift_that_is_answered_twice_or_within_the_cool_down() {
    let drift = |hand: &mut Hand, slot: &str, before: &str| {
        hand.freeze(slot, |manifest| {
            manifest["predecessor"] = json!(before);
            manifest["cause"] = json!("drift");
        });
        hand.run(slot, &slot.replace('s', "x"), "Succeeded").later(HOUR);
    };
    let incident = |hand: &mut Hand, id: &str| {
        let opened = jiff::Timestamp::from_millisecond(hand.at).unwrap().to_string();
        let key = format!("state/a/incidents/{id}.json");
        hand.write(Record::Alarm {
            name: "windsock-a-drift".into(),
            state: "ALARM".into(),
            previous: "OK".into(),
            reason: String::new(),
        });
        hand.object(WORK, &key, &json!({ "answer": "retrain", "opened_at": opened }));
    };
    let mut twice = Hand::new();
    incident(&mut twice, "1");
    drift(&mut twice, "s1", "genesis");
    twice.holds();
    drift(&mut twice, "s2", "x1");
    twice.breaks("pace");
    let mut soon = Hand::new();
    incident(&mut soon, "1");
    drift(&mut soon, "s1", "genesis");
    incident(&mut soon, "2");
    drift(&mut soon, "s2", "x1");
    soon.breaks("pace");
}

#[test]
fn retries_sees_a_third_try_where_two_are_allowed() {
    let mut hand = Hand::new();
    for (slot, before, failures) in [("s1", "genesis", 0), ("s2", "x1", 1), ("s3", "x2", 2)] {
        hand.freeze(slot, |manifest| {
            manifest["predecessor"] = json!(before);
            manifest["failures_before"] = json!(failures);
            manifest["reads"] = json!([{ "key": "training/a/1.csv", "etag": "e", "size": 3 }]);
        });
        assert!(!hand.broken().contains("retries"), "{slot}");
        hand.run(slot, &slot.replace('s', "x"), "Failed").later(HOUR);
    }
    hand.breaks("retries");
}

#[test]
fn losing_is_success_sees_a_loser_that_failed() {
    let mut hand = Hand::new();
    hand.freeze("s1", |_| {}).execution("s1", "x1", "Executing");
    hand.object(WORK, "jobs/a/s1/evaluate/evaluation.json", &json!({ "accepted": 0.0 }));
    hand.execution("s1", "x1", "Failed").breaks("losing-is-success");
}

#[test]
fn scored_once_sees_a_batch_that_the_same_champion_scores_again() {
    let mut hand = Hand::new();
    hand.version(1, "Approved");
    for (slot, before) in [("s1", "genesis"), ("s2", "x1")] {
        hand.freeze(slot, |manifest| {
            manifest["pipeline"] = json!("inference");
            manifest["predecessor"] = json!(before);
            manifest["champion"] = json!({ "version": 1 });
            manifest["reads"] = json!([{ "key": "inference/a/1.csv", "etag": "e", "size": 3 }]);
        });
        hand.run(slot, &slot.replace('s', "x"), "Succeeded");
    }
    hand.breaks("scored-once");
}

#[test]
fn money_sees_one_run_too_many_in_a_day() {
    let mut hand = Hand::new();
    for number in 0..5 {
        let slot = format!("s{number}");
        hand.freeze(&slot, |manifest| {
            manifest["predecessor"] = json!(format!("x{}", number - 1));
        });
        hand.run(&slot, &format!("x{number}"), "Succeeded").later(2 * HOUR);
        assert_eq!(hand.broken().contains("money"), number == 4, "run {number}");
    }
}

#[test]
fn champions_form_one_chain_and_go_forwards_with_approval() {
    let one = json!([{ "version": 1, "since": "since Some(1)" }]);
    let mut hand = Hand::new();
    hand.version(1, "Approved")
        .champion(Some(1), &json!([]))
        .version(2, "Approved")
        .champion(Some(2), &one)
        .holds();
    let mut fork = Hand::new();
    fork.version(1, "Approved")
        .champion(Some(1), &json!([]))
        .version(2, "Approved")
        .champion(Some(2), &json!([]));
    fork.breaks("one-champion");
    let mut back = Hand::new();
    back.version(1, "Approved")
        .version(2, "Approved")
        .champion(Some(2), &json!([]))
        .champion(Some(1), &json!([{ "version": 2, "since": "since Some(2)" }]));
    back.breaks("forwards");
    let mut pending = Hand::new();
    pending
        .version(1, "PendingManualApproval")
        .champion(Some(1), &json!([]));
    pending.breaks("approved");
}

#[test]
fn approved_sees_a_batch_scored_by_a_version_rejected_long_ago() {
    let mut hand = Hand::new();
    hand.version(1, "Approved").version(1, "Rejected").later(HOUR);
    hand.freeze("s1", |manifest| {
        manifest["pipeline"] = json!("inference");
        manifest["champion"] = json!({ "version": 1 });
        manifest["reads"] = json!([{ "key": "inference/a/1.csv", "etag": "e", "size": 3 }]);
    });
    hand.execution("s1", "x1", "Executing").breaks("approved");
}

#[test]
fn one_incident_sees_an_incident_without_an_alarm_of_its_own() {
    let alarm = |state: &str| Record::Alarm {
        name: "windsock-a-drift".into(),
        state: state.into(),
        previous: "OK".into(),
        reason: String::new(),
    };
    let mut hand = Hand::new();
    hand.write(alarm("ALARM"))
        .object(WORK, "state/a/incidents/1.json", &json!({}))
        .holds();
    hand.object(WORK, "state/a/incidents/2.json", &json!({}))
        .breaks("one-incident");
}

#[test]
fn letters_are_copied_only_after_a_lost_answer_and_say_so() {
    let mut twice = Hand::new();
    twice
        .letter("a: news [fact-00ff]", "once")
        .letter("a: news [fact-00ff]", "(possible repeat: ...");
    twice.breaks("letter-copies");
    let lost = json!({ "event": "fault", "kind": "answer-lost", "about": { "operation": "Publish" } });
    let mut told = Hand::new();
    told.letter("a: news [fact-00ff]", "once")
        .log("simulation", lost.clone())
        .letter("a: news [fact-00ff]", "(possible repeat: ...")
        .holds();
    told.letter("a: news [fact-00ff]", "(possible repeat: ...")
        .breaks("letter-copies");
    let mut silent = Hand::new();
    silent
        .letter("a: news [fact-00ff]", "once")
        .log("simulation", lost)
        .letter("a: news [fact-00ff]", "once");
    silent.breaks("letter-copies");
}

#[test]
fn letter_rate_sees_the_twenty_first_within_an_hour() {
    let mut hand = Hand::new();
    for number in 0..21 {
        hand.letter(&format!("a: {number} [fact-{number}]"), "");
    }
    hand.breaks("letter-rate");
}

#[test]
fn isolation_sees_another_projects_object() {
    let mut hand = Hand::new();
    hand.freeze("s1", |manifest| {
        manifest["reads"] = json!([{ "key": "training/ab/1.csv", "etag": "e", "size": 3 }])
    });
    hand.execution("s1", "x1", "Executing").breaks("isolation");
}

#[test]
fn no_recursion_sees_an_output_that_wakes_what_starts_runs() {
    let event = |rule: &str| Record::Event {
        id: "1".into(),
        source: "aws.s3".into(),
        detail_type: "Object Created".into(),
        detail: json!({ "bucket": { "name": WORK }, "object": { "key": "jobs/a/s1/monitor/drift.json" } }),
        matched: vec![rule.into()],
    };
    let mut hand = Hand::new();
    hand.write(event("windsock-publish-drift-report-written")).holds();
    hand.write(event("windsock-training-data-arrived"))
        .breaks("no-recursion");
}

#[test]
fn metrics_sees_a_number_that_is_no_reports() {
    let report = |verdict: &str| json!({ "verdict": verdict, "score": 0.5 });
    let key = "jobs/a/s1/monitor/drift.json";
    let mut hand = Hand::new();
    hand.object(WORK, key, &report("no-drift")).metric(0.5).holds();
    hand.metric(f64::INFINITY).breaks("metrics");
    let mut hand = Hand::new();
    hand.object(WORK, key, &report("too-few-rows"))
        .metric(0.5)
        .breaks("metrics");
}

#[test]
fn secrets_panics_and_subjects_are_seen() {
    let mut hand = Hand::new();
    hand.log("notify", json!({ "message": "password=hunter2-secret" }))
        .breaks("secrets");
    let mut hand = Hand::new();
    hand.log("simulation", json!({ "event": "panic" })).breaks("no-panic");
    let mut hand = Hand::new();
    hand.letter("a: one\r\nBcc: all@example.com [fact-1]", "")
        .breaks("subjects");
}

#[test]
fn every_rule_has_a_name_and_a_sentence() {
    let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().count(), "names are names");
    assert!(rules().all(|rule| rule.sentence.ends_with('.') && rule.invariant.starts_with('I')));
    let told = include_str!("../../../../ARCHITECTURE.md");
    for rule in rules() {
        let row = format!("| `{}` ({}) | {} |", rule.name, rule.invariant, rule.sentence);
        assert!(told.contains(&row), "ARCHITECTURE.md has no row {row}");
    }
    for (name, invariant, sentence) in liveness::PROMISES {
        let row = format!("| `{name}` ({invariant}) | {sentence} |");
        assert!(told.contains(&row), "ARCHITECTURE.md has no row {row}");
    }
}
