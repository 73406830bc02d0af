//! What S3 alone shows of a run: its end as it was heard counts, its last report only while nobody has heard.

mod script;

use script::{ABSENT, Script};
use windsock_decisions::{
    Project,
    state::{Arrival, Manifest, Rejection, Rejections},
};
use windsock_effects_s3::{
    Listed,
    waiting::{self, NewestRun},
};
use windsock_events::facts::{Cause, PipelineKind};

const SLOT: &str = "s1";

fn manifest() -> String {
    let yaml = "project: demo\ndata: { label: late }\ntraining: { objective: { metric: auc } }";
    let manifest = Manifest {
        format: 1,
        pipeline: PipelineKind::Training,
        slot: SLOT.into(),
        frozen_at: jiff::Timestamp::UNIX_EPOCH,
        cause: Cause::Arrival,
        predecessor: "genesis".into(),
        project: Project::from_yaml(yaml).unwrap(),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        reads: Vec::new(),
        accounts_for: Vec::new(),
        failures_before: 0,
        failures_in_a_row: 0,
        incident: None,
        champion: None,
        recent_starts: Vec::new(),
    };
    serde_json::to_string(&manifest).unwrap()
}

fn heard(status: &str) -> String {
    format!(r#"{{"format":1,"slot":"{SLOT}","status":"{status}","heard_at":"2013-03-01T09:00:00Z"}}"#)
}

async fn is_finished(answers: &[(u16, &str)]) -> bool {
    let manifest = manifest();
    let mut script = vec![(200, manifest.as_str())];
    script.extend(answers);
    let script = Script::new(&script);
    let run = waiting::run(&script.store(), PipelineKind::Training, "demo", SLOT).await;
    let asked = script.requests().iter().any(|request| request.starts_with("HEAD"));
    assert_eq!(
        asked,
        answers[0].0 == 404,
        "the report is asked for while nobody has heard"
    );
    run.unwrap().unwrap().finished
}

#[tokio::test]
async fn a_run_that_left_its_last_report_and_was_heard_to_fail_is_not_finished() {
    assert!(!is_finished(&[(200, &heard("Failed")), (404, ABSENT)]).await);
    assert!(is_finished(&[(200, &heard("Succeeded")), (404, ABSENT)]).await);
}

#[tokio::test]
async fn while_nobody_has_heard_the_last_report_tells() {
    assert!(is_finished(&[(404, ABSENT), (200, ""), (404, ABSENT)]).await);
    assert!(!is_finished(&[(404, ABSENT), (404, ""), (404, ABSENT)]).await);
}

#[test]
fn a_batch_is_what_a_run_read_could_use_and_is_still_there() {
    let arrival = |name: &str| Arrival {
        key: format!("inference/demo/{name}"),
        etag: "e".into(),
        size: 3,
    };
    let mut manifest: Manifest = serde_json::from_str(&manifest()).unwrap();
    manifest.reads = vec![arrival("1.csv"), arrival("2.csv")];
    let rejections = Rejections {
        rejections: vec![Rejection {
            key: arrival("2.csv").key,
            etag: "e".into(),
            size: 3,
            reason: "it is empty".into(),
        }],
        ..Rejections::default()
    };
    let run = NewestRun {
        manifest,
        finished: true,
        rejections,
    };
    let there = |name: &str, etag: &str| Listed {
        key: arrival(name).key,
        etag: etag.into(),
        size: 3,
        last_modified: jiff::Timestamp::UNIX_EPOCH,
    };
    assert!(run.has_batch_among(&[there("0.csv", "e"), there("1.csv", "e")]));
    assert!(!run.has_batch_among(&[there("1.csv", "other")]), "overwritten");
    assert!(!run.has_batch_among(&[there("2.csv", "e")]), "rejected");
}
