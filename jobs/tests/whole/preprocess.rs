//! What Preprocess promises whatever it is given: the same bytes for the same input, sides that hold for ever, and a
//! count for everything that is not learned from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::bench::{Bench, Files, json, text};
use windsock_decisions::state::Rejections;
use windsock_jobs::common::hash::Random;

const BY_CONTENT: &str = "
project: tides
data: { label: high, exclude: [id], split: { holdout: 0.3 } }
";

const BY_DAY: &str = "
project: tides
data: { label: high, exclude: [id, at], segments: [port], split: { by: time-block, column: at, block: 1d, holdout: 0.3 } }
";

const BY_TIME: &str = "
project: tides
data:
  label: high
  exclude: [id, at]
  split: { by: time, column: at, block: 1d, holdout_from: 2013-05-06 12:00:00, holdout_until: 2013-05-10, validation: 0.3 }
";

const HEADER: &str = "id,at,port,level,high\n";

fn row(number: usize) -> String {
    let (day, hour) = (number / 24 % 28 + 1, number % 24);
    let port = ["north", "south"][number % 2];
    format!(
        "t{number},2013-05-{day:02} {hour:02}:00:00,{port},{}.25,{}\n",
        number * 37 % 911,
        number % 3 / 2
    )
}

fn rows(numbers: std::ops::Range<usize>) -> Vec<u8> {
    let rows: String = numbers.map(row).collect();
    format!("{HEADER}{rows}").into_bytes()
}

fn files(given: &[(&str, Vec<u8>)]) -> Files {
    let given = given.iter();
    given.map(|(name, bytes)| (name.to_string(), bytes.clone())).collect()
}

