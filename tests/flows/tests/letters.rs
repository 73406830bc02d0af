//! What people read, and how often.

use expect_test::expect;
use jiff::SignedDuration;
use windsock_flows::{Fault, Flow};

const FLIGHTS: &str = "flight-delay";

/// Recipients and subjects so far, one line a letter, without the fact's id.
fn mailbox(aws: &mut Flow) -> String {
    let letters = aws.letters();
    letters
        .iter()
        .map(|(to, subject)| format!("{to}: {}\n", subject.split(" [").next().unwrap_or_default()))
        .collect()
}

async fn with_champion() -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws
}

#[tokio::test]
async fn every_letter_of_the_first_champion_is_written_once() {
    let mut aws = with_champion().await;
    let letters = mailbox(&mut aws);
    expect![[r#"
        approvers@example.com: flight-delay: version 1 waits for your approval
        managers@example.com: flight-delay: version 1 is the new champion
    "#]]
    .assert_eq(&letters);
    aws.deliver_everything_again().await;
    assert_eq!(mailbox(&mut aws), letters);
}

#[tokio::test]
async fn a_losing_challenger_writes_a_letter_and_no_version() {
    let mut aws = with_champion().await;
    let before = aws.letters().len();
    aws.lab.challenger_wins = false;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    let letters = aws.letters();
    let new: Vec<&(String, String)> = letters.iter().skip(before).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(new[0].0, "managers@example.com");
    assert_eq!(aws.versions(FLIGHTS).await.len(), 1);
    aws.deliver_everything_again().await;
    assert_eq!(aws.letters().len(), letters.len());
}

#[tokio::test]
async fn a_drift_and_its_end_are_told_once_each() {
    let mut aws = with_champion().await;
    let before = mailbox(&mut aws);
    aws.lab.drift_score = 3.0;
    aws.upload("inference/flight-delay/1.csv", "batch 1").await;
    aws.settle().await;
    aws.lab.drift_score = 0.1;
    aws.upload("inference/flight-delay/2.csv", "batch 2").await;
    aws.settle().await;
    let letters = mailbox(&mut aws);
    expect![[r#"
        managers@example.com: flight-delay: the input has drifted on 1 column
        managers@example.com: flight-delay: the input is well again
    "#]]
    .assert_eq(&letters[before.len()..]);
    aws.deliver_everything_again().await;
    assert_eq!(mailbox(&mut aws), letters);
}

#[tokio::test]
async fn every_failed_run_is_told_once() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.failing = Some(("Train", "out of memory"));
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(48)).await;
    let letters = mailbox(&mut aws);
    expect![[r#"
        managers@example.com: flight-delay: training run failed
        managers@example.com: flight-delay: training run failed
        managers@example.com: flight-delay: training run failed
    "#]]
    .assert_eq(&letters);
    aws.deliver_everything_again().await;
    assert_eq!(mailbox(&mut aws), letters);
}

#[tokio::test]
async fn a_crash_right_after_publishing_repeats_a_letter_at_most_once() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.fault("PUT /letters/ /sent.json", Fault::Crash);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    aws.deliver_everything_again().await;
    let wanted: Vec<_> = aws
        .letters()
        .into_iter()
        .filter(|(to, _)| to.starts_with("approvers"))
        .collect();
    assert!((1..=2).contains(&wanted.len()), "{wanted:?}");
}
