//! A project whose data is parquet: the same rows give the same bytes as from CSV, and one bad object is one rejection.

use super::bench::{Bench, Files, json, parquet, text};
use windsock_decisions::project::Format;
use windsock_decisions::state::{Prepared, Rejections};

const BY_CONTENT: &str = "
project: tides
data: { format: parquet, label: high, exclude: [id, at], split: { holdout: 0.3 } }
training: { hyperparameters: { rounds: 5 } }
";

const BY_DAY: &str = "
project: tides
data: { format: parquet, label: high, exclude: [id], split: { by: time-block, column: at, block: 1d, holdout: 0.3 } }
";

const TYPES: [(&str, &str); 4] = [
    ("at", "time"),
    ("level", "number"),
    ("waves", "whole"),
    ("high", "whole"),
];

/// With nothing in a cell here and there, of numbers and of texts.
fn rows(numbers: std::ops::Range<usize>) -> String {
    let row = |number: usize| {
        let (day, hour) = (number / 24 % 28 + 1, number % 24);
        let port = ["north", "söuth, \"inner\"", ""][number % 3];
        let level = if number.is_multiple_of(7) {
            String::new()
        } else {
            format!("{:?}", (number * 37 % 911) as f64 / 8.0)
        };
        format!(
            "t{number},2013-05-{day:02} {hour:02}:00:00,\"{}\",{level},{},{}\n",
            port.replace('"', "\"\""),
            number % 11,
            number % 3 / 2
        )
    };
    format!("id,at,port,level,waves,high\n{}", numbers.map(row).collect::<String>())
}

fn files(given: &[(&str, Vec<u8>)]) -> Files {
    let given = given.iter();
    given.map(|(name, bytes)| (name.to_string(), bytes.clone())).collect()
}

fn as_csv(mut bench: Bench) -> Bench {
    bench.project.data.format = Format::Csv;
    bench
}

fn reasons(report: &Rejections) -> String {
    let reason = |it: &windsock_decisions::state::Rejection| {
        let name = it.key.rsplit('/').next().unwrap_or_default();
        format!("{name} {}\n", it.reason)
    };
    report.rejections.iter().map(reason).collect()
}

#[test]
fn the_same_rows_fall_on_the_same_sides_with_the_same_bytes() {
    for project in [BY_CONTENT, BY_DAY] {
        let (columns, lines) = (Bench::new(project), as_csv(Bench::new(project)));
        let (from_parquet, output) = columns.preprocess(
            "parquet",
            &files(&[
                ("a.parquet", parquet(&rows(0..400), &TYPES)),
                ("b", parquet(&rows(300..600), &TYPES)),
            ]),
            None,
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let given = [
            ("a.csv", rows(0..400).into_bytes()),
            ("b.csv", rows(300..600).into_bytes()),
        ];
        let (from_csv, _) = lines.preprocess("csv", &files(&given), None);
        for name in [
            "train/data.csv",
            "validation/data.csv",
            "holdout/data.csv",
            "features/features.csv",
            "report/schema.json",
            "report/rejections.json",
        ] {
            let made = |root: &std::path::Path| text(&root.join("processing/output").join(name));
            assert_eq!(made(&from_parquet), made(&from_csv), "{name}");
        }
    }
}

/// Whole objects that cannot be read, beside one that can.
fn bad_company(good: Vec<u8>) -> Files {
    let mut cut = good.clone();
    cut.truncate(good.len() / 2);
    let mut mangled = good.clone();
    let pages = 40..good.len() / 2;
    mangled[pages].fill(0xa5);
    files(&[
        ("good.parquet", good),
        ("cut.parquet", cut),
        ("mangled.parquet", mangled),
        ("plain.csv", rows(0..9).into_bytes()),
        ("packed.gz", b"\x1f\x8b\x08whatever".to_vec()),
        (
            "other.parquet",
            parquet("id,at,port\n1,2013-05-01 00:00:00,x\n", &TYPES),
        ),
        ("none.parquet", parquet("id,at,port,level,waves,high\n", &TYPES)),
    ])
}

#[test]
fn a_bad_object_is_rejected_with_a_sentence_and_the_rest_is_learned() {
    let bench = Bench::new(BY_CONTENT);
    let (root, output) = bench.preprocess("bad", &bad_company(parquet(&rows(0..600), &TYPES)), None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
    assert_eq!(report.rows_used, 600);
    expect_test::expect![[r#"
        cut.parquet is no parquet file that can be read (Invalid Parquet file. Corrupt footer)
        mangled.parquet is no parquet file that can be read (snappy: corrupt input (expected valid offset but got offset 1445; dst position: 23))
        none.parquet has columns and no rows
        other.parquet has no column `high`, the label
        packed.gz is packed with gzip, where data.format asks for parquet: deliver the parquet file, which packs itself
        plain.csv is no parquet file, where data.format asks for parquet: deliver parquet, or write `format: csv`
    "#]].assert_eq(&reasons(&report));
}

#[test]
fn a_parquet_file_in_a_project_of_csv_is_rejected_with_a_sentence() {
    let bench = as_csv(Bench::new(BY_CONTENT));
    let given = files(&[
        ("a.csv", rows(0..300).into_bytes()),
        ("b.csv", parquet(&rows(0..300), &TYPES)),
    ]);
    let (root, output) = bench.preprocess("csv", &given, None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
    expect_test::expect![[r#"
        b.csv is a parquet file, where data.format asks for csv: deliver csv, or write `format: parquet`
    "#]]
    .assert_eq(&reasons(&report));
}

#[test]
fn prepare_scores_parquet_as_it_scores_csv() {
    let bench = Bench::new(BY_CONTENT);
    let data = files(&[("a.parquet", parquet(&rows(0..400), &TYPES))]);
    let (champion, _) = bench.train("champion", 1, &data, None);
    let batch = bad_company(parquet(&rows(900..1_100), &TYPES));
    let (root, output) = bench.prepare("batch", &batch, &champion);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = root.join("processing/output");
    let report: Rejections = json(&made.join("report/rejections.json"));
    expect_test::expect![[r#"
        cut.parquet is no parquet file that can be read (Invalid Parquet file. Corrupt footer)
        mangled.parquet is no parquet file that can be read (snappy: corrupt input (expected valid offset but got offset 1445; dst position: 24))
        none.parquet has columns and no rows
        other.parquet has other columns than the champion was trained on: `level`, `waves` missing
        packed.gz is packed with gzip, where data.format asks for parquet: deliver the parquet file, which packs itself
        plain.csv is no parquet file, where data.format asks for parquet: deliver parquet, or write `format: csv`
    "#]].assert_eq(&reasons(&report));
    let prepared: Prepared = json(&made.join("report/prepared.json"));
    assert_eq!((prepared.rows, prepared.files), (200, 1));

    let bench = as_csv(bench);
    let (csv, _) = bench.prepare("csv", &files(&[("good.csv", rows(900..1_100).into_bytes())]), &champion);
    let csv = csv.join("processing/output");
    let prepared_csv: Prepared = json(&csv.join("report/prepared.json"));
    let input =
        |folder: &std::path::Path, prepared: &Prepared| text(&folder.join("input").join(&prepared.inputs[0].file));
    assert_eq!(input(&made, &prepared), input(&csv, &prepared_csv));
    assert_eq!(
        text(&made.join("features/features.csv")),
        text(&csv.join("features/features.csv"))
    );
}