/// Everything below a folder, by name.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The levels of the rows on each side, without a label that may have been corrected.
fn sides(bench: &Bench, name: &str, given: &Files) -> [BTreeSet<String>; 3] {
    let (root, output) = bench.preprocess(name, given, None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ["train", "validation", "holdout"].map(|side| {
        let rows = text(&root.join("processing/output").join(side).join("data.csv"));
        rows.lines()
            .map(|row| row.split_once(',').unwrap().1.trim().to_owned())
            .collect()
    })
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for project in [BY_CONTENT, BY_DAY, BY_TIME] {
        let bench = Bench::new(project);
        let given = files(&[
            ("a.csv", rows(0..500)),
            ("b.csv", rows(300..600)),
            ("bad.csv", b"x\n1\n".to_vec()),
        ]);
        let made = |name: &str| {
            let (root, _) = bench.preprocess(name, &given, None);
            let mut made = bytes(&root.join("processing/output"));
            // The slot is the run's own name.
            made.remove("report/run.json");
            made
        };
        assert_eq!(made("once"), made("again"));
    }
}

#[test]
fn once_held_out_is_always_held_out() {
    for project in [BY_CONTENT, BY_DAY, BY_TIME] {
        let bench = Bench::new(project);
        let before = sides(&bench, "before", &files(&[("m.csv", rows(0..400))]));
        // The same rows in another order, with other names and corrected labels, among others, in other objects.
        let mut again: Vec<String> = (0..400)
            .map(|number| {
                row(number)
                    .replace(",0\n", ",1\n")
                    .replace(&format!("t{number},"), "x,")
            })
            .collect();
        again.reverse();
        let again = format!("{HEADER}{}", again.concat()).into_bytes();
        let after = sides(
            &bench,
            "after",
            &files(&[
                ("a.csv", rows(380..700)),
                ("m.csv", again),
                ("z.csv", b"id,level\n1,2\n".to_vec()),
            ]),
        );
        for (side, (before, after)) in before.iter().zip(&after).enumerate() {
            assert!(!before.is_empty() && before.is_subset(after), "side {side}");
        }
        assert!(after[2].is_disjoint(&after[0]) && after[2].is_disjoint(&after[1]));
    }
}

/// What each row is to a version of the model, by the row's level, which no other row has.
type Sides = BTreeMap<String, usize>;

fn side_of_each(bench: &Bench, name: &str, given: &Files) -> Sides {
    let sides = sides(bench, name, given);
    let sides = sides.iter().enumerate();
    sides
        .flat_map(|(side, rows)| rows.iter().map(move |row| (row.clone(), side)))
        .collect()
}

/// Days arrive in any order, some again, some late, some in files with others; every run learns from another set of them.
#[test]
fn no_manifest_moves_a_row_to_another_side() {
    for (at, project) in [BY_CONTENT, BY_DAY, BY_TIME].into_iter().enumerate() {
        let bench = Bench::new(project);
        let mut random = Random::new(at as u64 + 1);
        let mut known = Sides::new();
        for run in 0..12 {
            // Every run has a few days that others hold out and a few that they learn from, and up to twenty more.
            let mut days: Vec<usize> = (0..12).chain((0..random.below(20)).map(|_| random.below(28))).collect();
            for place in (1..days.len()).rev() {
                days.swap(place, random.below(place + 1));
            }
            let mut given = Files::new();
            while !days.is_empty() {
                let together = days.split_off(days.len() - (random.below(3) + 1).min(days.len()));
                let mut lines: Vec<String> = together
                    .iter()
                    .flat_map(|day| day * 24..day * 24 + 24)
                    .map(row)
                    .collect();
                if random.below(2) == 0 {
                    lines.reverse();
                }
                let name = format!("{:03}.csv", random.below(1_000));
                given.insert(name, format!("{HEADER}{}", lines.concat()).into_bytes());
            }
            for (row, side) in side_of_each(&bench, &format!("run-{run}"), &given) {
                let before = *known.entry(row.clone()).or_insert(side);
                assert_eq!(before, side, "{row} of run {run}");
            }
        }
        let count = |side| known.values().filter(|known| **known == side).count();
        assert!(
            count(0) > 100 && count(1) > 20 && count(2) > 50,
            "{} learned, {} validated, {} held out",
            count(0),
            count(1),
            count(2)
        );
    }
}

#[test]
fn a_split_by_time_holds_out_its_time_and_says_when_nothing_lies_there() {
    let bench = Bench::new(BY_TIME);
    let [train, validation, holdout] = sides(&bench, "month", &files(&[("m.csv", rows(0..600))]));
    let level = |number: usize| row(number).split(',').skip(2).take(2).collect::<Vec<_>>().join(",");
    let between: BTreeSet<String> = (5 * 24 + 12..9 * 24).map(level).collect();
    assert_eq!(holdout, between, "from the sixth at noon to the end of the ninth");
    assert!(!train.is_empty() && !validation.is_empty());
    let (root, output) = bench.preprocess("early", &files(&[("m.csv", rows(0..100))]), None);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&root.join("output/message")),
        "100 usable rows are too few: the split (what happened from 2013-05-06T12:00:00Z on until 2013-05-10T00:00:00Z) \
         left none for holdout; deliver more rows or change data.split"
    );
}

#[test]
fn spaces_and_quotes_do_not_move_a_row_to_another_side() {
    let bench = Bench::new(BY_CONTENT);
    let spaced: String = (0..300)
        .map(|number| {
            let row = row(number);
            let fields: Vec<&str> = row.trim().split(',').collect();
            let [id, at, port, level, high] = fields[..] else {
                panic!("five fields")
            };
            format!("{id},\"{at}\",\"{port}\", {level} ,{high}\r\n")
        })
        .collect();
    let plain = sides(&bench, "plain", &files(&[("a.csv", rows(0..300))]));
    let spaced = format!("{HEADER}{spaced}").into_bytes();
    assert_eq!(plain, sides(&bench, "spaced", &files(&[("a.csv", spaced)])));
}

