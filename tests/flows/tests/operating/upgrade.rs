//! `windsock apply --all`: what an older program deployed is brought up to date, and not started before.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;
use windsock_decisions::layout;
use windsock_deployment::projects::{self, Outdated};
use windsock_events::facts::PipelineKind::Training;
use windsock_flows::Flow;

use crate::{FLIGHTS, with_champions};

#[tokio::test]
async fn a_definition_that_is_too_old_starts_nothing_until_every_project_is_applied_again() {
    let mut aws = with_champions(0).await;
    let pipeline = layout::pipeline_name(&aws.deployed().name_prefix, FLIGHTS, Training);
    let role = aws.deployed().platform(FLIGHTS).jobs_role_arn;
    let old = old_definition(&aws);
    aws.deployed()
        .sagemaker
        .upsert_pipeline(&pipeline, &old, &role, &BTreeMap::new())
        .await
        .expect("an operator may");
    let outdated = projects::outdated(aws.deployed(), FLIGHTS)
        .await
        .expect("an operator may look");
    assert_eq!(
        outdated,
        [Outdated {
            pipeline,
            format: Some(0)
        }]
    );
    assert_eq!(
        outdated[0].to_string(),
        "the definition of windsock-flight-delay-training has format 0, older than 1: no run of it is started"
    );
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    assert!(aws.executions(FLIGHTS, Training).await.is_empty());
    let reasons = aws.stand_downs("start-training");
    assert!(
        reasons.iter().any(|reason| reason == "definition-too-old"),
        "{reasons:?}"
    );

    let applied = projects::apply_all(aws.deployed())
        .await
        .expect("an operator may apply");
    assert_eq!(applied.len(), 1);
    assert!(applied[0].done.is_ok(), "{applied:?}");
    assert!(
        projects::outdated(aws.deployed(), FLIGHTS)
            .await
            .expect("an operator may look")
            .is_empty()
    );
    aws.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1, "{}", aws.full_log());
}

#[tokio::test]
async fn pipelines_have_the_tags_of_their_project_and_what_it_is_tagged_with_later() {
    let untagged = windsock_flows::project(FLIGHTS);
    let yaml = |team: &str| format!("{untagged}compute: {{ tags: {{ team: {team} }} }}\n");
    let mut aws = Flow::with(&[&untagged]).await;
    for (yaml, tags) in [
        (untagged.clone(), json!([])),
        (yaml("forecasting"), json!([{ "Key": "team", "Value": "forecasting" }])),
        (yaml("flights"), json!([{ "Key": "team", "Value": "flights" }])),
    ] {
        aws.apply_project(&yaml).await;
        for kind in ["training", "inference"] {
            let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-{FLIGHTS}-{kind}");
            let listed = aws.typed(&format!("aws sagemaker list-tags --resource-arn {arn}"));
            assert_eq!(listed["Tags"], tags, "{kind}");
        }
    }
}

/// The training definition as a program before format 1 would have rendered it.
fn old_definition(aws: &Flow) -> String {
    let yaml = windsock_flows::project(FLIGHTS);
    let project = windsock_decisions::Project::from_yaml(&yaml).expect("the project reads");
    let platform = aws.deployed().platform(FLIGHTS);
    let mut definition = windsock_decisions::pipelines::training_definition(&project, &platform);
    definition["Metadata"]["windsock-format"] = json!("0");
    definition.to_string()
}
