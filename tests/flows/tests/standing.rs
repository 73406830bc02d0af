//! What waits on the platform is told to CloudWatch by every sweep, zero included.

use jiff::SignedDuration;
use windsock_flows::{Flow, OF_ARRIVALS};
use windsock_world::Record;

const FLIGHTS: &str = "flight-delay";

/// The platform's figures of this name, one a sweep.
fn told(aws: &mut Flow, wanted: &str) -> Vec<f64> {
    let values = aws.journal().iter().filter_map(|entry| match &entry.record {
        Record::Metric {
            namespace,
            name,
            dimensions,
            value,
        } if namespace == "Windsock" && name == wanted && dimensions["Platform"] == "windsock" => Some(*value),
        _ => None,
    });
    values.collect()
}

#[tokio::test]
async fn approvals_that_wait_and_the_oldest_arrival_are_told_by_every_sweep() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.events_are_lost(&OF_ARRIVALS);
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(2)).await;
    let ages = told(&mut aws, "OldestArrivalAge");
    let oldest = ages.iter().copied().fold(0.0, f64::max);
    assert!(
        (900.0..=1_800.0).contains(&oldest),
        "until a sweep asked for a run: {ages:?}"
    );
    assert_eq!(ages.last(), Some(&0.0), "the run accounts for it: {ages:?}");
    let waiting = told(&mut aws, "ApprovalsWaiting");
    assert_eq!(waiting.len(), ages.len());
    assert_eq!((waiting.first(), waiting.last()), (Some(&0.0), Some(&1.0)));

    aws.approve(FLIGHTS, 1).await;
    aws.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(told(&mut aws, "ApprovalsWaiting").last(), Some(&0.0));
}
