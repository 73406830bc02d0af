//! Facts are said at least once, wherever a function ends before it could say them.

use jiff::SignedDuration;
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_flows::{Fault, Flow};

const FLIGHTS: &str = "flight-delay";

/// So many versions trained, and nobody's word on them.
async fn trained(versions: u32) -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for version in 1..=versions {
        aws.upload(&format!("training/flight-delay/{version}.csv"), "more")
            .await;
        // Beyond the cool-down.
        aws.advance(SignedDuration::from_hours(7)).await;
    }
    aws
}

#[tokio::test]
async fn a_start_is_told_whatever_crashes_around_it() {
    for (words, fault) in [
        ("StartPipelineExecution", Fault::CrashAfter),
        ("PutEvents", Fault::Crash),
        ("PutEvents", Fault::CrashAfter),
        ("PUT /started.json", Fault::Crash),
        ("PUT /started.json", Fault::CrashAfter),
    ] {
        let mut aws = Flow::with_project(FLIGHTS).await;
        aws.fault(words, fault);
        aws.upload("training/flight-delay/1.csv", "first").await;
        aws.settle().await;
        assert!(aws.faults_struck());
        assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
        let told = aws.told("TrainingStarted");
        assert!((1..=2).contains(&told), "{told} times after {fault:?} at {words}");
    }
}

#[tokio::test]
async fn a_start_of_inference_is_told_after_a_crash() {
    let mut aws = trained(1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.fault("PutEvents", Fault::Crash);
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    assert!(aws.faults_struck());
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 1);
    assert_eq!(aws.told("InferenceStarted"), 1);
}

#[tokio::test]
async fn a_withdrawal_is_told_after_a_crash() {
    let mut aws = trained(1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.fault("PutEvents", Fault::Crash);
    aws.reject(FLIGHTS, 1).await;
    aws.settle().await;
    assert!(aws.faults_struck());
    assert_eq!(aws.champion(FLIGHTS).await, None);
    let withdrawn = |(_, subject): &&(String, String)| subject.contains("no champion");
    assert!(aws.told("ChampionWithdrawn") >= 1);
    assert_eq!(aws.letters().iter().filter(withdrawn).count(), 1, "{:?}", aws.letters());
    let told = aws.told("ChampionWithdrawn");
    aws.settle().await;
    assert_eq!(aws.told("ChampionWithdrawn"), told, "the sweep is content");
}

#[tokio::test]
async fn a_fallback_is_told_after_a_crash() {
    let mut aws = trained(2).await;
    for version in [1, 2] {
        aws.approve(FLIGHTS, version).await;
        aws.settle().await;
    }
    assert_eq!(aws.told("ModelPromoted"), 2);
    aws.fault("PutEvents", Fault::Crash);
    aws.reject(FLIGHTS, 2).await;
    aws.settle().await;
    assert!(aws.faults_struck());
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
    assert_eq!(aws.told("ModelPromoted"), 3);
}

#[tokio::test]
async fn the_registry_shows_one_champion_at_a_time() {
    let mut aws = trained(2).await;
    for (version, shown) in [
        (1, [Some("Champion"), None]),
        (2, [Some("FormerChampion"), Some("Champion")]),
    ] {
        aws.approve(FLIGHTS, version).await;
        aws.settle().await;
        assert_eq!(aws.stamps(FLIGHTS).await, shown.map(|status| status.map(str::to_owned)));
    }
    for (version, shown) in [
        (2, ["Champion", "FormerChampion"]),
        (1, ["FormerChampion", "FormerChampion"]),
    ] {
        aws.reject(FLIGHTS, version).await;
        aws.settle().await;
        assert_eq!(aws.stamps(FLIGHTS).await, shown.map(|status| Some(status.to_owned())));
    }
}
