//! Every rule of the checker rejects a journal that breaks it, and accepts the same journal without the break.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use windsock_simulation::checker::{Checker, again, liveness, rules};
use windsock_world::{Entry, Millis, Record};

const DATA: &str = "windsock-data-111122223333-us-east-1";
const WORK: &str = "windsock-work-111122223333-us-east-1";
const HOUR: Millis = 3_600_000;

/// A journal that is written by hand, with the bytes that its objects had when they were written.
#[derive(Default)]
struct Hand {
    checker: Checker,
    stored: BTreeMap<(String, String), Vec<u8>>,
    at: Millis,
}

impl Hand {
    fn new() -> Self {
        let at = 1_364_817_600_000;
        Self { at, ..Self::default() }
    }

    fn write(&mut self, record: Record) -> &mut Self {
        self.at += 1000;
        self.checker.observe(&Entry { at: self.at, record }, &self.stored);
        self
    }

    fn later(&mut self, span: Millis) -> &mut Self {
        self.at += span;
        self
    }

    fn object(&mut self, bucket: &str, key: &str, record: &Value) -> &mut Self {
        self.stored
            .insert((bucket.into(), key.into()), record.to_string().into_bytes());
        let size = record.to_string().len() as u64;
        let etag = format!("{:x}", record.to_string().len());
        self.write(Record::ObjectCreated {
            bucket: bucket.into(),
            key: key.into(),
            etag,
            size,
            caller: "somebody".into(),
        })
    }

    fn arrive(&mut self, key: &str, etag: &str) -> &mut Self {
        self.write(Record::ObjectCreated {
            bucket: DATA.into(),
            key: key.into(),
            etag: etag.into(),
            size: 3,
            caller: "a person".into(),
        })
    }

    fn freeze(&mut self, slot: &str, change: impl FnOnce(&mut Value)) -> &mut Self {
        let mut manifest = manifest(slot, self.at);
        change(&mut manifest);
        let (project, kind) = (text(&manifest["project"]["project"]), text(&manifest["pipeline"]));
        let key = format!("state/{project}/runs/{kind}/{slot}/manifest.json");
        self.object(WORK, &key, &manifest)
    }

    fn execution(&mut self, slot: &str, arn: &str, status: &str) -> &mut Self {
        let kind = self.checker.history.frozen.get(slot).map_or("training", |frozen| {
            if frozen.kind == "inference" {
                "inference"
            } else {
                "training"
            }
        });
        let manifest = format!("s3://{WORK}/state/a/runs/{kind}/{slot}/manifest.json");
        self.write(Record::Execution {
            arn: arn.into(),
            pipeline: format!("windsock-a-{kind}"),
            display_name: format!("windsock-{slot}"),
            status: status.into(),
            failure: None,
            parameters: json!({ "slot": slot, "manifest": manifest }),
        })
    }

    fn run(&mut self, slot: &str, arn: &str, ends: &str) -> &mut Self {
        self.execution(slot, arn, "Executing").execution(slot, arn, ends)
    }

    fn version(&mut self, version: u64, approval: &str) -> &mut Self {
        self.write(Record::ModelPackage {
            arn: format!("arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-a/{version}"),
            group: "windsock-a".into(),
            version,
            approval: approval.into(),
            status: "Completed".into(),
            caller: "somebody".into(),
        })
    }

    fn champion(&mut self, version: Option<u64>, history: &Value) -> &mut Self {
        let champion = version.map(|version| json!({ "version": version }));
        let since = format!("since {version:?}");
        self.object(
            WORK,
            "state/a/champion.json",
            &json!({ "champion": champion, "since": since, "reason": "approved", "history": history }),
        )
    }

    fn letter(&mut self, subject: &str, body: &str) -> &mut Self {
        self.write(Record::Letter {
            topic: "arn:aws:sns:us-east-1:111122223333:windsock-a".into(),
            protocol: "email".into(),
            endpoint: "m@example.com".into(),
            subject: subject.into(),
            body: body.into(),
            attributes: Value::Null,
        })
    }

    fn log(&mut self, function: &str, line: Value) -> &mut Self {
        self.write(Record::Log {
            function: function.into(),
            line,
        })
    }

    fn metric(&mut self, value: f64) -> &mut Self {
        self.write(Record::Metric {
            namespace: "Windsock".into(),
            name: "DriftScore".into(),
            dimensions: json!({ "Project": "a" }),
            value,
        })
    }

    /// The names of the rules that were broken.
    fn broken(&self) -> BTreeSet<&'static str> {
        self.checker.violations.iter().map(|violation| violation.rule).collect()
    }

    #[track_caller]
    fn breaks(&self, rule: &'static str) {
        assert!(
            self.broken().contains(rule),
            "{rule} is not broken, but {:?}",
            self.checker.violations
        );
    }

    #[track_caller]
    fn holds(&self) {
        assert_eq!(self.checker.violations, [], "this journal is good");
    }

    fn end(&self) -> BTreeSet<&'static str> {
        let projects = ["a".to_owned()];
        let scene = liveness::Scene {
            projects: &projects,
            work_bucket: WORK,
            stored: &self.stored,
        };
        liveness::check(&self.checker.history, &scene)
            .into_iter()
            .map(|(promise, _)| promise)
            .collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn manifest(slot: &str, at: Millis) -> Value {
    let frozen_at = jiff::Timestamp::from_millisecond(at).unwrap().to_string();
    json!({
        "pipeline": "training", "slot": slot, "frozen_at": frozen_at, "cause": "first", "predecessor": "genesis",
        "failures_before": 0, "reads": [{ "key": format!("training/a/{slot}.csv"), "etag": "e", "size": 3 }], "champion": null,
        "project": {
            "project": "a",
            "training": { "cooldown_s": 3600, "per_day": 4, "retries": 2 },
            "inference": { "per_day": 4, "retries": 2 },
            "drift": { "cooldown_s": 7200 },
        },
    })
}

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
    let told = include_str!("../../../ARCHITECTURE.md");
    for rule in rules() {
        let row = format!("| `{}` ({}) | {} |", rule.name, rule.invariant, rule.sentence);
        assert!(told.contains(&row), "ARCHITECTURE.md has no row {row}");
    }
    for (name, invariant, sentence) in liveness::PROMISES {
        let row = format!("| `{name}` ({invariant}) | {sentence} |");
        assert!(told.contains(&row), "ARCHITECTURE.md has no row {row}");
    }
}

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
