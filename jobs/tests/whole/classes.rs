//! The chain of jobs where the label has any number of classes: weather by its pressure, wind and place.

use super::bench::{Bench, Files, Server, json, text};
use windsock_decisions::state::{Prepared, Rejections, Schema};

const PROJECT: &str = "
project: weather
data: { label: sky, exclude: [id], split: { holdout: 0.25 } }
monitor: { min_rows: 100 }
training: { objective: { metric: macro_f1 }, hyperparameters: { rounds: 40 } }
";

/// Low pressure brings storm, high pressure clear skies, and between them the place says what it is; one row in twelve
/// is otherwise. `noise` is the share of twelve rows that mean nothing.
fn skies(from: usize, count: usize, noise: usize) -> Vec<u8> {
    let mut rows = String::from("id,pressure,wind,place,sky\n");
    for id in from..from + count {
        let draw = |salt: usize| (id * 7_919 + salt * 104_729) / 13 % 97;
        let pressure = 970 + draw(1);
        let place = ["coast", "hill", "town"][draw(2) % 3];
        let sky = match (draw(4) % 12 < noise, pressure) {
            (true, _) => ["clear", "fog", "rain, wet", "storm"][draw(5) % 4],
            (false, ..990) => "storm",
            (false, 1_040..) => "clear",
            (false, _) if place == "hill" => "fog",
            (false, _) => "\"rain, wet\"",
        };
        let sky = if sky.contains(',') && !sky.starts_with('"') {
            "\"rain, wet\""
        } else {
            sky
        };
        rows.push_str(&format!("w{id},{pressure},{}.5,{place},{sky}\n", draw(3)));
    }
    rows.into_bytes()
}

fn one(name: &str, bytes: Vec<u8>) -> Files {
    Files::from([(name.to_owned(), bytes)])
}

#[test]
fn many_classes_are_learned_judged_and_scored() {
    let bench = Bench::new(PROJECT);
    let mut data = skies(0, 2_400, 1);
    data.extend_from_slice(b"x1,1000,3,town,stomr\nx2,1000,3,town,\nx3,1000,3,town,NA\n");
    let (first, evaluation) = bench.train("first", 1, &one("a.csv", data), None);
    assert!(
        evaluation.accepted == 1.0 && evaluation.metrics["macro_f1"] > 0.8,
        "{}",
        evaluation.verdict
    );
    assert!(evaluation.metrics["multi_accuracy"] > 0.85 && evaluation.metrics["multi_logloss"] < 0.6);
    let report = first.path("preprocess/processing/output/report");
    let schema: Schema = json(&report.join("schema.json"));
    assert_eq!(schema.classes, ["clear", "fog", "rain, wet", "storm"]);
    let quarantined = json::<Rejections>(&report.join("rejections.json")).rows_quarantined;
    let reasons: Vec<String> = quarantined
        .iter()
        .map(|(reason, rows)| format!("{rows} {reason}"))
        .collect();
    assert_eq!(
        reasons,
        [
            "1 the label `sky` is a class of fewer than 10 rows",
            "2 the label `sky` is missing"
        ]
    );
    answers(&bench, &first);
}

