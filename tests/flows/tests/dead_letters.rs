//! Whatever nobody can handle lies in a dead-letter queue, with what it was and why, whoever failed to take it.

use jiff::SignedDuration;
use serde_json::json;
use windsock_flows::{Flow, Person, project};

const FLIGHTS: &str = "flight-delay";
const QUEUE: &str = "windsock-dead-letters";

fn ends(aws: &mut Flow, error: &str) {
    let letters = aws.dead_letters();
    let ended = letters
        .iter()
        .any(|(queue, why)| queue.ends_with(QUEUE) && why.contains(error));
    assert!(ended, "{letters:?} have none that says {error}");
}

#[tokio::test]
async fn an_event_straight_to_a_function_that_takes_batches_of_its_queue() {
    for function in ["start-training", "start-inference"] {
        let mut aws = Flow::with_project(FLIGHTS).await;
        aws.send_hostile(function, &json!({ "Records": "none" }));
        aws.advance(SignedDuration::from_mins(10)).await;
        ends(&mut aws, "read the batch of the queue");
    }
}

#[tokio::test]
async fn a_turn_of_what_looks_at_every_project_when_one_cannot_be_read_and_the_others_are_looked_at() {
    for function in ["sweep", "retire"] {
        let mut aws = Flow::with(&[&project("a"), &project("z")]).await;
        let s3 = aws.s3_of(Person::Operator);
        let work = aws.deployed().work_bucket.clone();
        let record = || ("state/projects/m.json", work.as_str());
        let (key, bucket) = record();
        let put = s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(b"{ half a record".to_vec().into());
        put.send().await.expect("an operator may write it");
        aws.send_hostile(
            function,
            &json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event" }),
        );
        aws.advance(SignedDuration::from_mins(10)).await;
        ends(&mut aws, "state/projects/m.json");
        let log = aws.full_log();
        for project in ["a", "z"] {
            let looked_at = format!(" {function}: ");
            let seen = log
                .lines()
                .any(|line| line.contains(&looked_at) && line.ends_with(&format!(" for {project}")));
            assert!(seen, "{function} did not look at {project}: {log}");
        }
    }
}

#[tokio::test]
async fn an_event_whose_function_is_gone() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "file 1").await;
    aws.settle().await;
    aws.typed("aws lambda delete-function --function-name windsock-promote-model");
    // The approval's event, its copies, and the hint of the sweep.
    aws.expect_failures(6);
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    ends(&mut aws, "windsock-promote-model");
}

#[tokio::test]
async fn a_tick_that_its_schedule_may_not_tell() {
    let yaml = project(FLIGHTS).replace(
        "  on: [arrival, drift]",
        "  on: [schedule]\n  schedule: \"cron(0 13 * * ? *)\"",
    );
    let mut aws = Flow::with(&[&yaml]).await;
    let denied = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Deny", "Action": "events:PutEvents", "Resource": "*" }],
    });
    aws.typed(&format!(
        "aws iam put-role-policy --role-name windsock-flight-delay-schedule --policy-name nothing --policy-document '{denied}'"
    ));
    aws.expect_failures(1);
    aws.advance(SignedDuration::from_hours(2)).await;
    ends(&mut aws, "events:PutEvents");
}
