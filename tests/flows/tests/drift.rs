//! From a batch that drifts to the end of the drift.

use jiff::SignedDuration;
use windsock_decisions::state::IncidentAnswer;
use windsock_events::facts::{
    Cause,
    PipelineKind::{Inference, Training},
};
use windsock_flows::{Flow, project};

const FLIGHTS: &str = "flight-delay";

/// A project that trains on drift alone, with a champion that has scored one batch which was well.
async fn in_service() -> Flow {
    let yaml = project(FLIGHTS).replace("on: [arrival, drift]", "on: [drift]");
    let mut aws = Flow::with(&[&yaml]).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    score(&mut aws, "1.csv", 0.2).await;
    aws
}

/// One batch with this drift score, and everything that comes of it.
async fn score(aws: &mut Flow, batch: &str, drift_score: f64) {
    aws.lab.drift_score = drift_score;
    aws.upload(&format!("inference/flight-delay/{batch}"), batch).await;
    aws.settle().await;
}

#[tokio::test]
async fn a_drift_with_nothing_new_to_learn_from_opens_one_incident_and_no_training() {
    let mut aws = in_service().await;
    score(&mut aws, "2.csv", 3.0).await;
    score(&mut aws, "3.csv", 4.0).await;
    aws.deliver_everything_again().await;
    let incidents = aws.incidents(FLIGHTS).await;
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        incidents[0].answer,
        IncidentAnswer::Refused {
            reason: "nothing-to-learn-from".into()
        }
    );
    assert!(incidents[0].closed_at.is_none());
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
}

#[tokio::test]
async fn a_drift_retrains_once_on_what_is_new_and_a_batch_that_is_well_ends_it() {
    let mut aws = in_service().await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.settle().await;
    assert_eq!(
        aws.executions(FLIGHTS, Training).await.len(),
        1,
        "new data alone is no reason here"
    );
    score(&mut aws, "2.csv", 3.0).await;
    score(&mut aws, "3.csv", 3.0).await;
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(
        runs.iter().map(|run| run.cause).collect::<Vec<_>>(),
        [Cause::First, Cause::Drift]
    );
    aws.approve(FLIGHTS, 2).await;
    aws.lab.drift_score = 0.3;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let incidents = aws.incidents(FLIGHTS).await;
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].answer, IncidentAnswer::Retrain);
    assert!(
        incidents[0].closed_at.is_some(),
        "the new champion scored the newest batch again, and it is well"
    );
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}

#[tokio::test]
async fn a_refused_drift_that_goes_on_is_learned_from_when_new_data_comes() {
    let mut aws = in_service().await;
    score(&mut aws, "2.csv", 3.0).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
    aws.upload("training/flight-delay/2.csv", "second").await;
    score(&mut aws, "3.csv", 0.2).await;
    score(&mut aws, "4.csv", 3.0).await;
    aws.deliver_everything_again().await;
    let answers: Vec<_> = aws
        .incidents(FLIGHTS)
        .await
        .into_iter()
        .map(|incident| incident.answer)
        .collect();
    let refused = IncidentAnswer::Refused {
        reason: "nothing-to-learn-from".into(),
    };
    assert_eq!(answers, [refused, IncidentAnswer::Retrain]);
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}

#[tokio::test]
async fn too_few_rows_never_clear_the_alarm() {
    let mut aws = in_service().await;
    score(&mut aws, "2.csv", 3.0).await;
    aws.lab.rows = 12;
    score(&mut aws, "3.csv", 0.0).await;
    aws.advance(SignedDuration::from_hours(48)).await;
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 3);
    let incidents = aws.incidents(FLIGHTS).await;
    assert_eq!(incidents.len(), 1);
    assert!(incidents[0].closed_at.is_none());
}

#[tokio::test]
async fn a_second_drift_within_the_cool_down_is_recorded_and_refused() {
    let mut aws = in_service().await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    score(&mut aws, "2.csv", 3.0).await;
    score(&mut aws, "3.csv", 0.2).await;
    aws.upload("training/flight-delay/3.csv", "third").await;
    score(&mut aws, "4.csv", 3.0).await;
    aws.deliver_everything_again().await;
    let answers: Vec<_> = aws
        .incidents(FLIGHTS)
        .await
        .into_iter()
        .map(|incident| incident.answer)
        .collect();
    assert_eq!(
        answers,
        [
            IncidentAnswer::Retrain,
            IncidentAnswer::Refused {
                reason: "cooling-down".into()
            }
        ]
    );
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}
