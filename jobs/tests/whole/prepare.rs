//! What Prepare promises: columns are matched by name, whole objects are scored or rejected with a sentence, and every
//! row that is not scored is counted.

use super::bench::{Bench, Files, Run, json, text};
use windsock_decisions::state::{Prepared, Rejections};

const PROJECT: &str = "
project: tides
data: { label: high, exclude: [id, port], split: { holdout: 0.3 } }
training: { hyperparameters: { rounds: 5 } }
";

fn champion(bench: &Bench) -> Run {
    let rows: String = (0..300)
        .map(|number| {
            let wind = ["calm", "gale"][number % 2];
            format!("t{number},north,{}.25,{wind},{}\n", number * 37 % 91, number % 3 / 2)
        })
        .collect();
    let data = format!("id,port,level,wind,high\n{rows}").into_bytes();
    bench
        .train("champion", 1, &Files::from([("a.csv".into(), data)]), None)
        .0
}

fn files(given: &[(&str, &str)]) -> Files {
    let given = given.iter();
    given
        .map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()))
        .collect()
}

#[test]
fn columns_are_matched_by_name_or_rejected_with_a_sentence() {
    let bench = Bench::new(PROJECT);
    let champion = champion(&bench);
    let batch = files(&[
        ("plain.csv", "id,port,level,wind\n1,north,2.5,calm\n2,south,NA,gale\n"),
        (
            "reordered.csv",
            "wind,level,high,port,id\r\ncalm, 2.5 ,1,\"no,rth\",3\r\n",
        ),
        ("missing.csv", "id,port,level\n1,north,2.5\n"),
        ("extra.csv", "id,port,level,wind,moon\n1,north,2.5,calm,full\n"),
        ("both.csv", "id,level,wind,moon\n1,2.5,calm,full\n"),
        (
            "texts.csv",
            "id,port,level,wind\n1,north,deep,calm\n2,north,high,calm\n",
        ),
        ("cut.csv", "id,port,level,wind\n1,north,2.5,calm\n2,nor"),
        ("empty.csv", ""),
        ("header.csv", "id,port,level,wind\n"),
        ("twice.csv", "id,port,level,level\n1,north,2,2\n"),
    ]);
    let (root, output) = bench.prepare("batch", &batch, &champion);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = root.join("processing/output");
    let report: Rejections = json(&made.join("report/rejections.json"));
    let reasons: Vec<String> = report
        .rejections
        .iter()
        .map(|it| format!("{} {}", it.key.replace("inference/tides/", ""), it.reason))
        .collect();
    expect_test::expect![[r#"
        both.csv has other columns than the champion was trained on: `port` missing, `moon` unexpected
        cut.csv has 2 fields on line 3 where 4 are right
        empty.csv is empty
        extra.csv has other columns than the champion was trained on: `moon` unexpected
        header.csv has a header and no rows
        missing.csv has other columns than the champion was trained on: `wind` missing
        texts.csv has no row that can be scored: `level` is not a number
        twice.csv has column `level` twice in its header"#]]
    .assert_eq(&reasons.join("\n"));
    let prepared: Prepared = json(&made.join("report/prepared.json"));
    assert_eq!((prepared.rows, prepared.files), (3, 2));
    let written: Vec<String> = prepared
        .inputs
        .iter()
        .map(|input| text(&made.join("input").join(&input.file)))
        .collect();
    assert_eq!(
        written,
        ["1,north,2.5,calm\n2,south,,gale\n", "3,\"no,rth\",2.5,calm\n"],
        "no header, excluded columns first, then the model's order"
    );
    assert_eq!(
        text(&made.join("features/features.csv")),
        "level,wind\n2.5,calm\n,gale\n2.5,calm\n"
    );
}

#[test]
fn rows_that_cannot_be_scored_are_counted_and_the_same_input_gives_the_same_bytes() {
    let bench = Bench::new(PROJECT);
    let champion = champion(&bench);
    let batch = files(&[(
        "odd.csv",
        "id,port,level,wind\n1,north,2.5,calm\n2,north,deep,calm\n3,north,inf,calm\n4,\"no\nrth\",1,calm\n5,north,3,storm\n",
    )]);
    let made = |name: &str| {
        let (root, output) = bench.prepare(name, &batch, &champion);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        root.join("processing/output")
    };
    let (once, again) = (made("once"), made("again"));
    let report: Rejections = json(&once.join("report/rejections.json"));
    let reasons: Vec<String> = report
        .rows_quarantined
        .iter()
        .map(|(reason, rows)| format!("{rows} {reason}"))
        .collect();
    expect_test::expect![[r#"
        1 `level` is not a number
        1 `level` is not finite
        1 `port` holds a line break, which a batch transform cannot carry"#]]
    .assert_eq(&reasons.join("\n"));
    assert_eq!(report.rows_used, 2);
    for file in [
        "features/features.csv",
        "report/prepared.json",
        "report/rejections.json",
    ] {
        assert_eq!(text(&once.join(file)), text(&again.join(file)), "{file}");
    }
}

#[test]
fn a_batch_without_a_single_usable_object_fails_with_its_first_reason() {
    let bench = Bench::new(PROJECT);
    let champion = champion(&bench);
    let (root, output) = bench.prepare("none", &files(&[("a.csv", "id\n1\n")]), &champion);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&root.join("output/message")),
        "There is nothing to score: all 1 objects were rejected, `inference/tides/a.csv` because it has other columns \
         than the champion was trained on: `port`, `level`, `wind` missing"
    );
}
