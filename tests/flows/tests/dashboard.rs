//! What a manager reads on the dashboard, line by line as the functions log it.

use expect_test::{Expect, expect};
use jiff::SignedDuration;
use serde_json::Value;
use windsock_decisions::layout;
use windsock_flows::Flow;
use windsock_tidy::rules::dashboard::lines::{LOGGED, PLAN};

const FLIGHTS: &str = "flight-delay";

/// The project's row as it stands now.
fn check_row(aws: &mut Flow, expected: &Expect) {
    let rows = aws.logged("sweep", "standing");
    let row = rows.last().expect("the sweep has looked");
    let columns = ["champion", "since", "metrics", "gain", "approvals", "drift"];
    let row: String = columns
        .map(|column| format!("{column}: {}\n", text(&row[column])))
        .concat();
    expected.assert_eq(&row);
}

fn text(value: &Value) -> &str {
    value.as_str().expect("words")
}

/// The list of champions, each once.
fn champions(aws: &mut Flow) -> String {
    let mut rows: Vec<String> = Vec::new();
    for line in aws.logged("promote-model", "champion") {
        let row = ["since", "champion", "before", "why"].map(|column| text(&line[column]));
        let row = row.join(" | ") + "\n";
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows.concat()
}

async fn trained(aws: &mut Flow, file: u32) {
    let key = format!("training/{FLIGHTS}/{file}.csv");
    aws.upload(&key, &format!("file {file}")).await;
    aws.advance(SignedDuration::from_hours(8)).await;
}

#[tokio::test]
async fn the_row_of_a_project_and_the_list_of_champions_follow_approvals_and_rejections() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    trained(&mut aws, 1).await;
    check_row(
        &mut aws,
        &expect![[r#"
        champion: none
        since: -
        metrics: -
        gain: -
        approvals: version 1, since 2013-04-01 12:11 UTC
        drift: nothing compared yet, alarm above 1
    "#]],
    );
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    trained(&mut aws, 2).await;
    check_row(
        &mut aws,
        &expect![[r#"
        champion: version 1
        since: 2013-04-01 20:00 UTC
        metrics: auc 0.8500 on 1,000 rows held out
        gain: no champion to compare with
        approvals: version 2, since 2013-04-01 22:11 UTC
        drift: nothing compared yet, alarm above 1
    "#]],
    );
    aws.approve(FLIGHTS, 2).await;
    aws.settle().await;
    check_row(
        &mut aws,
        &expect![[r#"
        champion: version 2
        since: 2013-04-02 06:00 UTC
        metrics: auc 0.8500 on 1,000 rows held out
        gain: +0.0500 over version 1 (90 % interval +0.0400 to +0.0600)
        approvals: none
        drift: nothing compared yet, alarm above 1
    "#]],
    );
    aws.reject(FLIGHTS, 2).await;
    aws.settle().await;
    check_row(
        &mut aws,
        &expect![[r#"
        champion: version 1
        since: 2013-04-02 08:00 UTC
        metrics: auc 0.8500 on 1,000 rows held out
        gain: no champion to compare with
        approvals: none
        drift: nothing compared yet, alarm above 1
    "#]],
    );
    aws.reject(FLIGHTS, 1).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    check_row(
        &mut aws,
        &expect![[r#"
        champion: none
        since: -
        metrics: -
        gain: -
        approvals: none
        drift: nothing compared yet, alarm above 1
    "#]],
    );
    expect![[r#"
        2013-04-01 20:00 UTC | version 1 | none | approved
        2013-04-02 06:00 UTC | version 2 | version 1 | approved
        2013-04-02 08:00 UTC | version 1 | version 2 | version 2 is no longer approved
        2013-04-02 10:00 UTC | none | version 1 | version 1 is no longer approved, and no champion before it is
    "#]]
    .assert_eq(&champions(&mut aws));
}

/// An approval whose event is lost: the next sweep repairs that, and the row is right a quarter of an hour later.
#[tokio::test]
async fn a_champion_of_whom_no_event_told_is_in_the_row() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    trained(&mut aws, 1).await;
    aws.events_are_lost(&["promote-model-package-changed"]);
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    let rows = aws.logged("sweep", "standing");
    assert_eq!(rows.last().map(|row| text(&row["champion"])), Some("version 1"));
}

/// Another image writes evaluation.json in its own way, and a person overwrites it.
#[tokio::test]
async fn an_evaluation_that_nobody_can_read_keeps_no_project_from_being_swept() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    trained(&mut aws, 1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    let champion = aws.champion_record(FLIGHTS).await.and_then(|record| record.champion);
    let key = layout::evaluation(FLIGHTS, &champion.expect("a champion").slot);
    for unreadable in ["{", "{}", "\u{1}"] {
        let put = aws.deployed().work.put(&key, unreadable.into()).await;
        put.expect("the operator may write");
        aws.settle().await;
        let rows = aws.logged("sweep", "standing");
        let row = rows.last().expect("the sweep has looked");
        let told = (text(&row["champion"]), text(&row["metrics"]), text(&row["gain"]));
        assert_eq!(told, ("version 1", "not known", "not known"));
    }
}

/// The dashboard's tables ask for these lines and columns, by a rule of tests/tidy.
#[tokio::test]
async fn every_column_of_the_dashboards_tables_is_logged() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    trained(&mut aws, 1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.lab.drift_score = 3.0;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    trained(&mut aws, 2).await;
    // Nobody approves it, and the sweep says so.
    aws.advance(SignedDuration::from_hours(50)).await;
    for line in &LOGGED {
        let logged = aws.logged(line.function, line.event);
        assert!(!logged.is_empty(), "{line:?}");
        for field in line.fields {
            let with = logged.iter().filter(|logged| !logged[*field].is_null()).count();
            let enough = if line.event == PLAN { 1 } else { logged.len() };
            assert!(with >= enough, "{field} is missing: {line:?}");
        }
    }
}

#[tokio::test]
async fn letters_are_counted_by_kind_and_audience_and_name_no_address() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    trained(&mut aws, 1).await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let lines = aws.logged("notify", "letter");
    let kinds: String = lines
        .iter()
        .map(|line| format!("{} to {}\n", text(&line["kind"]), text(&line["audience"])))
        .collect();
    expect![[r#"
        approval-wanted to approvers
        promoted to managers
    "#]]
    .assert_eq(&kinds);
    assert_eq!(lines.len(), aws.letters().len());
    assert!(lines.iter().all(|line| !line.to_string().contains('@')), "{lines:?}");
}
