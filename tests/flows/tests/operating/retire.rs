//! `windsock retire`: a project goes in an order in which AWS lets it go, and takes nothing of its neighbour's along.

use jiff::SignedDuration;
use windsock_deployment::{projects, retire};
use windsock_events::facts::PipelineKind::Training;
use windsock_flows::Flow;

use crate::{FLIGHTS, with_champions};

/// Paused, so that waiting for a run to stop takes no time.
#[tokio::test(start_paused = true)]
async fn a_retired_project_is_gone_while_it_runs_and_its_neighbour_stays() {
    let neighbour = "flight-delay-v1";
    let mut aws = Flow::with(&[&windsock_flows::project(FLIGHTS), &windsock_flows::project(neighbour)]).await;
    for project in [FLIGHTS, neighbour] {
        aws.upload(&format!("training/{project}/1.csv"), "first").await;
        aws.upload(&format!("inference/{project}/1.csv"), "batch").await;
    }
    aws.settle().await;
    for project in [FLIGHTS, neighbour] {
        aws.approve(project, 1).await;
    }
    aws.settle().await;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(6)).await;
    aws.start_run_by_hand(FLIGHTS, Training).await;
    let deployed = aws.deployed().clone();
    let there = retire::look(&deployed, FLIGHTS).await.expect("an operator may look");
    assert_eq!(
        (there.running.len(), there.pipelines.len(), there.versions.len()),
        (1, 2, 2),
        "{there:?}"
    );
    assert_eq!(there.models, ["windsock-flight-delay-v1"]);
    assert_eq!(there.data.len(), 3, "{there:?}");

    let mut steps = Vec::new();
    let told = |step: String| steps.push(step);
    let (removed, ()) = tokio::join!(
        retire::remove(&deployed, &there, false, told),
        aws.advance(SignedDuration::from_hours(1))
    );
    removed.expect("an operator may remove");
    assert!(
        steps[0].starts_with("flight-delay is unknown to the functions now"),
        "{steps:?}"
    );
    let left = retire::look(&deployed, FLIGHTS).await.expect("an operator may look");
    assert!(left.is_empty(false), "{left:?}");
    assert!(left.records > 0, "what the functions recorded is kept");
    retire::remove(&deployed, &there, false, drop)
        .await
        .expect("a retirement may be repeated");

    let stays = retire::look(&deployed, neighbour).await.expect("an operator may look");
    assert!(stays.known && stays.stack.is_some(), "{stays:?}");
    assert_eq!(
        (stays.pipelines.len(), stays.versions.len(), stays.data.len()),
        (2, 1, 3),
        "{stays:?}"
    );
    assert_eq!(
        projects::names(&deployed).await.expect("an operator may look"),
        [neighbour]
    );
}

#[tokio::test]
async fn a_retirement_that_keeps_data_keeps_all_of_it() {
    let aws = with_champions(1).await;
    let deployed = aws.deployed();
    let there = retire::look(deployed, FLIGHTS).await.expect("an operator may look");
    retire::remove(deployed, &there, true, drop)
        .await
        .expect("an operator may remove");
    let left = retire::look(deployed, FLIGHTS).await.expect("an operator may look");
    assert_eq!(left.data, there.data);
    assert!(left.is_empty(true) && !left.is_empty(false), "{left:?}");
}
