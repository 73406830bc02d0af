//! The whole chain of jobs on made-up data, in folders laid out as SageMaker lays them.

use std::path::Path;

use super::bench::{self, Bench, Files, Server, json, text};
use windsock_decisions::state::{ColumnKind, Prepared, Rejections, Schema, Verdict};

const PROJECT: &str = "
project: shop
data: { label: bought, exclude: [visit], split: { holdout: 0.2 } }
monitor: { min_rows: 100 }
training: { hyperparameters: { rounds: 60 } }
";

/// Visits to a shop: whoever is young or comes by mail buys. `from` numbers the visits, `shift` moves the ages.
fn visits(from: usize, count: usize, shift: usize) -> Vec<u8> {
    let mut text = String::from("visit,age,channel,amount,bought\n");
    for visit in from..from + count {
        let draw = |salt: usize| (visit * 7_919 + salt * 104_729) / 13 % 97;
        let age = 20 + shift + draw(1) % 50;
        let channel = ["mail", "web", "shop"][draw(2) % 3];
        let amount = if draw(3) < 10 {
            "NA".into()
        } else {
            format!("{}.5", draw(3))
        };
        let bought = u8::from((age < 40 || channel == "mail") != (draw(4) < 8));
        text.push_str(&format!("v{visit},{age},{channel},{amount},{bought}\n"));
    }
    text.into_bytes()
}

fn files(given: &[(&str, Vec<u8>)]) -> Files {
    given
        .iter()
        .map(|(name, bytes)| (name.to_string(), bytes.clone()))
        .collect()
}

fn reordered() -> Vec<u8> {
    let mut text = String::from("bought,channel,visit,amount,age\r\n");
    for line in String::from_utf8(visits(2_000, 400, 0)).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        text.push_str(&format!(
            "{},{},{},\"{}\",{}\r\n",
            fields[4], fields[2], fields[0], fields[3], fields[1]
        ));
    }
    text.into_bytes()
}

