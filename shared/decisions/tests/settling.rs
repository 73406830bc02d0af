//! What hints of arrivals come to in the bucket alone, before SageMaker is asked.

mod starting;

use starting::{at, project, seen, told};
use windsock_decisions::{Plan, Project, runs::Arrivals, start_inference, start_training};

/// Both functions wait for the same moment, or both ask SageMaker.
fn check(known: Option<&Project>, arrivals: &[(&str, &str)], expected: Option<&str>) {
    let told = |plan: Option<String>| assert_eq!(plan.as_deref(), expected);
    let training = training(known, seen("training", arrivals));
    told(start_training::decide_on_arrivals(&training).map(|plan| waits(&plan)));
    let inference = inference(known, seen("inference", arrivals));
    told(start_inference::decide_on_arrivals(&inference).map(|plan| waits(&plan)));
}

fn waits<A>(plan: &Plan<A>) -> String {
    told(plan, |_| unreachable!("nothing is started without SageMaker"))
}

fn training(project: Option<&Project>, arrivals: Arrivals) -> start_training::Observed {
    start_training::Observed {
        now: at("03-10 12:00"),
        project: project.cloned(),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        runs: None,
        arrivals,
        incident: None,
        champion: None,
        tick: None,
    }
}

fn inference(project: Option<&Project>, arrivals: Arrivals) -> start_inference::Observed {
    start_inference::Observed {
        now: at("03-10 12:00"),
        project: project.cloned(),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        champion: None,
        runs: None,
        scored: None,
        arrivals,
        tick: None,
    }
}

fn demo() -> Project {
    project("inference: { settle: 5m }\n")
}

#[test]
fn while_files_still_arrive_sagemaker_is_not_asked() {
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:58")];
    check(
        Some(&demo()),
        &arrivals,
        Some("still-arriving until 2013-03-10T12:03:00Z"),
    );
}

#[test]
fn what_has_settled_is_sagemakers_to_tell() {
    check(Some(&demo()), &[("a", "03-01 08:00"), ("b", "03-10 11:55")], None);
    check(Some(&demo()), &[], None);
}

#[test]
fn a_burst_that_never_pauses_is_looked_at_in_the_end() {
    let minutes: Vec<(String, String)> = (0..70)
        .map(|minute| {
            let (name, hour) = (format!("f{minute:02}"), 10 + (50 + minute) / 60);
            (name, format!("03-10 {hour}:{:02}", (50 + minute) % 60))
        })
        .collect();
    let arrivals: Vec<(&str, &str)> = minutes.iter().map(|(key, at)| (key.as_str(), at.as_str())).collect();
    check(Some(&demo()), &arrivals, None);
}

#[test]
fn nobody_waits_for_a_project_that_is_unknown_or_over() {
    let fresh = [("b", "03-10 11:58")];
    check(None, &fresh, None);
    let over = Project {
        expires: Some("2013-03-09".into()),
        ..demo()
    };
    check(Some(&over), &fresh, None);
}

#[test]
fn a_project_that_does_not_score_waits_for_nothing() {
    let project = Project {
        inference: None,
        ..demo()
    };
    let observed = inference(Some(&project), seen("inference", &[("b", "03-10 11:58")]));
    assert_eq!(start_inference::decide_on_arrivals(&observed), None);
}
