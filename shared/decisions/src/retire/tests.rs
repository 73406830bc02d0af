//! What goes, and what stays.

use windsock_events::facts::PromotionReason;

use super::*;
use crate::state::{ChampionVersion, FORMAT, PastChampion};

fn observed(expires: Option<&str>, models: &[u32]) -> Observed {
    let expires = expires.map(|day| format!("expires: {day}\n")).unwrap_or_default();
    let yaml =
        format!("project: demo\ndata: {{ label: late }}\ntraining: {{ objective: {{ metric: auc }} }}\n{expires}");
    Observed {
        project: Project::from_yaml(&yaml).unwrap(),
        name_prefix: "windsock".into(),
        now: "2027-12-31T05:00:00Z".parse().unwrap(),
        champion: None,
        models: models
            .iter()
            .map(|version| layout::model_name("windsock", "demo", *version))
            .collect(),
        pipelines: vec!["windsock-demo-training".into()],
        runs_in_flight: false,
    }
}

fn record(champion: u32, former: &[u32]) -> ChampionRecord {
    let at: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let past = |&version: &u32| PastChampion {
        version,
        since: at,
        until: at,
        reason: PromotionReason::Approved,
    };
    ChampionRecord {
        format: FORMAT,
        project: "demo".into(),
        champion: Some(ChampionVersion {
            version: champion,
            model_package_arn: String::new(),
            model_data_url: String::new(),
            slot: String::new(),
        }),
        since: at,
        reason: PromotionReason::Approved,
        history: former.iter().map(past).collect(),
    }
}

fn check(observed: &Observed, expected: &[&str]) {
    let told: Vec<String> = match decide(observed) {
        Plan::Act(actions) => actions.iter().map(said).collect(),
        Plan::StandDown(reason) | Plan::AskAgain { reason, .. } => vec![reason.name()],
    };
    assert_eq!(told, expected);
}

fn said(action: &Action) -> String {
    match action {
        Action::DeleteModel(name) | Action::DeletePipeline(name) => format!("delete {name}"),
        Action::Tell(what) => format!("tell: {}", what.join("; ")),
    }
}

#[test]
fn models_of_long_gone_champions_go_and_the_last_former_ones_stay() {
    let observed = Observed {
        champion: Some(record(7, &[1, 2, 4, 5])),
        ..observed(None, &[1, 2, 4, 5, 7])
    };
    check(&observed, &["delete windsock-demo-v1"]);
}

#[test]
fn without_a_champion_nothing_is_known_to_be_superseded() {
    check(&observed(None, &[1, 2]), &["nothing-expired"]);
}

#[test]
fn a_project_lives_through_its_last_day() {
    check(&observed(Some("2027-12-31"), &[1]), &["nothing-expired"]);
}

#[test]
fn an_expired_project_is_announced_a_day_before_it_is_emptied() {
    let told = "tell: tomorrow: model windsock-demo-v1; tomorrow: pipeline windsock-demo-training";
    check(&observed(Some("2027-12-30"), &[1]), &[told]);
}

#[test]
fn an_expired_project_is_emptied_and_the_rest_is_a_persons_to_remove() {
    let expected = [
        "tell: pipeline windsock-demo-training; model windsock-demo-v1",
        "delete windsock-demo-training",
        "delete windsock-demo-v1",
    ];
    check(&observed(Some("2027-12-29"), &[1]), &expected);
}

#[test]
fn an_empty_expired_project_is_told_of_no_more() {
    let empty = Observed {
        pipelines: Vec::new(),
        ..observed(Some("2027-12-01"), &[])
    };
    check(&empty, &["nothing-expired"]);
}

#[test]
fn nothing_is_deleted_under_a_running_job() {
    check(
        &Observed {
            runs_in_flight: true,
            ..observed(Some("2027-12-01"), &[1])
        },
        &["run-in-flight"],
    );
}
