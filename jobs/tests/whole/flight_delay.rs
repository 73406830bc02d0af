//! The example's choices hold: what examples/flight-delay/README.md says about windows, thresholds and margins is true
//! of its data and of these jobs.

use std::path::PathBuf;

use super::bench::{self, Bench, Files};
use windsock_decisions::state::{DriftReport, ResampledBy, Verdict};

fn example(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/flight-delay")
        .join(path)
}

fn bench() -> Bench {
    Bench::new(&bench::text(&example("project.yaml")))
}

fn months(folder: &str, months: std::ops::RangeInclusive<u32>) -> Files {
    months
        .map(|month| {
            let name = format!("2013-{month:02}.csv");
            let bytes = std::fs::read(example(folder).join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

fn drifted(report: &DriftReport) -> Vec<&str> {
    report
        .features
        .iter()
        .filter(|it| it.violated)
        .map(|it| it.feature.as_str())
        .collect()
}

/// Labels moved by some rows: as many late hours as before, and nothing to learn.
fn with_shuffled_labels(files: Files) -> Files {
    let shuffled = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let rows: Vec<(&str, &str)> = rows.lines().map(|row| row.rsplit_once(',').unwrap()).collect();
        let label = |at: usize| rows[(at * 389 + 101) % rows.len()].1;
        let rows: String = rows
            .iter()
            .enumerate()
            .map(|(at, (row, _))| format!("{row},{}\n", label(at)))
            .collect();
        format!("{header}\n{rows}").into_bytes()
    };
    files.into_iter().map(|(name, bytes)| (name, shuffled(bytes))).collect()
}

#[test]
fn the_story_of_the_seasons_holds() {
    let bench = bench();
    let (winter, first) = bench.train("winter", 1, &months("training", 1..=3), None);
    assert_eq!(first.accepted, 1.0);
    assert!(first.metrics["auc"] > 0.75, "{}", first.verdict);

    let (_, quiet) = bench.monitor("same-season", &months("inference", 1..=3), &winter);
    assert_eq!((quiet.verdict, quiet.score), (Verdict::NoDrift, 0.0));
    let (_, january) = bench.monitor("january-again", &months("inference", 1..=1), &winter);
    assert_eq!(january.verdict, Verdict::NoDrift, "score {}", january.score);

    let (_, spring) = bench.monitor("new-season", &months("inference", 4..=6), &winter);
    assert_eq!(spring.verdict, Verdict::Drift);
    assert_eq!(drifted(&spring), ["temp", "dewp", "wind_dir"]);
    assert!(spring.score > 5.0);

    let (second, against) = bench.train("spring", 2, &months("training", 4..=6), Some(&winter));
    let gain = against.champion.unwrap();
    let resampled = second.report().resampled;
    assert_eq!(resampled.by, ResampledBy::TimeBlock);
    assert!(resampled.units > 10, "{resampled:?}");
    assert!(
        against.accepted == 1.0 && gain.gain > 0.05 && gain.gain_low > 0.04,
        "{}",
        against.verdict
    );
    let (_, after) = bench.monitor("after-retraining", &months("inference", 4..=6), &second);
    assert_eq!((after.verdict, after.score), (Verdict::NoDrift, 0.0));

    let late = |name: &str| {
        let bytes = std::fs::read(example("late").join(name)).unwrap();
        Files::from([(name.to_owned(), bytes)])
    };
    let (_, lost) = bench.train("late", 3, &late("2013-q2-late.csv"), Some(&second));
    assert!(
        lost.accepted == 0.0 && lost.verdict.starts_with("The challenger loses"),
        "{}",
        lost.verdict
    );
    // Thirteen days cannot tell a gain of 0.03 from luck, although their 538 hours seem to.
    let (_, summer) = bench.train("summer", 3, &months("training", 7..=8), Some(&second));
    assert!(
        summer.accepted == 0.0 && summer.verdict.ends_with("which may be luck"),
        "{}",
        summer.verdict
    );
    let (_, again) = bench.train("again", 3, &late("2013-q1-again.csv"), Some(&second));
    let margin = again.champion.unwrap().gain_low;
    assert!(again.accepted == 1.0 && margin > 0.005, "{}", again.verdict);
}

#[test]
fn labels_that_mean_nothing_lose() {
    let bench = bench();
    let (winter, _) = bench.train("winter", 1, &months("training", 1..=3), None);
    let (_, lost) = bench.train(
        "noise",
        2,
        &with_shuffled_labels(months("training", 4..=6)),
        Some(&winter),
    );
    assert_eq!(lost.accepted, 0.0, "{}", lost.verdict);
    assert!(lost.metrics["auc"] < 0.6);
}
