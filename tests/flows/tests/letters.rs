//! What people read, and how often.

use expect_test::expect;
use jiff::SignedDuration;
use windsock_events::facts::PipelineKind::{Inference, Training};
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
async fn a_failing_run_is_told_once_when_its_files_are_parked() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.failing = Some(("Train", "out of memory"));
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 3);
    let letters = mailbox(&mut aws);
    expect![[r#"
        managers@example.com: flight-delay: training run failed, its files are parked
    "#]]
    .assert_eq(&letters);
    let letter = aws.last_letter();
    assert!(letter.contains("The step Train failed"), "{letter}");
    // What the letter says: another file makes it another case.
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(26)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 6);
    assert_eq!(mailbox(&mut aws), letters.repeat(2));
    aws.deliver_everything_again().await;
    assert_eq!(mailbox(&mut aws), letters.repeat(2));
}

#[tokio::test]
async fn data_that_keeps_coming_lets_nothing_fail_in_silence() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.failing = Some(("Train", "out of memory"));
    for file in 1..=7 {
        // No set of files is tried a second time: the next file comes within the pause.
        aws.upload(&format!("training/flight-delay/{file}.csv"), "one more")
            .await;
        aws.advance(SignedDuration::from_mins(11)).await;
    }
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert!(runs.len() > 3 && runs.iter().all(|run| run.failures_before == 0));
    expect![[r#"
        managers@example.com: flight-delay: training run failed, like the 2 before it
    "#]]
    .assert_eq(&mailbox(&mut aws));
}

#[tokio::test]
async fn failing_inference_is_told_once_when_its_input_is_parked() {
    let mut aws = with_champion().await;
    let before = mailbox(&mut aws);
    aws.lab.failing = Some(("Prepare", "no such column"));
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 3);
    expect![[r#"
        managers@example.com: flight-delay: inference run failed, its files are parked
    "#]]
    .assert_eq(&mailbox(&mut aws)[before.len()..]);
    aws.deliver_everything_again().await;
    assert_eq!(mailbox(&mut aws).lines().count(), before.lines().count() + 1);
}

#[tokio::test]
async fn stopping_a_run_is_a_try_and_only_the_last_one_is_told() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    for stops in 1..=3 {
        while aws.executions(FLIGHTS, Training).await.len() < stops {
            aws.advance(SignedDuration::from_mins(2)).await;
        }
        assert_eq!(mailbox(&mut aws), "");
        aws.stop_run(FLIGHTS, Training).await;
    }
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 3);
    expect![[r#"
        managers@example.com: flight-delay: training run was stopped, its files are parked
    "#]]
    .assert_eq(&mailbox(&mut aws));
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