#[test]
fn bad_objects_and_rows_are_accounted_for_and_the_rest_is_learned() {
    let bench = Bench::new(PROJECT);
    let mut odd = visits(5_000, 200, 0);
    odd.extend_from_slice(b"x1,thirty,web,1,1\nx2,30,web,inf,0\nx3,30,web,1,\nx4,30,web,1,2\n");
    let good = files(&[
        ("2013/a.csv", visits(0, 1_000, 0)),
        ("b é+.csv", reordered()),
        ("c.csv", odd),
    ]);
    let mut all = good.clone();
    all.extend(files(&[
        ("0-first.csv", b"station,reading\nJFK,17\n".to_vec()),
        ("1-other.csv", b"visit,age,bought,colour\n1,2,0,red\n".to_vec()),
        ("2013/", vec![]),
        (
            "cut.csv",
            b"visit,age,channel,amount,bought\nv,1,web,2,0\nv,1,we".to_vec(),
        ),
        ("empty.csv", vec![]),
    ]));
    let (root, output) = bench.preprocess("mixed", &all, None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = root.join("processing/output");
    let report: Rejections = json(&made.join("report/rejections.json"));
    let reasons: Vec<String> = report
        .rejections
        .iter()
        .map(|it| format!("{} {}", it.key.replace("training/shop/", ""), it.reason))
        .collect();
    expect_test::expect![[r#"
        0-first.csv has no column `bought`, the label
        1-other.csv has other columns than the rest: `amount`, `channel` missing, `colour` unexpected
        2013/ folder marker: it holds no data
        cut.csv has 3 fields on line 3 where 5 are right
        empty.csv is empty"#]]
    .assert_eq(&reasons.join("\n"));
    assert_eq!((report.rows_used, report.rows_quarantined.len()), (1_600, 4));
    let schema: Schema = json(&made.join("report/schema.json"));
    let kinds: Vec<_> = schema.features.iter().map(|it| (it.name.as_str(), it.kind)).collect();
    let numeric = ColumnKind::Numeric;
    assert_eq!(
        kinds,
        [
            ("age", numeric),
            ("channel", ColumnKind::Categorical),
            ("amount", numeric)
        ]
    );

    // The same rows without the bad company give the same bytes.
    let (alone, _) = bench.preprocess("alone", &good, None);
    for name in [
        "train/data.csv",
        "validation/data.csv",
        "holdout/data.csv",
        "features/features.csv",
    ] {
        assert_eq!(
            text(&made.join(name)),
            text(&alone.join("processing/output").join(name)),
            "{name}"
        );
    }
}

#[test]
fn a_row_keeps_its_side_whatever_comes_with_it() {
    let bench = Bench::new(PROJECT);
    let holdout = |name: &str, given: &Files| -> Vec<String> {
        let (root, _) = bench.preprocess(name, given, None);
        let mut rows: Vec<String> = text(&root.join("processing/output/holdout/data.csv"))
            .lines()
            .map(String::from)
            .collect();
        rows.sort();
        rows.dedup();
        rows
    };
    let alone = holdout("alone", &files(&[("a.csv", visits(0, 500, 0))]));
    let together = holdout(
        "together",
        &files(&[("a.csv", visits(0, 500, 0)), ("b.csv", visits(400, 800, 0))]),
    );
    assert!(!alone.is_empty() && alone.iter().all(|row| together.contains(row)));
}

#[test]
fn the_chain_trains_judges_scores_and_watches() {
    let bench = Bench::new(PROJECT);
    let (first, evaluation) = bench.train("first", 1, &files(&[("a.csv", visits(0, 3_000, 0))]), None);
    assert!(
        evaluation.accepted == 1.0 && evaluation.metrics["auc"] > 0.85,
        "{}",
        evaluation.verdict
    );
    assert_eq!(evaluation.approval_status, "PendingManualApproval");
    let again = bench.train("again", 2, &files(&[("a.csv", visits(0, 3_000, 0))]), Some(&first));
    assert_eq!(
        again.1.accepted, 0.0,
        "a model does not beat itself: {}",
        again.1.verdict
    );
    assert_eq!(again.1.champion.unwrap().gain, 0.0);
    let model = |run: &bench::Run| text(&run.path("train/model/model.json"));
    assert_eq!(model(&first), model(&again.0), "the same rows give the same model");

    let batch = files(&[
        ("new.csv", visits(10_000, 300, 0)),
        ("bad.csv", b"visit,age\n1,2\n".to_vec()),
    ]);
    let (root, report) = bench.monitor("batch", &batch, &first);
    assert_eq!((report.verdict, report.rows), (Verdict::NoDrift, 300));
    let prepared: Prepared = json(&bench.folder("batch/prepare/processing/output/report/prepared.json"));
    assert_eq!(
        (prepared.model_name.as_str(), prepared.rows, prepared.inputs.len()),
        ("windsock-shop-v1", 300, 1)
    );
    assert!(text(&root.join("output/message")).starts_with("Completed: Job completed successfully"));
    let (root, moved) = bench.monitor("moved", &files(&[("new.csv", visits(10_000, 300, 30))]), &first);
    assert_eq!(moved.verdict, Verdict::Drift);
    let violations = text(&root.join("processing/output/constraint_violations.json"));
    assert!(violations.contains("baseline_drift_check") && violations.contains("exceeds threshold: 0.1"));

    let input = bench
        .folder("batch/prepare/processing/output/input")
        .join(&prepared.inputs[0].file);
    serves(&first.path("train"), &text(&input));
}

/// Sends the prepared records without their excluded column, as the transform's filter does.
fn serves(root: &Path, prepared: &str) {
    let records: String = prepared
        .lines()
        .map(|line| format!("{}\n", line.split_once(',').unwrap().1))
        .collect();
    let server = Server::start(root);
    assert_eq!(server.ask("GET", "/ping", ""), (200, String::new()));
    assert!(
        server
            .ask("GET", "/execution-parameters", "")
            .1
            .contains("MULTI_RECORD")
    );
    let (status, predictions) = server.ask("POST", "/invocations", &records);
    assert_eq!((status, predictions.lines().count()), (200, 300));
    assert!(
        predictions
            .lines()
            .all(|line| (0.0..=1.0).contains(&line.parse::<f64>().unwrap()))
    );
    let (status, reason) = server.ask("POST", "/invocations", "30,web,1\nold,web,1\n");
    assert_eq!(
        (status, reason.as_str()),
        (400, "Line 2: `age` is not a number: `old`\n")
    );
    assert!(server.stop().success(), "it stops when it is told to");
}

#[test]
fn what_cannot_be_done_is_said_where_sagemaker_looks() {
    let bench = Bench::new(PROJECT);
    let (root, output) = bench.preprocess("nothing", &files(&[("a.csv", b"a,b\n1,2\n".to_vec())]), None);
    assert_eq!(output.status.code(), Some(1));
    let sentence = text(&root.join("output/message"));
    assert_eq!(
        sentence,
        "Nothing is left to learn from: all 1 objects were rejected, `training/shop/a.csv` because it has no column \
         `bought`, the label"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).lines().last(),
        Some(sentence.as_str())
    );
    assert!(!root.join("processing/output/report").exists());

    let train = bench.folder("train");
    bench::write(&train.join("input/config/hyperparameters.json"), br#"{"round": "5"}"#);
    assert_eq!(bench::job(&train, "train", &[]).status.code(), Some(1));
    assert!(text(&train.join("output/failure")).starts_with("There is no hyperparameter `round`"));
    assert_eq!(bench::job(&train, "deploy", &[]).status.code(), Some(2));
}

#[test]
fn a_champion_of_another_split_is_not_compared_with() {
    let mut bench = Bench::new(PROJECT);
    let data = files(&[("a.csv", visits(0, 1_000, 0))]);
    let (first, _) = bench.train("first", 1, &data, None);
    bench.project.data.split.holdout = 0.3;
    let (second, _) = bench.train("second", 2, &data, None);
    let (root, output) = bench.evaluate(&second, Some(&first));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&root.join("output/message")).starts_with("The champion (version 1) was trained under another split"));
    assert!(!root.join("processing/output/evaluation.json").exists());
}
