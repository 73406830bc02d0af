//! Whole files, good and bad, and every word that a person reads about the bad ones.

use expect_test::{Expect, expect};

use super::*;

mod learning;
mod names;
mod numbers;
mod schedules;
mod splits;

const SMALL: &str = "project: flight-delay\ndata: { label: late }\n";

const DESIGN: &str = r#"
project: flight-delay
data:
  format: csv
  label: late
  exclude: [flight_id]
  split: { by: time-block, holdout: 0.2 }
training:
  on: [arrival, drift, schedule]
  schedule: "cron(0 4 ? * SUN *)"
  window: all
  settle: 5m
  cooldown: 6h
  per_day: 4
  image: windsock
  objective: { metric: auc, direction: maximize, must_beat_champion_by: 0.0 }
  hyperparameters: { rounds: 100, learning_rate: 0.1, max_depth: 8 }
approval: manual
inference: { schedule: "cron(0 6 * * ? *)", timezone: America/New_York, on_promotion: true, per_day: 24 }
monitor: { method: robust, threshold: 0.1, min_rows: 1000, columns: { pressure: 0.3 }, engine: windsock }
drift: { cooldown: 24h, feature_metrics: false }
compute: { instance: ml.m5.large, max_runtime: 1h, vpc: none, kms: none, network_isolation: true, tags: {} }
letters: { managers: [ops@example.com], approvers: [lead@example.com], digest: weekly }
expires: 2027-12-31
"#;

fn told(text: &str) -> String {
    match Project::from_yaml(text) {
        Ok(project) => format!("read: {}\n", project.project),
        Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&told(text));
}

/// The small project with more lines.
fn with(lines: &str) -> String {
    format!("{SMALL}{lines}\n")
}

