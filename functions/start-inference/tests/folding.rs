//! The samples under `events/start-inference/`, folded.

use aws_lambda_events::sqs::SqsEvent;
use expect_test::{Expect, expect};
use windsock_effects::Config;
use windsock_effects_runs::fold;
use windsock_events::facts::PipelineKind;

fn config() -> Config {
    let variable = |name: &str| {
        let value = match name {
            "WINDSOCK_NAME_PREFIX" => "windsock",
            "WINDSOCK_DATA_BUCKET" => "windsock-data-111122223333-us-east-1",
            "WINDSOCK_TIMEOUT_S" => "120",
            _ => "x",
        };
        Some(value.to_owned())
    };
    Config::from_variables(variable).unwrap()
}

fn sample(name: &str) -> SqsEvent {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check(event: &SqsEvent, expected: Expect) {
    let batch = fold(&config(), PipelineKind::Inference, event).unwrap();
    let mut told: Vec<String> = Vec::new();
    for (project, hints) in &batch.projects {
        let tick = hints.tick.map_or(String::new(), |tick| format!(", tick {tick}"));
        let messages = hints.message_ids.len();
        told.push(format!(
            "{project}: {messages} messages, {} objects{tick}",
            hints.objects.len()
        ));
    }
    let (returned, not_ours) = (batch.returned.len(), batch.not_ours);
    told.push(format!("{returned} broken, {not_ours} not ours"));
    expected.assert_eq(&told.join("; "));
}

#[test]
fn its_own_samples_wake_the_project() {
    let hint = || expect!["flight-delay: 1 messages, 0 objects; 0 broken, 0 not ours"];
    for name in ["model-promoted", "run-succeeded", "hint-due", "own-delayed-hint"] {
        check(&sample(&format!("start-inference/{name}")), hint());
    }
    check(
        &sample("start-inference/schedule-tick"),
        expect!["flight-delay: 1 messages, 0 objects, tick 2013-04-01T10:00:00Z; 0 broken, 0 not ours"],
    );
    check(
        &sample("start-inference/arrival"),
        expect!["flight-delay: 1 messages, 1 objects; 0 broken, 0 not ours"],
    );
    check(
        &sample("start-inference/unknown-project"),
        expect!["nobody: 1 messages, 1 objects; 0 broken, 0 not ours"],
    );
}

#[test]
fn a_burst_is_one_question() {
    check(
        &sample("start-inference/burst"),
        expect!["flight-delay: 3 messages, 3 objects; 0 broken, 0 not ours"],
    );
}

#[test]
fn a_broken_message_does_not_hold_up_the_others() {
    check(
        &sample("start-inference/mixed-batch-with-one-broken"),
        expect!["flight-delay: 2 messages, 1 objects; 1 broken, 0 not ours"],
    );
}

#[test]
fn hints_to_train_are_not_ours() {
    for name in [
        "arrival",
        "drift-confirmed",
        "run-succeeded",
        "schedule-tick",
        "own-delayed-hint",
    ] {
        check(
            &sample(&format!("start-training/{name}")),
            expect!["0 broken, 1 not ours"],
        );
    }
}

#[test]
fn no_message_returns_because_the_batch_has_many_projects() {
    let mut batch = SqsEvent::default();
    for number in 0..50 {
        let mut message = sample("start-inference/arrival").records.remove(0);
        let body = message
            .body
            .take()
            .unwrap()
            .replace("flight-delay/", &format!("project-{number}/"));
        message.body = Some(body);
        message.message_id = Some(format!("message-{number}"));
        batch.records.push(message);
    }
    let folded = fold(&config(), PipelineKind::Inference, &batch).unwrap();
    assert_eq!((folded.projects.len(), folded.returned.len()), (50, 0));
    let answer = folded.answer();
    assert_eq!(answer["batchItemFailures"].as_array().map(Vec::len), Some(0));
}
