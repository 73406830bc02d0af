//! A pipeline that was deleted and made again under its name: SageMaker has forgotten its runs, and the bucket has not.

use jiff::SignedDuration;
use windsock_events::facts::{
    Cause,
    PipelineKind::{self, Inference, Training},
};
use windsock_flows::{Flow, project};

const FLIGHTS: &str = "flight-delay";

async fn make_again(aws: &mut Flow, kind: PipelineKind, yaml: &str) {
    aws.delete_pipeline(FLIGHTS, kind).await;
    aws.advance(SignedDuration::from_mins(1)).await;
    aws.apply_project(yaml).await;
}

/// Files that each run since then reads, and those it finds accounted for.
async fn reads(aws: &Flow, kind: PipelineKind) -> Vec<(usize, usize)> {
    let runs = aws.manifests(FLIGHTS, kind).await;
    runs.iter()
        .map(|run| (run.reads.len(), run.accounts_for.len()))
        .collect()
}

#[tokio::test]
async fn what_was_learned_is_not_learned_again() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.unusable.push("001.csv".to_owned());
    aws.upload_many("training/flight-delay/", 3).await;
    aws.settle().await;
    make_again(&mut aws, Training, &project(FLIGHTS)).await;
    aws.settle().await;
    assert_eq!(reads(&aws, Training).await, []);
    // What comes now is learned together with what was usable, for the arrival's sake: it is not the first run.
    aws.upload("training/flight-delay/later.csv", "later").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    assert_eq!(reads(&aws, Training).await, [(3, 3)]);
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(
        (runs[0].cause, runs[0].predecessor.as_str()),
        (Cause::Arrival, "genesis")
    );
    aws.upload("training/flight-delay/last.csv", "last").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    aws.deliver_everything_again().await;
    assert_eq!(reads(&aws, Training).await, [(3, 3), (4, 4)]);
}

#[tokio::test]
async fn what_was_scored_is_not_scored_again() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    make_again(&mut aws, Inference, &project(FLIGHTS)).await;
    aws.upload("inference/flight-delay/2.csv", "batch").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    assert_eq!(reads(&aws, Inference).await, [(1, 1)]);
}

#[tokio::test]
async fn a_days_budget_is_not_given_twice() {
    let yaml = project(FLIGHTS)
        .replace("per_day: 4", "per_day: 2")
        .replace("cooldown: 6h", "cooldown: 0m");
    let mut aws = Flow::with(&[&yaml]).await;
    for file in ["1.csv", "2.csv"] {
        aws.upload(&format!("training/flight-delay/{file}"), file).await;
        aws.advance(SignedDuration::from_hours(2)).await;
    }
    assert_eq!(reads(&aws, Training).await, [(1, 0), (2, 1)]);
    make_again(&mut aws, Training, &yaml).await;
    aws.upload("training/flight-delay/3.csv", "third").await;
    aws.advance(SignedDuration::from_hours(18)).await;
    assert_eq!(reads(&aws, Training).await, []);
    // The day after the first run: its place is free, the second one's is not.
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(reads(&aws, Training).await, [(3, 2)]);
    aws.upload("training/flight-delay/4.csv", "fourth").await;
    aws.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(reads(&aws, Training).await, [(3, 2)]);
    aws.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(reads(&aws, Training).await, [(3, 2), (4, 3)]);
}

#[tokio::test]
async fn what_was_parked_stays_parked() {
    let yaml = project(FLIGHTS);
    let mut aws = Flow::with(&[&yaml]).await;
    aws.lab.failing = Some(("Train", "out of memory"));
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 3);
    make_again(&mut aws, Training, &yaml).await;
    aws.advance(SignedDuration::from_hours(26)).await;
    assert_eq!(reads(&aws, Training).await, []);
    aws.lab.failing = None;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.settle().await;
    assert_eq!(reads(&aws, Training).await, [(2, 0)]);
}
