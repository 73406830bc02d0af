//! When training starts, and when it does not.

use expect_test::expect;
use jiff::SignedDuration;
use windsock_events::facts::{Cause, PipelineKind::Training};
use windsock_flows::{Fault, Flow, project};

const FLIGHTS: &str = "flight-delay";

#[tokio::test]
async fn a_burst_of_files_starts_one_training() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload_many("training/flight-delay/2013-03/", 40).await;
    aws.settle().await;
    expect![[r#"
        start-training: started the training of flight-delay on 40 objects
    "#]]
    .assert_eq(&aws.story());
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
    assert_eq!(aws.versions(FLIGHTS).await.len(), 1);
}

#[tokio::test]
async fn a_file_that_arrives_during_a_run_is_learned_from_by_the_next_one() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_mins(8)).await;
    assert_eq!(
        aws.executions(FLIGHTS, Training).await.len(),
        1,
        "the first run is under way"
    );
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.settle().await;
    aws.advance(SignedDuration::from_hours(6)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    let reads: Vec<usize> = runs.iter().map(|run| run.reads.len()).collect();
    assert_eq!(reads, [1, 2], "the second run learns from the whole window");
    assert_eq!(runs[1].accounts_for, runs[0].reads);
}

#[tokio::test]
async fn a_crash_between_the_start_and_its_marker_starts_nothing_twice() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.fault("PUT /started.json", Fault::Crash);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
    expect![[r#"
        start-training: started the training of flight-delay on 1 objects
        start-training: record-start for flight-delay
    "#]]
    .assert_eq(&aws.story());
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_starts_nothing_twice() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.fault("SageMaker.StartPipelineExecution", Fault::CrashAfter);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
}

#[tokio::test]
async fn an_internal_error_of_s3_is_retried_by_the_client_and_nobody_notices() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.fault("PUT /manifest.json", Fault::InternalError);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    assert_eq!(
        aws.story(),
        "start-training: started the training of flight-delay on 1 objects\n"
    );
}

#[tokio::test]
async fn a_run_that_a_person_stopped_accounts_for_nothing() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_mins(8)).await;
    aws.stop_run(FLIGHTS, Training).await;
    aws.settle().await;
    aws.advance(SignedDuration::from_hours(7)).await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(
        runs.len(),
        2,
        "what it would have learned from is learned from by the next run"
    );
    assert_eq!(runs[1].reads, runs[0].reads);
    assert_eq!(runs[1].accounts_for, []);
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}

#[tokio::test]
async fn a_run_that_a_person_started_is_not_a_predecessor() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.start_run_by_hand(FLIGHTS, Training).await;
    aws.settle().await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    aws.deliver_everything_again().await;
    let executions = aws.executions(FLIGHTS, Training).await;
    assert_eq!(executions.len(), 3);
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[1].predecessor, executions[0].arn);
}

#[tokio::test]
async fn one_unusable_file_is_rejected_once_and_blocks_nobody() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.unusable.push("001.csv".to_owned());
    aws.upload_many("training/flight-delay/", 3).await;
    aws.settle().await;
    aws.upload("training/flight-delay/later.csv", "later").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    let reads: Vec<usize> = runs.iter().map(|run| run.reads.len()).collect();
    assert_eq!(reads, [3, 3], "the second run reads what is usable, and the new file");
    assert!(!runs[1].reads.iter().any(|read| read.key.ends_with("001.csv")));
}

#[tokio::test]
async fn a_failing_run_is_retried_a_few_times_and_new_data_starts_the_count_again() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.failing = Some(("Train", "out of memory"));
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(48)).await;
    let tries = aws.executions(FLIGHTS, Training).await.len();
    assert!((2..=4).contains(&tries), "{tries} tries:\n{}", aws.story());
    assert!(aws.stand_downs("start-training").contains(&"retries-spent".to_owned()));
    aws.lab.failing = None;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.settle().await;
    assert_eq!(aws.versions(FLIGHTS).await.len(), 1);
    let tries = aws.executions(FLIGHTS, Training).await.len();
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), tries);
}

#[tokio::test]
async fn project_a_never_wakes_ab() {
    let mut aws = Flow::with(&[&project("a"), &project("ab")]).await;
    aws.upload("training/ab/1.csv", "first").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions("ab", Training).await.len(), 1);
    assert_eq!(aws.executions("a", Training).await.len(), 0);
    aws.upload("training/a/1.csv", "first").await;
    aws.settle().await;
    aws.approve("ab", 1).await;
    aws.settle().await;
    assert_eq!((aws.champion("a").await, aws.champion("ab").await), (None, Some(1)));
    let runs = aws.manifests("a", Training).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].cause, Cause::First);
    assert_eq!(runs[0].reads[0].key, "training/a/1.csv");
}

#[tokio::test]
async fn a_file_that_changes_after_the_freeze_is_learned_from_by_the_next_run() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    // The run is frozen on both files; one is overwritten before the first job has listed its input.
    aws.fault("POST SageMaker.StartPipelineExecution", Fault::Crash);
    aws.upload_many("training/flight-delay/", 2).await;
    aws.advance(SignedDuration::from_mins(10)).await;
    assert!(aws.faults_struck());
    aws.upload("training/flight-delay/001.csv", "corrected").await;
    aws.settle().await;
    aws.advance(SignedDuration::from_hours(7)).await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(runs.len(), 2);
    let corrected = runs[1]
        .reads
        .iter()
        .find(|read| read.key.ends_with("001.csv"))
        .expect("it is read again");
    assert!(!runs[0].reads.contains(corrected));
    assert_eq!(
        runs[1].accounts_for.len(),
        1,
        "only what the first run could use is accounted for"
    );
}
