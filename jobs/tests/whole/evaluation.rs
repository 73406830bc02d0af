//! What an evaluation tells beside its verdict: intervals, by time block too, segments, calibration and importance.

use super::bench::{Bench, Files, json};
use windsock_decisions::state::{CalibrationBin, EvaluationReport, Interval, ResampledBy};

const PROJECT: &str = "
project: wind
data:
  label: gust
  exclude: [at, park]
  segments: [station, park]
  split: { by: time-block, column: at, block: 1d, holdout: 0.3 }
training: { hyperparameters: { rounds: 40 } }
";

/// A number below 100 that does not show where it comes from.
fn scatter(of: usize) -> usize {
    let mixed = (of as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) % 100) as usize
}

/// Hours of ninety days at two stations. The reading tells of gusts by day and by night, at the hill far better than at
/// the coast; `signal` of ten rows are told right.
fn hours(first_day: usize, signal: usize) -> Vec<u8> {
    let mut rows = String::from("at,park,station,reading,gust\n");
    for hour in 0..90 * 24 {
        let day = first_day + hour / 24;
        let draw = |salt: usize| scatter((first_day * 24 + hour) * 10 + salt);
        let (station, right) = match draw(1) % 3 {
            0 => ("hill", 10),
            _ => ("coast", signal),
        };
        let gust = usize::from(draw(2) > 60);
        let told = if draw(3) % 10 < right { gust } else { 1 - gust };
        let (year, month, day) = (2013 + day / 336, day % 336 / 28 + 1, day % 28 + 1);
        let park = ["north", "south"][draw(5) % 2];
        rows.push_str(&format!(
            "{year}-{month:02}-{day:02} {:02}:00:00,{park},{station},{},{gust}\n",
            hour % 24,
            told * 40 + draw(6) % 60
        ));
    }
    rows.into_bytes()
}

fn one(name: &str, bytes: Vec<u8>) -> Files {
    Files::from([(name.to_owned(), bytes)])
}

fn holds(interval: &Interval, value: f64) -> bool {
    interval.low < value && value < interval.high
}

#[test]
fn an_evaluation_tells_how_sure_where_and_why() {
    let bench = Bench::new(PROJECT);
    let (first, _) = bench.train("first", 1, &one("a.csv", hours(0, 3)), None);
    let (second, evaluation) = bench.train("second", 2, &one("b.csv", hours(100, 7)), Some(&first));
    let report = second.report();
    assert_eq!(
        report.evaluation, evaluation,
        "the loop reads the same from the same file"
    );

    assert_eq!(report.resampled.by, ResampledBy::TimeBlock);
    assert!((15..45).contains(&report.resampled.units), "{:?}", report.resampled);
    assert!(
        evaluation
            .verdict
            .contains(&format!("resamples of {} time blocks", report.resampled.units))
    );
    let champion = evaluation.champion.unwrap();
    for metric in ["auc", "logloss", "accuracy"] {
        assert!(holds(&report.intervals[metric], evaluation.metrics[metric]), "{metric}");
        assert!(
            holds(&report.champion_intervals[metric], champion.metrics[metric]),
            "{metric}"
        );
    }

    let named: Vec<(&str, &str)> = report
        .segments
        .iter()
        .map(|it| (it.column.as_str(), it.value.as_str()))
        .collect();
    assert_eq!(named[..2], [("station", "coast"), ("station", "hill")]);
    assert_eq!(
        (named.len(), named[2].0),
        (4, "park"),
        "an excluded column makes segments too"
    );
    let rows = |column: &str| -> u64 {
        let of = report.segments.iter().filter(|it| it.column == column);
        of.map(|it| it.rows).sum()
    };
    assert_eq!((rows("station"), rows("park")), (evaluation.rows, evaluation.rows));
    let auc = |at: usize| report.segments[at].metrics["auc"];
    assert!(
        auc(1) > auc(0) + 0.03,
        "the hill is told better: {} and {}",
        auc(1),
        auc(0)
    );
    assert!(report.segments[0].champion_metrics.contains_key("auc"));

    let calibration = report.calibration.unwrap();
    assert_eq!(
        calibration.bins.iter().map(|bin| bin.rows).sum::<u64>(),
        evaluation.rows
    );
    let off = |bin: &CalibrationBin| bin.rows as f64 * (bin.predicted - bin.observed).abs();
    let error = calibration.bins.iter().map(off).sum::<f64>() / evaluation.rows as f64;
    assert!((calibration.error - error).abs() < 1e-6, "{error}: {calibration:?}");
    // Forty trees on such noise are too sure of themselves, and it says so; they are no coin.
    assert!((0.05..0.3).contains(&calibration.error), "{calibration:?}");
    assert_eq!(report.importance[0].feature, "reading");
    assert!((report.importance.iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-4);
}

#[test]
fn the_same_comparison_gives_the_same_bytes() {
    let bench = Bench::new(PROJECT);
    let (first, _) = bench.train("first", 1, &one("a.csv", hours(0, 5)), None);
    let (second, _) = bench.train("second", 2, &one("b.csv", hours(100, 5)), Some(&first));
    let path = second.path("evaluate/processing/output/evaluation.json");
    let once = std::fs::read(&path).unwrap();
    assert!(bench.evaluate(&second, Some(&first)).1.status.success());
    assert_eq!(once, std::fs::read(&path).unwrap());
}

#[test]
fn an_evaluation_of_an_older_image_is_read_too() {
    let bench = Bench::new(PROJECT);
    let (first, evaluation) = bench.train("first", 1, &one("a.csv", hours(0, 5)), None);
    let path = first.path("evaluate/processing/output/evaluation.json");
    std::fs::write(&path, serde_json::to_vec(&evaluation).unwrap()).unwrap();
    let report: EvaluationReport = json(&path);
    assert_eq!((report.evaluation, report.segments.len()), (evaluation, 0));
}
