//! `windsock rollback`: back to the former champion, or a sentence that says why not.

use windsock_deployment::rollback;
use windsock_flows::Flow;

use crate::{FLIGHTS, with_champions};

async fn refused_rollback(aws: &Flow, project: &str) -> String {
    let refused = rollback::plan(aws.deployed(), project).await;
    refused.expect_err("there is nothing to roll back to").to_string()
}

#[tokio::test]
async fn a_rollback_makes_the_former_champion_champion_again_and_tells_people() {
    let mut aws = with_champions(2).await;
    assert_eq!(aws.champion(FLIGHTS).await, Some(2));
    let plan = rollback::plan(aws.deployed(), FLIGHTS)
        .await
        .expect("version 1 is still approved");
    assert_eq!((plan.from.version, plan.to), (2, 1));
    let rejected = rollback::reject(aws.deployed(), &plan, "ada", "it misses every storm").await;
    rejected.expect("an operator may reject");
    aws.settle().await;
    assert_eq!(
        rollback::wait(aws.deployed(), &plan).await.expect("it has changed"),
        Some(1)
    );
    assert_eq!(aws.champion(FLIGHTS).await, Some(1));
    let arn = &plan.from.model_package_arn;
    let described = aws
        .deployed()
        .sagemaker
        .describe_version(arn)
        .await
        .expect("the operator may look");
    assert_eq!(
        described.and_then(|version| version.approval_description).as_deref(),
        Some("Rolled back to version 1 by ada: it misses every storm")
    );
    let letters = aws.letters();
    assert!(
        letters.iter().any(|(_, subject)| subject.contains("version 1")),
        "{letters:?}"
    );

    let again = rollback::reject(aws.deployed(), &plan, "ada", "twice")
        .await
        .expect_err("it was done");
    assert!(again.to_string().contains("has changed since"), "{again}");
    assert_eq!(
        refused_rollback(&aws, FLIGHTS).await,
        "no former champion of flight-delay is still approved (version 2); approve the one you want, then roll back"
    );
}

#[tokio::test]
async fn nothing_to_roll_back_to_is_a_sentence() {
    let aws = with_champions(0).await;
    assert_eq!(
        refused_rollback(&aws, FLIGHTS).await,
        "flight-delay has never had a champion, so there is nothing to roll back"
    );
    assert_eq!(
        refused_rollback(&aws, "flight-dela").await,
        "there is no project flight-dela here; there are: flight-delay"
    );
    let aws = with_champions(1).await;
    let first = refused_rollback(&aws, FLIGHTS).await;
    assert!(
        first.starts_with("version 1 is the first champion of flight-delay"),
        "{first}"
    );
}
