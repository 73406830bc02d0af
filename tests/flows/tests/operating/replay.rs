//! `windsock replay`: dead letters go back to where they failed, and none is lost.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use windsock_deployment::replay::{self, Choice, Way};
use windsock_flows::Fault;

use crate::{FLIGHTS, with_champions};

#[tokio::test]
async fn dead_letters_go_back_to_where_they_failed_once_the_cause_is_gone() {
    let mut aws = with_champions(0).await;
    aws.send_poison("{ this is no event").await;
    // Five receives, twelve minutes apart.
    aws.advance(SignedDuration::from_hours(3)).await;
    let found = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert_eq!(found.len(), 1, "{found:?}");
    let one = &found[0];
    assert_eq!(
        (one.queue, one.letter.failed.as_str()),
        ("training-hints-dead-letters", "queue windsock-training-hints")
    );
    let age = one
        .age(Timestamp::from_millisecond(aws.now()).expect("a time"))
        .expect("SQS says when");
    assert!(age > SignedDuration::from_mins(30), "{age}");

    replay::put_back(aws.deployed(), one).await.expect("it goes back");
    let found = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert_eq!(found.len(), 1, "a look takes nothing away");
    replay::replay(aws.deployed(), &found[0])
        .await
        .expect("it is sent again");
    let none = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert!(none.is_empty(), "{none:?}");
    aws.expect_failures(1);
    aws.advance(SignedDuration::from_hours(3)).await;
    let back = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert_eq!(back.len(), 1, "it went to the function, and failed there again");
}

#[tokio::test]
async fn a_fact_that_failed_three_times_is_told_again_and_its_letter_goes_out() {
    let mut aws = with_champions(0).await;
    let fact = json!({
        "source": "windsock", "detail-type": "Retired", "time": "2013-04-01T12:00:00Z", "id": "retired-1",
        "detail": { "project": FLIGHTS, "what": ["model windsock-flight-delay-v1"] },
    });
    // Three invocations, four tries each.
    for _ in 0..12 {
        aws.fault("GET state/projects/flight-delay.json", Fault::InternalError);
    }
    aws.expect_failures(1);
    aws.send_event("notify", &fact);
    aws.advance(SignedDuration::from_hours(1)).await;
    let other = Choice {
        project: Some("flight".into()),
        ..Choice::default()
    };
    assert!(
        replay::find(aws.deployed(), &other)
            .await
            .expect("an operator may read")
            .is_empty()
    );
    let ours = Choice {
        queue: Some("dead-letters".into()),
        project: Some(FLIGHTS.into()),
    };
    let found = replay::find(aws.deployed(), &ours).await.expect("an operator may read");
    assert_eq!(found.len(), 1, "{found:?} {}", aws.full_log());
    assert!(matches!(found[0].letter.way, Way::Fact(_)), "{found:?}");
    assert!(aws.letters().is_empty());
    replay::replay(aws.deployed(), &found[0])
        .await
        .expect("it is told again");
    aws.settle().await;
    assert_eq!(aws.letters().len(), 1, "{}", aws.full_log());
}

#[tokio::test]
async fn an_event_of_aws_that_failed_three_times_goes_straight_to_the_function_again() {
    let mut aws = with_champions(0).await;
    let registered = include_str!("../../../../events/notify/version-registered.json");
    let registered: Value = serde_json::from_str(registered).expect("a sample event");
    for _ in 0..12 {
        aws.fault("GET state/projects/flight-delay.json", Fault::InternalError);
    }
    aws.expect_failures(1);
    aws.send_event("notify", &registered);
    aws.advance(SignedDuration::from_hours(1)).await;
    let found = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert_eq!(found.len(), 1, "{found:?} {}", aws.full_log());
    assert!(
        matches!(&found[0].letter.way, Way::Invoke { event, .. } if *event == registered),
        "{found:?}"
    );
    let before = aws.invocations("notify");
    replay::replay(aws.deployed(), &found[0])
        .await
        .expect("it is handed over");
    aws.settle().await;
    assert_eq!(aws.invocations("notify"), before + 1, "{}", aws.full_log());
    let none = replay::find(aws.deployed(), &Choice::default())
        .await
        .expect("an operator may read");
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_refused_with_those_that_are() {
    let aws = with_champions(0).await;
    let choice = Choice {
        queue: Some("training".into()),
        project: None,
    };
    let refused = replay::find(aws.deployed(), &choice)
        .await
        .expect_err("there is no such queue");
    assert_eq!(
        refused.to_string(),
        "there is no queue training of dead letters; there are: dead-letters, training-hints-dead-letters, \
         inference-hints-dead-letters"
    );
}
