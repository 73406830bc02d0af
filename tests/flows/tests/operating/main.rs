//! What operators do with the `windsock` command: the work behind each verb, on the small AWS in memory.

mod doctor;
mod replay;
mod retire;
mod rollback;
mod upgrade;

use jiff::SignedDuration;
use windsock_flows::Flow;

const FLIGHTS: &str = "flight-delay";

async fn with_champions(champions: u32) -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for version in 1..=champions {
        let key = format!("training/flight-delay/{version}.csv");
        aws.upload(&key, &format!("file {version}")).await;
        aws.settle().await;
        aws.approve(FLIGHTS, version).await;
        aws.settle().await;
        aws.advance(SignedDuration::from_hours(7)).await;
    }
    aws
}