#[test]
fn a_small_project_gets_every_default() {
    let project = Project::from_yaml(SMALL).unwrap();
    expect![[r#"
        {
          "project": "flight-delay",
          "data": {
            "format": "csv",
            "label": "late",
            "exclude": [],
            "split": {
              "by": "content",
              "holdout": 0.2,
              "validation": 0.1
            }
          },
          "training": {
            "on": [
              "arrival",
              "drift"
            ],
            "schedule": null,
            "window": "all",
            "settle_s": 300,
            "cooldown_s": 21600,
            "per_day": 4,
            "retries": 3,
            "image": "windsock",
            "objective": {
              "metric": "auc",
              "direction": "maximize",
              "must_beat_champion_by": 0.0
            },
            "hyperparameters": {}
          },
          "approval": "manual",
          "inference": {
            "schedule": null,
            "timezone": "UTC",
            "on_arrival": true,
            "on_promotion": true,
            "settle_s": 60,
            "per_day": 24,
            "retries": 3
          },
          "monitor": {
            "method": "robust",
            "threshold": 0.1,
            "min_rows": 1000,
            "columns": {},
            "engine": "windsock"
          },
          "drift": {
            "cooldown_s": 86400,
            "feature_metrics": false
          },
          "compute": {
            "instance": "ml.m5.large",
            "max_runtime_s": 3600,
            "vpc": null,
            "kms": null,
            "network_isolation": true,
            "tags": {}
          },
          "letters": {
            "managers": [],
            "approvers": [],
            "engineers": [],
            "digest": "weekly",
            "remind_approvers_h": 24
          },
          "expires": null
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&project).unwrap());
}

#[test]
fn the_whole_example_is_read() {
    let project = Project::from_yaml(DESIGN).unwrap();
    expect![[r#"{"project":"flight-delay","data":{"format":"csv","label":"late","exclude":["flight_id"],"split":{"by":{"time-block":{"column":"time","block_s":604800}},"holdout":0.2,"validation":0.1}},"training":{"on":["arrival","drift","schedule"],"schedule":"cron(0 4 ? * SUN *)","window":"all","settle_s":300,"cooldown_s":21600,"per_day":4,"retries":3,"image":"windsock","objective":{"metric":"auc","direction":"maximize","must_beat_champion_by":0.0},"hyperparameters":{"learning_rate":"0.1","max_depth":"8","rounds":"100"}},"approval":"manual","inference":{"schedule":"cron(0 6 * * ? *)","timezone":"America/New_York","on_arrival":true,"on_promotion":true,"settle_s":60,"per_day":24,"retries":3},"monitor":{"method":"robust","threshold":0.1,"min_rows":1000,"columns":{"pressure":0.3},"engine":"windsock"},"drift":{"cooldown_s":86400,"feature_metrics":false},"compute":{"instance":"ml.m5.large","max_runtime_s":3600,"vpc":null,"kms":null,"network_isolation":true,"tags":{}},"letters":{"managers":["ops@example.com"],"approvers":["lead@example.com"],"engineers":[],"digest":"weekly","remind_approvers_h":24},"expires":"2027-12-31"}"#]].assert_eq(&serde_json::to_string(&project).unwrap());
    let again: Project = serde_json::from_str(&serde_json::to_string(&project).unwrap()).unwrap();
    assert_eq!(project, again);
}

#[test]
fn automatic_approval_has_rules() {
    let yaml = with("approval: { automatic: { auc: \">= 0.80\", logloss: \"< 0.5\" } }");
    let project = Project::from_yaml(&yaml).unwrap();
    expect![[r#"Automatic({"auc": AtLeast(0.8), "logloss": Below(0.5)})"#]]
        .assert_eq(&format!("{:?}", project.approval));
}

#[test]
fn inference_can_be_turned_off() {
    assert_eq!(Project::from_yaml(&with("inference: none")).unwrap().inference, None);
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_lines() {
    check(
        r#"project: Flight_Delay
data:
  format: cvs
  label: late
  exclude: [flight_id, late, flight_id]
  split: { by: content, holdout: 0,2, block: 7d }
  seed: 4
trainig: {}
training:
  on: [arrival, wind]
  settle: 20m
  cooldown: 6
  per_day: 4.5
  per_day: 5
  retires: 2
inference: { schedule: "cron(61 25 * * ? *)", timezone: America/New_Yrok }
monitor: { threshold: "0.2", min_rows: -1, columns: { late: 0.1, wind: 1.5 }, chi_squared: 0.9, engine: sagemaker }
letters: { managers: [ops@example, ops@example.com, OPS@example.com], digest: monthly }
expires: 2027-02-30
"#,
        expect![[r#"
            line 1: project: `Flight_Delay` holds `F`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
            line 3: data.format: `cvs` is not a choice here; did you mean `csv`?
            line 5: data.exclude[2]: `flight_id` stands in this list twice; keep one of them
            line 5: data.exclude: `late` is the label; exclude other columns; the label is never a feature
            line 6: data.split.2: there is no key `2`; if it is a number's fraction, write a point instead of the comma
            line 6: data.split.block: this belongs to a split by time or time-block; add `by: time-block` or remove it
            line 6: data.split.holdout: `0` is out of range; write a number above 0 and at most 0.5: what is held out is never learned from
            line 7: data.seed: there is no key `seed`; known keys here are format, label, exclude, split and segments
            line 8: trainig: there is no key `trainig`; did you mean `training`?
            line 10: training.on[1]: `wind` is not a choice here; write one of arrival, drift and schedule
            line 11: training.settle: `20m` is longer than 15m; write 15m or less: SQS delays a message for at most 15 minutes
            line 12: training.cooldown: `6` has no unit; write 6s, 6m, 6h, 6d or 6w
            line 13: training.per_day: `4.5` is not a whole number; write a whole number from 1 to 1000: it caps what a day can cost
            line 14: training.per_day: `per_day` stands here for the second time; keep it or the one of line 13
            line 15: training.retires: there is no key `retires`; did you mean `retries`?
            line 16: inference.timezone: there is no time zone `America/New_Yrok`; did you mean `America/New_York`?
            line 16: inference.schedule: `61` is not a minute; the minute goes from 0 to 59
            line 17: monitor.threshold: `"0.2"` is quoted text; write the number without quotes
            line 17: monitor.chi_squared: only Windsock's own monitor tests with it; leave it out, or monitor with `engine: windsock`
            line 17: monitor.chi_squared: `0.9` is out of range; write a number above 0 and at most 0.5: a p-value below it is drift, and above a half nothing is unusual
            line 17: monitor.min_rows: `-1` is not a whole number; write a whole number from 1 to 1000000000: fewer rows say nothing
            line 17: monitor.columns.late: `late` is the label or excluded, so it is not monitored; name a feature
            line 17: monitor.columns.wind: `1.5` is out of range; write a number above 0 and at most 1: a distance between two distributions is at most 1
            line 18: letters.managers[0]: `ops@example` is not an e-mail address: the domain has no dot; write one plain address such as ops@example.com
            line 18: letters.managers[2]: `OPS@example.com` stands here twice; keep one of them
            line 18: letters.digest: `monthly` is not a choice here; write one of weekly and never
            line 19: expires: `2027-02-30` is not a day; write a day that exists, as 2027-12-31
        "#]],
    );
}

#[test]
fn a_file_that_is_not_a_project_is_one_sentence() {
    check(
        "",
        expect![[r#"
        line 1: the file is empty; begin with `project: name`
    "#]],
    );
    check(
        "# only a comment\n",
        expect![[r#"
        line 1: the file is empty; begin with `project: name`
    "#]],
    );
    check(
        "[]",
        expect![[r#"
        line 1: the file holds a list; write `key: value` lines, the first `project: name`
    "#]],
    );
    check(
        "hello",
        expect![[r#"
        line 1: the file holds a single value; write `key: value` lines, the first `project: name`
    "#]],
    );
    check(
        "project: a\n\tdata: 1\n",
        expect![[r#"
        line 1: this is not YAML: while scanning a plain scalar, found a tab; write `key: value` lines, indented with spaces, and quote values that hold `: ` or `#`
    "#]],
    );
    check(
        "project: [a\n",
        expect![[r#"
        line 2: this is not YAML: while parsing a flow sequence, expected ',' or ']'; write `key: value` lines, indented with spaces, and quote values that hold `: ` or `#`
    "#]],
    );
    check(
        "project: a\n---\nproject: b\n",
        expect![[r#"
        line 2: a second document begins here; keep one project per file
    "#]],
    );
    check(
        "project: &x a\ndata: *x\n",
        expect![[r#"
        line 1: anchors (`&name`) have no meaning here; write each value out
    "#]],
    );
    check(
        "project: !!str a\n",
        expect![[r#"
        line 1: tags such as `!name` have no meaning here; write the plain value
    "#]],
    );
    check(
        "? [a, b]\n: c\n",
        expect![[r#"
        line 1: a key must be a plain word; write `key: value`
    "#]],
    );
    check(
        &format!("a: {}", "[".repeat(5000)),
        expect![[r#"
        line 1: this is not YAML: recursion limit exceeded; write `key: value` lines, indented with spaces, and quote values that hold `: ` or `#`
    "#]],
    );
    check(
        &"#".repeat(70_000),
        expect![[r#"
        line 1: the file has 70000 bytes; a project.yaml has at most 65536
    "#]],
    );
}

#[test]
fn columns_that_the_data_does_not_have_are_named() {
    let project = Project::from_yaml(DESIGN).unwrap();
    let header: Vec<String> = ["flight_id", "time", "presure", "lates"].map(String::from).into();
    let all: String = project
        .check_columns(&header)
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect();
    expect![[r#"
        data.label: the data has no column `late`; did you mean `lates`?
        monitor.columns.pressure: the data has no column `pressure`; did you mean `presure`?
    "#]]
    .assert_eq(&all);
    let header: Vec<String> = ["flight_id", "time", "pressure", "late"].map(String::from).into();
    assert!(project.check_columns(&header).is_empty());
}