/// What a batch transform would ask of the model, in CSV and in JSON lines.
fn answers(bench: &Bench, run: &super::bench::Run) {
    let (root, output) = bench.prepare("batch", &one("new.csv", skies(9_000, 200, 0)), run);
    assert!(output.status.success());
    let made = root.join("processing/output");
    let prepared: Prepared = json(&made.join("report/prepared.json"));
    let rows = text(&made.join("input").join(&prepared.inputs[0].file));
    let records: String = rows
        .lines()
        .map(|line| format!("{}\n", line.split_once(',').unwrap().1))
        .collect();
    let server = Server::start(&run.path("train"));
    let (status, answer) = server.ask("POST", "/invocations", &records);
    assert_eq!((status, answer.lines().count()), (200, 200));
    let (mut right, mut told) = (
        0,
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(answer.as_bytes()),
    );
    for (row, answer) in rows.lines().zip(told.records()) {
        let (row, answer): (Vec<&str>, _) = (row.split(',').collect(), answer.unwrap());
        let shares: f64 = (1..5).map(|at| answer[at].parse::<f64>().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        let expected = match row[1].parse::<u32>().unwrap() {
            ..990 => "storm",
            1_040.. => "clear",
            _ if row[3] == "hill" => "fog",
            _ => "rain, wet",
        };
        right += u32::from(&answer[0] == expected);
    }
    assert!(right > 180, "{right} of 200");
    let body = "{\"pressure\": 975, \"wind\": 3.5, \"place\": \"town\"}\n[1060, null, \"hill\"]\n";
    let (status, answer) = server.ask_in("POST", "/invocations", "application/jsonlines", body);
    let said: Vec<serde_json::Value> = answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, said.len()), (200, 2));
    assert_eq!(
        (&said[0]["prediction"], &said[1]["prediction"]),
        (&"storm".into(), &"clear".into())
    );
    assert!(said[0]["probabilities"]["rain, wet"].as_f64().unwrap() < 0.5);
    let (status, reason) = server.ask_in("POST", "/invocations", "application/jsonlines", "[1000, 3]\n");
    assert_eq!((status, reason.as_str()), (400, "Line 1: 2 fields where 3 are right\n"));
    assert!(server.stop().success());
}

#[test]
fn what_is_printed_last_is_what_the_metric_definitions_look_for() {
    let bench = Bench::new(PROJECT);
    let (run, _) = bench.train("first", 1, &one("a.csv", skies(0, 600, 0)), None);
    let output = super::bench::job(&run.path("train"), "train", &[]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for metric in ["macro_f1", "multi_accuracy", "multi_logloss"] {
        for set in ["train", "validation"] {
            let found = printed.rsplit_once(&format!(" {set}-{metric}=")).map(|(_, rest)| rest);
            let number = found.and_then(|rest| rest.split_whitespace().next());
            assert!(
                number.is_some_and(|number| number.parse::<f64>().is_ok()),
                "{set}-{metric}: {printed}"
            );
        }
    }
}

#[test]
fn a_champion_of_classes_is_beaten_by_better_answers_alone() {
    let bench = Bench::new(PROJECT);
    let (poor, _) = bench.train("poor", 1, &one("a.csv", skies(0, 1_500, 9)), None);
    let (again, same) = bench.train("again", 2, &one("a.csv", skies(0, 1_500, 9)), Some(&poor));
    assert_eq!(same.accepted, 0.0, "{}", same.verdict);
    let model = |run: &super::bench::Run| text(&run.path("train/model/model.json"));
    assert_eq!(model(&poor), model(&again), "the same rows give the same model");
    let (_, better) = bench.train("better", 2, &one("b.csv", skies(5_000, 2_400, 0)), Some(&poor));
    assert_eq!(better.accepted, 1.0, "{}", better.verdict);
    assert!(
        better.verdict.starts_with("The challenger wins: macro_f1"),
        "{}",
        better.verdict
    );
}

#[test]
fn a_champion_of_two_classes_is_not_compared_with_one_of_many() {
    let mut bench = Bench::new(PROJECT);
    let (first, _) = bench.train("first", 1, &one("a.csv", skies(0, 1_000, 0)), None);
    let numbers: String = std::iter::once("id,pressure,wind,place,sky\n".to_owned())
        .chain((0..1_000).map(|id| format!("w{id},{},1,town,{}\n", 900 + id % 100, id % 100 / 50)))
        .collect();
    bench.project.training.objective.metric = "auc".into();
    let (second, _) = bench.train("second", 2, &one("b.csv", numbers.into_bytes()), None);
    let (root, output) = bench.evaluate(&second, Some(&first));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&root.join("output/message")),
        "The champion (version 1) predicts one of any number of classes of the column `sky` and the challenger one of \
         two classes of `sky`: withdraw the champion (reject its version) to begin anew, or restore the project's label \
         and metric"
    );
}
