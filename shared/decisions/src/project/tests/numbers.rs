//! Durations and numbers: units, bounds, points.

use expect_test::expect;

use super::{told, with};

#[test]
fn durations_have_units_and_bounds() {
    let mut all = String::new();
    for value in [
        "0",
        "5",
        "-5m",
        "5min",
        "2 hours",
        "1.5h",
        "1h30m",
        "16m",
        "1000000000000000000",
        "soon",
        "[5m]",
    ] {
        all.push_str(&told(&with(&format!("training: {{ settle: {value} }}"))));
    }
    all.push_str(&told(&with("training: { cooldown: 1000000000000000000s, window: 5m }")));
    all.push_str(&told(&with(
        "drift: { cooldown: 0s }\ncompute: { max_runtime: 30d }\nletters: { remind_approvers: 90m }",
    )));
    expect![[r#"
        line 3: training.settle: `0` has no unit; write 0s, 0m, 0h, 0d or 0w
        line 3: training.settle: `5` has no unit; write 5s, 5m, 5h, 5d or 5w
        line 3: training.settle: `-5m` is negative; write a whole number and one unit: 30s, 5m, 6h, 365d or 1w
        line 3: training.settle: `5min` is not a duration; write 5m
        line 3: training.settle: `2 hours` is not a duration; write 2h
        line 3: training.settle: `1.5h` is not a duration; write a whole number and one unit: 30s, 5m, 6h, 365d or 1w
        line 3: training.settle: `1h30m` is not a duration; write a whole number and one unit: 30s, 5m, 6h, 365d or 1w
        line 3: training.settle: `16m` is longer than 15m; write 15m or less: SQS delays a message for at most 15 minutes
        line 3: training.settle: `1000000000000000000` has no unit; write a whole number and one unit: 30s, 5m, 6h, 365d or 1w
        line 3: training.settle: `soon` is not a duration; write a whole number and one unit: 30s, 5m, 6h, 365d or 1w
        line 3: training.settle: a list stands where a single value belongs; write one value
        line 3: training.window: `5m` is shorter than 1h; write 1h or more: a shorter window holds no training set
        line 3: training.cooldown: `1000000000000000000s` is longer than 365d; write 365d or less: a longer pause is a project that is over
        line 3: drift.cooldown: `0s` is shorter than 1m; write 1m or more: one drift asks for one training per cool-down
        line 4: compute.max_runtime: `30d` is longer than 5d; write 5d or less: SageMaker stops a training job after 5 days
        line 5: letters.remind_approvers: reminders go out on full hours; write e.g. 24h or 2d
    "#]].assert_eq(&all);
}

#[test]
fn numbers_have_points_and_bounds() {
    let mut all = String::new();
    for value in [
        "0,2", "\"0,2\"", "0", "-0.1", "1.01", ".nan", ".inf", "1e309", "1e-400", "0x1", "true", "{}",
    ] {
        all.push_str(&told(&format!(
            "project: a\ndata: {{ label: y }}\nmonitor:\n  threshold: {value}\n"
        )));
    }
    all.push_str(&told(&with(
        "training: { per_day: 0, retries: 11, objective: { must_beat_champion_by: -1 } }",
    )));
    all.push_str(&told(&with(
        "training:\n  hyperparameters:\n    rate: 0,1\n    objective_metric: auc\n    deep: [1]\n",
    )));
    all.push_str(&told(&with(
        "approval: { automatic: { auc: \">= 80\", aus: \"> 0,8\", logloss: 0.5 } }",
    )));
    all.push_str(&told(&with(
        "training: { objective: { metric: rmse, direction: maximize } }",
    )));
    all.push_str(&told(&with("data2: 1\ndata: { label: z }")));
    expect![[r#"
        line 4: monitor.threshold: `0,2` has a comma; write 0.2 with a point
        line 4: monitor.threshold: `"0,2"` is quoted text; write the number without quotes
        line 4: monitor.threshold: `0` is out of range; write a number above 0 and at most 1: a distance between two distributions is at most 1
        line 4: monitor.threshold: `-0.1` is out of range; write a number above 0 and at most 1: a distance between two distributions is at most 1
        line 4: monitor.threshold: `1.01` is out of range; write a number above 0 and at most 1: a distance between two distributions is at most 1
        line 4: monitor.threshold: `.nan` is not a number; write a number such as 0.2
        line 4: monitor.threshold: `.inf` is not a number; write a number such as 0.2
        line 4: monitor.threshold: `1e309` is not a finite number; write a number such as 0.2
        line 4: monitor.threshold: `1e-400` is out of range; write a number above 0 and at most 1: a distance between two distributions is at most 1
        line 4: monitor.threshold: `0x1` is not a number; write a number such as 0.2
        line 4: monitor.threshold: `true` is not a number; write a number such as 0.2
        line 4: monitor.threshold: a group of keys stands where a single value belongs; write one value
        line 3: training.per_day: `0` is out of range; write a whole number from 1 to 1000: it caps what a day can cost
        line 3: training.retries: `11` is out of range; write a whole number from 0 to 10: each retry costs a run
        line 3: training.objective.must_beat_champion_by: a negative margin lets worse models win; write 0.0 or more
        line 5: training.hyperparameters.rate: `0,1` has a comma; write 0.1
        line 6: training.hyperparameters.objective_metric: this one is set from training.objective.metric; remove it
        line 7: training.hyperparameters.deep: a list stands where a single value belongs; write one value
        line 3: approval.automatic.auc: auc lies between 0 and 1; write e.g. ">= 0.80"
        line 3: approval.automatic.aus: there is no metric `aus`; did you mean `auc`?
        line 3: approval.automatic.aus: `0,8` has a comma; write 0.8 with a point
        line 3: approval.automatic.logloss: `0.5` is not a rule; write e.g. ">= 0.80" (also <=, > and <)
        line 3: training.objective.direction: rmse would be driven the wrong way; write minimize, or nothing
        line 3: data2: there is no key `data2`; did you mean `data`?
        line 4: data: `data` stands here for the second time; keep it or the one of line 2
    "#]].assert_eq(&all);
}

#[test]
fn thresholds_of_single_columns_fit_the_monitors_environment() {
    let columns: Vec<String> = (0..200).map(|at| format!("column_{at}: 0.3")).collect();
    let yaml = with(&format!("monitor: {{ columns: {{ {} }} }}", columns.join(", ")));
    expect![[r#"
        line 3: monitor.columns: 200 columns are too many; give thresholds of their own to fewer columns; `threshold` is for all others
    "#]].assert_eq(&told(&yaml));
}
