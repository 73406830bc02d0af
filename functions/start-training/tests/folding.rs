//! The samples under `events/start-training/`, folded.

use aws_lambda_events::sqs::SqsEvent;
use expect_test::{Expect, expect};
use windsock_effects::Config;
use windsock_effects_runs::{Batch, Room, fold};
use windsock_events::facts::PipelineKind;

fn config() -> Config {
    let variable = |name: &str| {
        let value = match name {
            "WINDSOCK_NAME_PREFIX" => "windsock",
            "WINDSOCK_DATA_BUCKET" => "windsock-data-111122223333-us-east-1",
            "WINDSOCK_WORK_BUCKET" => "windsock-work-111122223333-us-east-1",
            "WINDSOCK_TIMEOUT_S" => "120",
            _ => "x",
        };
        Some(value.to_owned())
    };
    Config::from_variables(variable).unwrap()
}

fn sample(name: &str) -> SqsEvent {
    let path = format!("{}/../../events/start-training/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn folded(event: &SqsEvent) -> Batch {
    fold(&config(), PipelineKind::Training, event).unwrap()
}

fn check(event: &SqsEvent, expected: Expect) {
    let batch = folded(event);
    let mut told: Vec<String> = Vec::new();
    for (project, hints) in &batch.projects {
        let keys: Vec<&str> = hints.objects.iter().map(|object| object.key.as_str()).collect();
        let tick = hints.tick.map_or(String::new(), |tick| format!(", tick {tick}"));
        told.push(format!(
            "{project}: {} messages, objects {keys:?}{tick}",
            hints.message_ids.len()
        ));
    }
    told.push(format!("{} broken, {} not ours", batch.returned.len(), batch.not_ours));
    expected.assert_eq(&told.join("; "));
}

#[test]
fn a_burst_is_one_question() {
    check(
        &sample("burst"),
        expect![[
            r#"flight-delay: 4 messages, objects ["training/flight-delay/2013-02/part-0.csv", "training/flight-delay/2013-02/part-1.csv", "training/flight-delay/2013-02/part-2.csv", "training/flight-delay/2013-02/part-3.csv"]; 0 broken, 0 not ours"#
        ]],
    );
}

#[test]
fn keys_stay_as_they_are() {
    check(
        &sample("odd-key"),
        expect![[
            r#"flight-delay: 1 messages, objects ["training/flight-delay/2013-02/data set+v2 (final) 100%.csv"]; 0 broken, 0 not ours"#
        ]],
    );
    check(
        &sample("unknown-project"),
        expect![[r#"nobody: 1 messages, objects ["training/nobody/part-1.csv"]; 0 broken, 0 not ours"#]],
    );
}

#[test]
fn ends_drift_ticks_and_own_hints_wake_their_project() {
    check(
        &sample("run-of-a-person-stopped"),
        expect![[r#"flight-delay: 1 messages, objects []; 0 broken, 0 not ours"#]],
    );
    check(
        &sample("drift-confirmed"),
        expect![[r#"flight-delay: 1 messages, objects []; 0 broken, 0 not ours"#]],
    );
    check(
        &sample("schedule-tick"),
        expect![[r#"flight-delay: 1 messages, objects [], tick 2013-04-01T06:00:00Z; 0 broken, 0 not ours"#]],
    );
    check(
        &sample("own-delayed-hint"),
        expect![[r#"flight-delay: 1 messages, objects []; 0 broken, 0 not ours"#]],
    );
}

#[test]
fn a_broken_message_does_not_hold_up_the_others() {
    check(
        &sample("mixed-batch-with-one-broken"),
        expect![[
            r#"flight-delay: 2 messages, objects ["training/flight-delay/2013-02/part-1.csv"]; 1 broken, 0 not ours"#
        ]],
    );
}

#[test]
fn what_is_not_ours_is_counted_and_let_go() {
    let mut batch = sample("arrival");
    let mut body: serde_json::Value = serde_json::from_str(batch.records[0].body.as_deref().unwrap()).unwrap();
    body["detail"]["bucket"]["name"] = "somebody-elses".into();
    batch.records[0].body = Some(body.to_string());
    check(&batch, expect!["0 broken, 1 not ours"]);
    check(&SqsEvent::default(), expect!["0 broken, 0 not ours"]);
}

#[test]
fn a_prefix_of_a_name_is_another_project() {
    let mut batch = sample("arrival");
    let body = batch.records[0]
        .body
        .take()
        .unwrap()
        .replace("training/flight-delay/", "training/flight-delays/");
    batch.records[0].body = Some(body);
    check(
        &batch,
        expect![[
            r#"flight-delays: 1 messages, objects ["training/flight-delays/2013-02/part-1.csv"]; 0 broken, 0 not ours"#
        ]],
    );
}

#[test]
fn those_that_came_back_most_often_go_first() {
    let mut batch = sample("arrival");
    let mut again = sample("unknown-project");
    again.records[0]
        .attributes
        .insert("ApproximateReceiveCount".into(), "3".into());
    batch.records.extend(again.records);
    let batch = folded(&batch);
    let order: Vec<&str> = batch.projects.iter().map(|(project, _)| project.as_str()).collect();
    assert_eq!(order, ["nobody", "flight-delay"]);
}

#[test]
fn those_that_wait_longest_go_first() {
    let mut batch = sample("arrival");
    batch.records[0]
        .attributes
        .insert("SentTimestamp".into(), "2000".into());
    let mut earlier = sample("unknown-project");
    earlier.records[0]
        .attributes
        .insert("SentTimestamp".into(), "1000".into());
    batch.records.extend(earlier.records);
    let order: Vec<String> = folded(&batch)
        .projects
        .into_iter()
        .map(|(project, _)| project)
        .collect();
    assert_eq!(order, ["nobody", "flight-delay"]);
}

#[test]
fn hints_of_arrivals_are_told_from_those_that_need_more_than_the_bucket() {
    let more = |name: &str| folded(&sample(name)).projects[0].1.more_than_arrivals;
    assert!(!more("burst") && !more("own-delayed-hint"));
    assert!(more("drift-confirmed") && more("schedule-tick") && more("run-of-a-person-stopped"));
}

#[test]
fn an_invocation_has_room_for_so_many_projects() {
    let mut room = Room::default();
    let taken = (0..1_000).filter(|_| room.take()).count();
    assert_eq!(taken, 40);
}
