//! What comes in and belongs to nobody, or cannot be read at all.

use windsock_events::facts::PipelineKind::Training;
use windsock_flows::Flow;
use windsock_world::Record;

const FLIGHTS: &str = "flight-delay";

#[tokio::test]
async fn a_file_of_an_unknown_project_is_recorded_once_as_a_rejection() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delays/1.csv", "a typing error").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let strangers = aws.strangers().await;
    assert_eq!(strangers.len(), 1);
    assert_eq!(strangers[0].key, "training/flight-delays/1.csv");
    assert_eq!(strangers[0].reason, "there is no project `flight-delays`");
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 0);
}

#[tokio::test]
async fn poison_ends_in_the_dead_letters_while_others_go_on() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.send_poison("{ this is no event").await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
    aws.advance(jiff::SignedDuration::from_hours(2)).await;
    let dead = aws.dead_letters();
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0].0, "windsock-training-hints-dead-letters");
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
}

#[tokio::test]
async fn keys_with_strange_characters_are_learned_from_like_any_other() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let names = [
        "red flower.csv",
        "a+b.csv",
        "100%.csv",
        "a%2Fb.csv",
        "日本語.csv",
        "a//b.csv",
    ];
    for name in names {
        aws.upload(&format!("training/flight-delay/{name}"), name).await;
    }
    aws.settle().await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].reads.len(), names.len());
    assert!(aws.executions(FLIGHTS, Training).await[0].status.is_succeeded());
}

#[tokio::test]
async fn nothing_that_we_write_wakes_us_as_an_arrival() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    let mut written = 0;
    for entry in aws.journal() {
        let Record::Event {
            detail_type,
            detail,
            matched,
            ..
        } = &entry.record
        else {
            continue;
        };
        let bucket = detail["bucket"]["name"].as_str().unwrap_or_default();
        if detail_type != "Object Created" || !bucket.contains("-work-") {
            continue;
        }
        written += 1;
        let report = detail["object"]["key"]
            .as_str()
            .is_some_and(|key| key.ends_with("/monitor/drift.json"));
        let expected: &[&str] = if report {
            &["windsock-publish-drift-report-written"]
        } else {
            &[]
        };
        assert_eq!(matched, expected, "{detail}");
    }
    assert!(written > 20, "the loop went round: {written} objects");
}
