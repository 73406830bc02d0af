//! retire, day after day: models that nobody needs go, an expired project is announced and then emptied.

use jiff::SignedDuration;
use windsock_flows::{Flow, Person, project};

const FLIGHTS: &str = "flight-delay";
const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn learn_and_score(aws: &mut Flow, version: u32) {
    aws.upload(&format!("training/{FLIGHTS}/{version}.csv"), &format!("file {version}"))
        .await;
    aws.upload(
        &format!("inference/{FLIGHTS}/{version}.csv"),
        &format!("batch {version}"),
    )
    .await;
    aws.settle().await;
    aws.approve(FLIGHTS, version).await;
    aws.settle().await;
    aws.advance(SignedDuration::from_hours(7)).await;
}

fn models(aws: &mut Flow) -> Vec<String> {
    let listed = aws.typed_by(Person::Operator, "aws sagemaker list-models --name-contains windsock-");
    let listed = listed["Models"].as_array().expect("models").iter();
    let mut names: Vec<String> = listed
        .filter_map(|model| Some(model["ModelName"].as_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn models_of_champions_long_gone_are_removed() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for version in 1..=6 {
        learn_and_score(&mut aws, version).await;
    }
    aws.advance(DAY).await;
    let kept = [3, 4, 5, 6].map(|version| format!("windsock-flight-delay-v{version}"));
    assert_eq!(models(&mut aws), kept, "the champion's, and of three before it");
}

#[tokio::test]
async fn an_expired_project_is_announced_and_a_day_later_emptied() {
    let yaml = format!("{}expires: 2013-04-03\n", project(FLIGHTS));
    let mut aws = Flow::with(&[&yaml]).await;
    learn_and_score(&mut aws, 1).await;
    assert_eq!(models(&mut aws).len(), 1);
    // Until the middle of the fourth of April: it has expired, and retire has told so.
    aws.advance(DAY * 5 / 2).await;
    assert_eq!(models(&mut aws).len(), 1);
    assert!(
        aws.last_letter().contains("windsock-flight-delay-v1"),
        "{}",
        aws.last_letter()
    );
    aws.advance(DAY).await;
    assert_eq!(models(&mut aws), [""; 0]);
    let pipelines = aws.typed("aws sagemaker list-pipelines");
    assert_eq!(
        pipelines["PipelineSummaries"].as_array().map(Vec::len),
        Some(0),
        "{pipelines}"
    );
    assert_eq!(
        aws.versions(FLIGHTS).await.len(),
        1,
        "versions and data are a person's to remove"
    );
}
