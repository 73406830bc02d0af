//! `windsock doctor`: finds what is wrong, and names what mends it.

use jiff::SignedDuration;
use windsock_decisions::layout;
use windsock_deployment::doctor;
use windsock_events::facts::PipelineKind::Training;
use windsock_flows::Flow;

use crate::{FLIGHTS, with_champions};

/// What the checks found wrong, one line each.
async fn ailments(aws: &Flow) -> Vec<String> {
    let checks = doctor::examine(aws.deployed(), "windsock")
        .await
        .expect("an operator may look");
    assert!(checks.len() > 15, "{checks:?}");
    let wrong = checks.into_iter().filter_map(|check| Some((check.what, check.wrong?)));
    wrong
        .map(|(what, wrong)| format!("{what}: {}: {}", wrong.why, wrong.mend))
        .collect()
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_and_says_what_mends_it() {
    let mut aws = with_champions(1).await;
    assert_eq!(ailments(&aws).await, [""; 0]);
    aws.events_are_lost(&["training-data-arrived"]);
    aws.send_poison("{ this is no event").await;
    aws.advance(SignedDuration::from_hours(3)).await;
    let pipeline = layout::pipeline_name(&aws.deployed().name_prefix, FLIGHTS, Training);
    aws.deployed()
        .sagemaker
        .delete_pipeline(&pipeline)
        .await
        .expect("an operator may");
    let found = ailments(&aws).await;
    let (alarm, others): (Vec<&String>, Vec<&String>) = found.iter().partition(|line| line.starts_with("alarm "));
    assert!(
        alarm.len() == 1 && alarm[0].starts_with("alarm windsock-training-hints-dead-letters: "),
        "{alarm:?}"
    );
    assert_eq!(
        others,
        [
            "queue training-hints-dead-letters is empty: 1 in it: windsock replay --dry-run, then windsock replay",
            "rules and schedules windsock-* are enabled: disabled: windsock-training-data-arrived: \
             aws events enable-rule --name windsock-training-data-arrived",
            "pipelines of flight-delay are of this program's format: pipeline windsock-flight-delay-training is not there, \
             or its definition is not Windsock's: windsock apply --all",
        ]
    );
}
