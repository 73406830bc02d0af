//! Files of the managed analyzer, in and out.
//!
//! `tests/managed/*.json` are excerpts (columns `_c0` and `_c2`, here `_c1`) of what Amazon's analyzer wrote, from
//! aws/sagemaker-python-sdk v2.250.0, tests/data/pipeline/quality_check_step (Apache-2.0). Of so few rows its sketch
//! holds every value, so the data can be made again from it. `tests/referee/analyzer_files.py` compares whole files, where they are at hand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::{job, json, text, write};

const FORMAT: (&str, &str) = (
    "dataset_format",
    r#"{"csv": {"header": false, "output_columns_position": "START"}}"#,
);
const SOURCE: (&str, &str) = ("dataset_source", "/opt/ml/processing/input/data");
const OUTPUT: (&str, &str) = ("output_path", "/opt/ml/processing/output");
const STATISTICS: (&str, &str) = ("baseline_statistics", "/opt/ml/processing/baseline/statistics.json");
const CONSTRAINTS: (&str, &str) = ("baseline_constraints", "/opt/ml/processing/baseline/constraints.json");

fn managed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/managed").join(name)
}

fn items(feature: &Value) -> Vec<f64> {
    let level = &feature["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"][0];
    level
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_f64().unwrap())
        .collect()
}

/// The analyzer's data, each value moved by so much.
fn data(moved: f64) -> String {
    let statistics: Value = json(&managed("statistics.json"));
    let [first, second] = [0, 1].map(|at| items(&statistics["features"][at]));
    first
        .iter()
        .zip(second)
        .map(|(one, other)| format!("{:?},{:?}\n", one + moved, other + moved))
        .collect()
}

fn run(root: &Path, data: &str, environment: &[(&str, &str)]) {
    write(&root.join("processing/input/data/rows.csv"), data.as_bytes());
    for name in ["statistics.json", "constraints.json"] {
        write(
            &root.join("processing/baseline").join(name),
            text(&managed(name)).as_bytes(),
        );
    }
    let environment: Vec<_> = [FORMAT, SOURCE, OUTPUT].iter().chain(environment).copied().collect();
    let output = job(root, "monitor", &environment);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Numbers to 14 digits, for the order of additions is the analyzer's own; the bounds of buckets to the last one.
fn alike(ours: &Value, theirs: &Value, place: &str) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in theirs {
                alike(
                    ours.get(name).unwrap_or(&Value::Null),
                    value,
                    &format!("{place}.{name}"),
                );
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{place}");
            ours.iter()
                .zip(theirs)
                .for_each(|(our, their)| alike(our, their, place));
        }
        (Value::Number(ours), Value::Number(theirs)) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            let tolerated = if place.ends_with("_bound") { 0.0 } else { 1e-14 };
            assert!(
                (ours - theirs).abs() <= tolerated * theirs.abs(),
                "{place}: {ours} is not {theirs}"
            );
        }
        _ => assert_eq!(ours, theirs, "{place}"),
    }
}

#[test]
fn our_files_hold_what_the_analyzers_hold() {
    let root = tempfile::tempdir().unwrap();
    run(root.path(), &data(0.0), &[]);
    for name in ["statistics.json", "constraints.json"] {
        alike(
            &json(&root.path().join("processing/output").join(name)),
            &json(&managed(name)),
            name,
        );
    }
}

#[test]
fn the_analyzers_baseline_is_compared_with() {
    let root = tempfile::tempdir().unwrap();
    let output = root.path().join("processing/output");
    run(root.path(), &data(0.0), &[STATISTICS, CONSTRAINTS]);
    let violations: Value = json(&output.join("constraint_violations.json"));
    assert_eq!(violations, serde_json::json!({"violations": []}));
    let message = text(&root.path().join("output/message"));
    assert_eq!(message, "Completed: Job completed successfully with no violations.");

    run(root.path(), &data(2.0), &[STATISTICS, CONSTRAINTS]);
    let violations: Value = json(&output.join("constraint_violations.json"));
    let description = violations["violations"][0]["description"].as_str().unwrap();
    // As the analyzer's readers take it apart: distance: (.+) exceeds threshold: (.+)
    let (_, numbers) = description.split_once("distance: ").unwrap();
    let (distance, threshold) = numbers.split_once(" exceeds threshold: ").unwrap();
    assert!(
        distance.parse::<f64>().unwrap() > threshold.parse::<f64>().unwrap(),
        "{description}"
    );
    let message = text(&root.path().join("output/message"));
    assert_eq!(
        message,
        "CompletedWithViolations: Job completed successfully with 1 violations."
    );
}

#[test]
fn a_schedule_gets_its_metrics() {
    let root = tempfile::tempdir().unwrap();
    let asked = [
        STATISTICS,
        CONSTRAINTS,
        ("publish_cloudwatch_metrics", "Enabled"),
        ("sagemaker_monitoring_schedule_name", "nightly"),
        ("end_time", "2026-11-27T12:00:00Z"),
    ];
    run(root.path(), &data(2.0), &asked);
    let lines = text(&root.path().join("output/metrics/cloudwatch/cloudwatch_metrics.jsonl"));
    let metrics: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = metrics.iter().map(|it| it["MetricName"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "feature_data__c0",
            "feature_non_null__c0",
            "feature_baseline_drift__c0",
            "feature_data__c1",
            "feature_non_null__c1",
            "feature_baseline_drift__c1",
        ]
    );
    for metric in &metrics {
        assert_eq!(metric["Timestamp"], "2026-11-27T12:00:00Z");
        assert_eq!(
            metric["Dimensions"],
            serde_json::json!([{"Name": "MonitoringSchedule", "Value": "nightly"}])
        );
    }
    assert_eq!(metrics[0]["StatisticValues"]["SampleCount"], 100.0);
    assert_eq!(
        (&metrics[1]["Value"], metrics[0].get("Value")),
        (&Value::from(1.0), None)
    );
    let report: Value = json(&root.path().join("processing/output/drift.json"));
    assert_eq!(metrics[2]["Value"], report["features"][0]["distance"]);
    run(root.path(), &data(0.0), &[("publish_cloudwatch_metrics", "Disabled")]);
}

#[test]
fn a_run_that_fails_leaves_a_sentence_and_no_files() {
    let root = tempfile::tempdir().unwrap();
    write(&root.path().join("processing/input/data/a/rows.csv"), b"1,2\n3\n");
    let output = job(root.path(), "monitor", &[FORMAT, SOURCE, OUTPUT]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&root.path().join("output/message"));
    assert_eq!(
        message,
        "/opt/ml/processing/input/data/a/rows.csv has 1 field on line 2 where 2 are right"
    );
    assert!(!root.path().join("processing/output").exists());
}
