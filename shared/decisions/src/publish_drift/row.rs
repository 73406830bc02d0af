//! What the dashboard's table of batches says of a report: its score, and the column that is furthest from the baseline.

use crate::{
    letters::{decimal, tamed_to},
    state::{DriftReport, FeatureDrift, Verdict},
};

/// Characters of a column's name in a table.
const COLUMN_CHARS_MAX: usize = 60;
const NOTHING: &str = "-";

/// One row, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub verdict: &'static str,
    pub score: String,
    /// The column that is furthest away, by its own threshold.
    pub column: String,
    pub distance: String,
    /// How far it may be.
    pub threshold: String,
    pub rows: u64,
}

impl Row {
    pub(super) fn of(report: &DriftReport) -> Self {
        // Too few rows have a score of zero that says nothing.
        let compared = report.verdict != Verdict::TooFewRows;
        let furthest = report.features.iter().filter(|_| compared);
        let furthest = furthest.max_by(|one, other| share(one).total_cmp(&share(other)));
        let of_furthest = |shown: fn(&FeatureDrift) -> String| furthest.map_or_else(|| NOTHING.to_owned(), shown);
        Self {
            verdict: match report.verdict {
                Verdict::Drift => "drift",
                Verdict::NoDrift => "no drift",
                Verdict::TooFewRows => "too few rows to say",
            },
            score: if compared {
                decimal(report.score)
            } else {
                NOTHING.to_owned()
            },
            column: of_furthest(|feature| tamed_to(&feature.feature, COLUMN_CHARS_MAX)),
            distance: of_furthest(|feature| decimal(feature.distance)),
            threshold: of_furthest(|feature| decimal(feature.threshold)),
            rows: report.rows,
        }
    }
}

/// Columns that drift come first: beyond its threshold a column may still be within what chance does.
fn share(feature: &FeatureDrift) -> f64 {
    let share = feature.distance / feature.threshold;
    let drifts = if feature.violated { f64::from(u32::MAX) } else { 0.0 };
    if share.is_finite() { share + drifts } else { drifts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(feature: &str, distance: f64, violated: bool) -> FeatureDrift {
        FeatureDrift {
            feature: feature.into(),
            distance,
            threshold: 0.1,
            method: "robust".into(),
            n: 1000,
            m: 1000,
            violated,
            furthest_at: None,
        }
    }

    fn row(verdict: Verdict, score: f64, features: Vec<FeatureDrift>) -> Row {
        Row::of(&DriftReport {
            format: 1,
            verdict,
            score,
            rows: 1200,
            baseline_rows: 4000,
            min_rows: 300,
            features,
        })
    }

    #[test]
    fn a_batch_that_drifts_names_the_column_that_does() {
        // `lucky` is further away, and has too few values to say so.
        let features = vec![
            feature("wind", 0.02, false),
            feature("pressure", 0.17, true),
            feature("lucky", 0.3, false),
        ];
        let row = row(Verdict::Drift, 1.7, features);
        assert_eq!((row.verdict, row.score.as_str(), row.rows), ("drift", "1.7000", 1200));
        let column = (row.column.as_str(), row.distance.as_str(), row.threshold.as_str());
        assert_eq!(column, ("pressure", "0.1700", "0.1000"));
    }

    #[test]
    fn too_few_rows_have_no_score() {
        let row = row(Verdict::TooFewRows, 0.0, vec![feature("wind", 0.5, false)]);
        let told = (row.verdict, row.score.as_str(), row.column.as_str());
        assert_eq!(told, ("too few rows to say", "-", "-"));
    }

    #[test]
    fn what_is_no_number_is_no_place_in_the_row() {
        let mut broken = feature("broken", f64::NAN, false);
        broken.threshold = 0.0;
        let row = row(Verdict::NoDrift, f64::NAN, vec![broken, feature("wind", 0.05, false)]);
        assert_eq!((row.column.as_str(), row.score.as_str()), ("wind", "none"));
    }
}