#[test]
fn an_object_of_wrong_types_is_rejected_and_turns_no_column_into_another() {
    let bench = Bench::new(BY_DAY);
    let good = files(&[("a.csv", rows(0..200)), ("d.csv", rows(200..400))]);
    let mut all = good.clone();
    // Each of them has more rows than the good ones, and 0 and 1 for the label, or not.
    let many = |change: &dyn Fn(&str) -> String| {
        let lines: String = (400..900).map(|number| change(&row(number))).collect();
        format!("{HEADER}{lines}").into_bytes()
    };
    all.insert("b.csv".into(), many(&|row| row.replace(".25,", " metres,")));
    let (root, output) = bench.preprocess("level", &all, None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = |root: &Path| {
        let mut made = bytes(&root.join("processing/output"));
        made.remove("report/run.json");
        made.remove("report/rejections.json");
        made
    };
    let (alone, _) = bench.preprocess("alone", &good, None);
    assert_eq!(made(&root), made(&alone), "nothing but the good ones shows");
    let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
    assert_eq!(
        report.rejections[0].reason,
        "has no numbers in `level`, where the rest has them"
    );
    for (name, label) in [("words", "no"), ("numbers", "17")] {
        let mut all = good.clone();
        all.insert(
            "b.csv".into(),
            many(&|row| format!("{}{label}\n", &row[..row.len() - 2])),
        );
        let (root, output) = bench.preprocess(name, &all, None);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
        assert_eq!(
            (report.rejections[0].key.as_str(), report.rejections[0].reason.as_str()),
            (
                "training/tides/b.csv",
                "has labels in `high` that are not 0 or 1, as they are in the rest"
            )
        );
    }
    let given = files(&[("b.csv", many(&|row| format!("{}no\n", &row[..row.len() - 2])))]);
    let (root, output) = bench.preprocess("all", &given, None);
    assert_eq!(output.status.code(), Some(1));
    let sentence = text(&root.join("output/message"));
    assert!(
        sentence.starts_with("The label `high` must be 0 or 1, because"),
        "{sentence}"
    );
}

#[test]
fn an_object_without_the_time_that_decides_is_rejected() {
    let bench = Bench::new(BY_DAY);
    let given = files(&[
        ("a.csv", rows(0..200)),
        ("b.csv", b"id,port,level,high\n1,north,2,1\n".to_vec()),
    ]);
    let (root, output) = bench.preprocess("timeless", &given, None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
    assert_eq!(
        report.rejections[0].reason,
        "has no column `at`, whose time decides the split"
    );
}

#[test]
fn every_row_is_learned_from_held_out_or_counted_with_its_reason() {
    let bench = Bench::new(BY_DAY);
    let mut odd = rows(0..400);
    odd.extend_from_slice(
        b"q1,2013-05-01,north,deep,1\nq2,2013-05-01,north,1e999,1\nq3,yesterday,north,1,1\nq4,,north,1,1\n\
          q5,2013-05-01,north,1,\nq6,2013-05-01,north,1,7\nq7,2013-05-01,\"no\nrth\",1,1\n",
    );
    let (root, output) = bench.preprocess("odd", &files(&[("odd.csv", odd)]), None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Rejections = json(&root.join("processing/output/report/rejections.json"));
    let reasons: Vec<String> = report
        .rows_quarantined
        .iter()
        .map(|(reason, rows)| format!("{rows} {reason}"))
        .collect();
    expect_test::expect![[r#"
        2 `at` is no time like 2013-01-31 17:00:00
        1 `level` is not a number
        1 `level` is not finite
        1 `port` holds a line break, which a batch transform cannot carry
        1 the label `high` is missing
        1 the label `high` is neither 0 nor 1"#]]
    .assert_eq(&reasons.join("\n"));
    let counted = |side: &str| {
        text(&root.join("processing/output").join(side).join("data.csv"))
            .lines()
            .count()
    };
    let written = counted("train") + counted("validation") + counted("holdout");
    assert_eq!((written, report.rows_used), (400, 400));
}
