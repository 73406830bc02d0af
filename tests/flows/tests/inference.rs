//! What is scored, by whom, and how often.

use jiff::SignedDuration;
use windsock_events::facts::{Cause, PipelineKind::Inference};
use windsock_flows::{Fault, Flow, project};
use windsock_world::Record;

const FLIGHTS: &str = "flight-delay";

async fn with_champion(yaml: &str) -> Flow {
    let mut aws = Flow::with(&[yaml]).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws
}

#[tokio::test]
async fn a_burst_of_input_is_scored_in_one_run() {
    let mut aws = with_champion(&project(FLIGHTS)).await;
    aws.upload_many("inference/flight-delay/", 20).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].reads.len(), 20);
}

#[tokio::test]
async fn a_batch_that_a_person_stops_while_it_is_scored_is_scored_by_the_next_run() {
    let mut aws = with_champion(&project(FLIGHTS)).await;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    let is_scored = |aws: &mut Flow| {
        let steps = aws.journal().iter();
        steps.rev().any(|entry| matches!(&entry.record, Record::Step { step, status, .. } if step == "Transform" && status == "Executing"))
    };
    while !is_scored(&mut aws) {
        aws.advance(SignedDuration::from_secs(20)).await;
    }
    aws.stop_run(FLIGHTS, Inference).await;
    aws.settle().await;
    aws.advance(SignedDuration::from_hours(1)).await;
    let runs = aws.executions(FLIGHTS, Inference).await;
    let statuses: Vec<_> = runs.iter().map(|run| run.status.as_str().to_owned()).collect();
    assert_eq!(statuses, ["Stopped", "Succeeded"]);
    let manifests = aws.manifests(FLIGHTS, Inference).await;
    assert_eq!(manifests[0].reads, manifests[1].reads);
}

#[tokio::test]
async fn what_has_arrived_is_scored_within_a_second_after_it_has_settled() {
    let mut aws = with_champion(&project(FLIGHTS)).await;
    let arrived = jiff::Timestamp::from_millisecond(aws.now()).unwrap();
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    let settle_s = runs[0].project.inference.as_ref().unwrap().settle_s;
    let waited_ms = runs[0].frozen_at.duration_since(arrived).as_millis();
    let late_ms = waited_ms - i128::from(settle_s) * 1000;
    assert!((0..=1000).contains(&late_ms), "{late_ms} ms late");
    assert_eq!(aws.told("HintDue"), 0, "the sweep had nothing to ask for");
}

#[tokio::test]
async fn a_crash_between_the_start_and_its_marker_scores_nothing_twice() {
    let mut aws = with_champion(&project(FLIGHTS)).await;
    aws.fault("PUT /runs/inference/ /started.json", Fault::Crash);
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 1);
}

#[tokio::test]
async fn an_overwritten_file_is_scored_again_and_nothing_else_is() {
    let mut aws = with_champion(&project(FLIGHTS)).await;
    aws.upload_many("inference/flight-delay/", 2).await;
    aws.settle().await;
    aws.upload("inference/flight-delay/001.csv", "corrected").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    let reads: Vec<usize> = runs.iter().map(|run| run.reads.len()).collect();
    assert_eq!(reads, [2, 1]);
}

#[tokio::test]
async fn input_of_a_project_without_arrival_waits_for_the_schedule() {
    let scheduled = project(FLIGHTS).replace(
        "on_arrival: true",
        "on_arrival: false\n  schedule: \"cron(0 6 * * ? *)\"\n  timezone: America/New_York",
    );
    let mut aws = with_champion(&scheduled).await;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 0);
    aws.advance(jiff::SignedDuration::from_hours(24)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    assert_eq!(runs.iter().map(|run| run.cause).collect::<Vec<_>>(), [Cause::Schedule]);
    assert_eq!(
        runs[0].frozen_at.to_string(),
        "2013-04-02T10:00:01Z",
        "six in the morning in New York, and the second for which the queue collects hints"
    );
}

#[tokio::test]
async fn no_more_runs_a_day_than_the_project_pays_for() {
    let mut aws = with_champion(&project(FLIGHTS).replace("on_arrival: true", "on_arrival: true\n  per_day: 2")).await;
    for batch in 0..4 {
        aws.upload(
            &format!("inference/flight-delay/{batch}.csv"),
            &format!("batch {batch}"),
        )
        .await;
        aws.settle().await;
    }
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 2);
    aws.advance(jiff::SignedDuration::from_hours(26)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    let reads: Vec<usize> = runs.iter().map(|run| run.reads.len()).collect();
    assert_eq!(reads, [1, 1, 2], "what had to wait is scored together, the next day");
}
