//! Events are hints: whatever is lost, the sweep finds what should have happened.

use jiff::SignedDuration;
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_flows::{Flow, OF_ARRIVALS};

const FLIGHTS: &str = "flight-delay";

/// A project with version 1 trained and nobody's word on it.
async fn trained() -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws
}

#[tokio::test]
async fn losing_every_event_of_an_arrival_is_repaired_by_the_sweep() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.events_are_lost(&OF_ARRIVALS);
    aws.upload_many("training/flight-delay/", 3).await;
    aws.advance(SignedDuration::from_mins(10)).await;
    assert_eq!(aws.story(), "");
    aws.settle().await;
    assert_eq!(
        aws.story(),
        "start-training: started the training of flight-delay on 3 objects\n"
    );
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
}

#[tokio::test]
async fn an_approval_of_which_nobody_heard_is_found_by_the_sweep() {
    let mut aws = trained().await;
    aws.events_are_lost(&["promote-model-package-changed"]);
    aws.approve(FLIGHTS, 1).await;
    aws.advance(SignedDuration::from_mins(20)).await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
    aws.deliver_everything_again().await;
    assert_eq!(aws.told("ModelPromoted"), 1);
}

#[tokio::test]
async fn a_rejection_of_which_nobody_heard_is_found_by_the_sweep() {
    let mut aws = trained().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.events_are_lost(&["promote-model-package-changed"]);
    aws.reject(FLIGHTS, 1).await;
    aws.advance(SignedDuration::from_mins(20)).await;
    assert_eq!(aws.champion(FLIGHTS).await, None);
    aws.deliver_everything_again().await;
    assert_eq!(aws.told("ChampionWithdrawn"), 1);
}

#[tokio::test]
async fn input_of_which_nobody_heard_is_scored_after_the_sweep() {
    let mut aws = trained().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.events_are_lost(&OF_ARRIVALS);
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 1);
}

#[tokio::test]
async fn a_report_and_an_alarm_of_which_nobody_heard_are_found_by_the_sweep() {
    let mut aws = trained().await;
    aws.approve(FLIGHTS, 1).await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.settle().await;
    let reports = ["publish-drift-report-written", "publish-drift-inference-ended"];
    aws.events_are_lost(&reports);
    aws.events_are_lost(&["respond-to-drift-alarm-changed"]);
    aws.lab.drift_score = 3.0;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    assert_eq!(aws.incidents(FLIGHTS).await.len(), 1);
    aws.deliver_everything_again().await;
    assert_eq!(aws.incidents(FLIGHTS).await.len(), 1);
}

#[tokio::test]
async fn the_end_of_a_run_of_which_nobody_heard_loses_no_file() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_mins(8)).await;
    aws.events_are_lost(&["training-ended"]);
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    let reads: Vec<usize> = runs.iter().map(|run| run.reads.len()).collect();
    assert_eq!(reads, [1, 2]);
}

#[tokio::test]
async fn a_failure_of_which_nobody_heard_is_tried_again() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    // It fails beside the steps that lead to the evaluation, by which the sweep tells a run that succeeded.
    aws.lab.failing = Some(("Baseline", "out of memory"));
    aws.events_are_lost(&["training-ended"]);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_mins(20)).await;
    aws.lab.failing = None;
    aws.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
    assert_eq!(aws.versions(FLIGHTS).await.len(), 1);
}

fn failures_told(aws: &mut Flow) -> usize {
    let letters = aws.letters();
    letters.iter().filter(|(_, subject)| subject.contains("failed")).count()
}

#[tokio::test]
async fn ends_of_which_nobody_heard_are_told_once() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let of_ends = ["training-ended", "notify-run-ended", "notify-step-failed"];
    aws.events_are_lost(&of_ends);
    aws.lab.failing = Some(("Evaluate", "out of memory"));
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(12)).await;
    // It is tried again until its files are parked; then the managers hear: this project names no engineers.
    assert!(aws.executions(FLIGHTS, Training).await.len() > 1);
    assert_eq!(failures_told(&mut aws), 1);
    aws.deliver_everything_again().await;
    assert_eq!(failures_told(&mut aws), 1);
}

#[tokio::test]
async fn a_promotion_told_late_is_the_letter_of_its_own_reign() {
    let mut aws = trained().await;
    aws.approve(FLIGHTS, 1).await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    // Beyond the cool-down.
    aws.advance(SignedDuration::from_hours(7)).await;
    for _ in 0..2 {
        aws.approve(FLIGHTS, 2).await;
        aws.settle().await;
        aws.reject(FLIGHTS, 2).await;
        aws.settle().await;
    }
    let letters = aws.letters();
    let back = letters
        .iter()
        .filter(|(_, subject)| subject.contains("back to version 1"));
    assert!(back.count() >= 2, "{letters:?}");
    aws.deliver_everything_again().await;
    assert_eq!(aws.letters(), letters);
}

#[tokio::test]
async fn everything_of_ours_may_be_lost_and_the_loop_still_goes_round() {
    let mut aws = trained().await;
    let ours = [
        "training-data-arrived",
        "inference-input-arrived",
        "training-ended",
        "inference-ended",
        "promote-model-package-changed",
        "publish-drift-report-written",
        "publish-drift-inference-ended",
        "respond-to-drift-alarm-changed",
    ];
    aws.events_are_lost(&ours);
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.approve(FLIGHTS, 1).await;
    aws.advance(SignedDuration::from_hours(12)).await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 1);
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}
