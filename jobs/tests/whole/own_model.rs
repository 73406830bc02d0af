//! The example with a model of its own: examples/own-model/model.py between Windsock's other jobs.
//!
//! It needs a Python with scikit-learn. `cargo verify` names one in WINDSOCK_EXAMPLE_PYTHON; without it `cargo test` asks
//! for Rust and a C compiler alone, so these tests say that there is none and end.

use std::path::PathBuf;

use super::bench::{Bench, Files, Run, Server, json, program, text};
use windsock_decisions::state::{Prepared, ResampledBy, Verdict};

fn example(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path)
}

/// The words of windsock.local.yaml, with whole paths.
fn program_of_the_image() -> Option<Vec<PathBuf>> {
    let python = std::env::var_os("WINDSOCK_EXAMPLE_PYTHON")?;
    Some(vec![python.into(), example("own-model/model.py")])
}

fn bench() -> Option<Bench> {
    let Some(words) = program_of_the_image() else {
        eprintln!("WINDSOCK_EXAMPLE_PYTHON names no Python with scikit-learn, so nothing was tried");
        return None;
    };
    let mut bench = Bench::new(&text(&example("own-model/project.yaml")));
    bench.own_model = Some(words);
    Some(bench)
}

fn months(folder: &str, months: std::ops::RangeInclusive<u32>) -> Files {
    let file = |month| {
        let name = format!("2013-{month:02}.csv");
        let bytes = std::fs::read(example("flight-delay").join(folder).join(&name)).unwrap();
        (name, bytes)
    };
    months.map(file).collect()
}

#[test]
fn the_loop_runs_with_a_model_of_ones_own() {
    let Some(bench) = bench() else { return };
    let (winter, first) = bench.train("winter", 1, &months("training", 1..=3), None);
    assert!(first.accepted == 1.0 && first.metrics["auc"] > 0.7, "{}", first.verdict);
    assert_eq!(first.approval_status, "PendingManualApproval");
    let (_, same) = bench.train("again", 2, &months("training", 1..=3), Some(&winter));
    assert_eq!(same.accepted, 0.0, "a model does not beat itself: {}", same.verdict);
    assert_eq!(same.metrics, first.metrics, "the same rows give the same model");

    let (spring, against) = bench.train("spring", 2, &months("training", 4..=6), Some(&winter));
    assert!(
        against.accepted == 1.0 && against.champion.unwrap().gain_low > 0.0,
        "{}",
        against.verdict
    );
    let report = spring.report();
    assert_eq!(report.resampled.by, ResampledBy::TimeBlock);
    assert!((report.importance.iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-9);

    let (_, drift) = bench.monitor("batch", &months("inference", 4..=6), &winter);
    assert_eq!(drift.verdict, Verdict::Drift);
    serves(&bench, &winter);
}

/// What the transform sends of the batch that was prepared for the monitor.
fn serves(bench: &Bench, champion: &Run) {
    let made = bench.folder("batch/prepare/processing/output");
    let prepared: Prepared = json(&made.join("report/prepared.json"));
    let rows = text(&made.join("input").join(&prepared.inputs[0].file));
    let past_the_excluded = |line: &str| format!("{}\n", line.splitn(3, ',').nth(2).unwrap());
    let records: String = rows.lines().map(past_the_excluded).collect();
    let environment = [("SAGEMAKER_BIND_TO_PORT", "0")];
    let words = bench.own_model.as_ref().unwrap();
    let server = Server::start_program(program(words, &champion.path("train"), "serve", &environment));
    assert_eq!(server.ask("GET", "/ping", ""), (200, String::new()));
    let (status, predictions) = server.ask("POST", "/invocations", &records);
    assert_eq!((status, predictions.lines().count()), (200, rows.lines().count()));
    assert!(
        predictions
            .lines()
            .all(|line| (0.0..=1.0).contains(&line.parse::<f64>().unwrap()))
    );
    let broken = records.lines().next().unwrap().replacen(',', ",noon,", 1);
    let (status, reason) = server.ask("POST", "/invocations", &format!("{broken}\n"));
    assert_eq!(
        (status, reason.as_str()),
        (400, "Line 1: 16 fields where 15 are right\n")
    );
    assert!(server.stop().success(), "it stops when it is told to");
}

#[test]
fn its_refusals_stand_where_sagemaker_looks() {
    let Some(mut bench) = bench() else { return };
    let words = bench.own_model.clone().unwrap();
    let root = bench.folder("odd");
    super::bench::write(&root.join("input/config/hyperparameters.json"), br#"{"depth": "5"}"#);
    let output = program(&words, &root, "train", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&root.join("output/failure")).starts_with("There is no hyperparameter `depth`: known are"));

    let data = months("training", 1..=1);
    let (first, _) = bench.train("first", 1, &data, None);
    bench.project.data.split.holdout = 0.3;
    let (second, _) = bench.train("second", 2, &data, None);
    let (root, output) = bench.evaluate(&second, Some(&first));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&root.join("output/message")).starts_with("The champion (version 1) was trained under another split"));
}
