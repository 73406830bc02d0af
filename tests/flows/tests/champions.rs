//! Who becomes champion, and who does not.

use expect_test::expect;
use jiff::SignedDuration;
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_flows::Flow;

const FLIGHTS: &str = "flight-delay";

/// Versions 1 to `versions`, each trained on one more file, none of them approved.
async fn trained(versions: u32) -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for version in 1..=versions {
        aws.upload(
            &format!("training/flight-delay/{version}.csv"),
            &format!("file {version}"),
        )
        .await;
        aws.settle().await;
        aws.advance(SignedDuration::from_hours(7)).await;
    }
    assert_eq!(aws.versions(FLIGHTS).await.len(), versions as usize);
    aws
}

#[tokio::test]
async fn an_approval_delivered_twice_promotes_once() {
    let mut aws = trained(1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let record = aws.champion_record(FLIGHTS).await.expect("a champion");
    assert_eq!(record.champion.map(|champion| champion.version), Some(1));
    assert_eq!(record.history, []);
    assert_eq!(aws.told("ModelPromoted"), 1, "{}", aws.story());
}

#[tokio::test]
async fn a_losing_challenger_is_no_failure_and_makes_no_version() {
    let mut aws = trained(1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.lab.challenger_wins = false;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    aws.deliver_everything_again().await;
    let runs = aws.executions(FLIGHTS, Training).await;
    assert_eq!(runs.len(), 2);
    assert!(runs[1].status.is_succeeded());
    assert_eq!(aws.versions(FLIGHTS).await.len(), 1);
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
}

#[tokio::test]
async fn a_rejected_champion_falls_back_to_the_one_before_it() {
    let mut aws = trained(2).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.approve(FLIGHTS, 2).await;
    aws.settle().await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(2));
    aws.reject(FLIGHTS, 2).await;
    aws.settle().await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
    aws.reject(FLIGHTS, 1).await;
    aws.settle().await;
    assert_eq!(aws.champion(FLIGHTS).await, None);
    expect![[r#"
        start-training: started the training of flight-delay on 1 objects
        start-training: started the training of flight-delay on 2 objects
        promote-model: promote for flight-delay
        promote-model: promote for flight-delay
        promote-model: promote for flight-delay
        promote-model: withdraw for flight-delay
    "#]]
    .assert_eq(&aws.story());
    aws.deliver_everything_again().await;
    assert_eq!(aws.champion(FLIGHTS).await, None);
}

#[tokio::test]
async fn an_older_version_approved_late_does_not_replace_the_champion() {
    let mut aws = trained(2).await;
    aws.approve(FLIGHTS, 2).await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(2));
}

#[tokio::test]
async fn a_promotion_scores_the_newest_batch_again_and_nothing_else() {
    let mut aws = trained(2).await;
    aws.upload("inference/flight-delay/1.csv", "batch 1").await;
    aws.settle().await;
    assert_eq!(
        aws.executions(FLIGHTS, Inference).await.len(),
        0,
        "nobody may score yet"
    );
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.upload("inference/flight-delay/2.csv", "batch 2").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 2).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let runs = aws.manifests(FLIGHTS, Inference).await;
    let scored = runs.iter().map(|run| {
        let keys: Vec<&str> = run
            .reads
            .iter()
            .filter_map(|read| read.key.rsplit('/').next())
            .collect();
        (
            run.champion.as_ref().map_or(0, |champion| champion.version),
            keys.join(" "),
        )
    });
    let scored: Vec<(u32, String)> = scored.collect();
    assert_eq!(scored, [(1, "1.csv".into()), (1, "2.csv".into()), (2, "2.csv".into())]);
}

#[tokio::test]
async fn nothing_is_scored_with_a_champion_that_was_rejected() {
    let mut aws = trained(1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.reject(FLIGHTS, 1).await;
    aws.upload("inference/flight-delay/1.csv", "batch 1").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 0);
}
