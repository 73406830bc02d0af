//! drift.json with both histograms of every feature, for consoles and letters: shares of the baseline's values and of
//! this batch's in the same buckets, or by category.

use std::collections::BTreeMap;

use serde::Serialize;
use windsock_decisions::state::{DriftReport, FeatureDrift, Verdict};

use super::column::ColumnProfile;
use super::documents::FeatureStatistics;
use super::{Baseline, Profile, drift, kll, statistics};

/// So many categories are told apart, the most frequent ones of the baseline first.
const CATEGORIES_MAX: usize = 20;

/// `DriftReport`, member by member, and one more in each feature.
#[derive(Debug, Serialize)]
pub struct ReportWithHistograms<'r> {
    format: u32,
    verdict: Verdict,
    score: f64,
    rows: u64,
    baseline_rows: u64,
    min_rows: u64,
    features: Vec<FeatureWithHistogram<'r>>,
}

#[derive(Debug, Serialize)]
struct FeatureWithHistogram<'r> {
    #[serde(flatten)]
    feature: &'r FeatureDrift,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    histogram: Vec<Share>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Share {
    #[serde(flatten)]
    of: Of,
    baseline: f64,
    current: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Of {
    Bucket { lower_bound: f64, upper_bound: f64 },
    Category { value: String },
}

pub fn beside<'r>(report: &'r DriftReport, profile: &Profile, baseline: &Baseline) -> ReportWithHistograms<'r> {
    let features = report.features.iter().map(|feature| FeatureWithHistogram {
        feature,
        histogram: histogram(&feature.feature, profile, baseline).unwrap_or_default(),
    });
    ReportWithHistograms {
        format: report.format,
        verdict: report.verdict,
        score: report.score,
        rows: report.rows,
        baseline_rows: report.baseline_rows,
        min_rows: report.min_rows,
        features: features.collect(),
    }
}

fn histogram(name: &str, profile: &Profile, baseline: &Baseline) -> Option<Vec<Share>> {
    let column = profile.column(name)?;
    let statistics = baseline.statistics.as_ref()?;
    let known = statistics.features.iter().find(|feature| feature.name == name)?;
    match known.numerical_statistics.is_some() {
        true => of_numbers(known, column),
        false => of_categories(known, column),
    }
}

/// The baseline's buckets; what lies beyond them counts in the outermost.
fn of_numbers(known: &FeatureStatistics, column: &ColumnProfile) -> Option<Vec<Share>> {
    let numbers = known.numerical_statistics.as_ref()?;
    let items = drift::items(known)?;
    let bounds = match &numbers.distribution.as_ref()?.kll.buckets {
        buckets if buckets.is_empty() => statistics::buckets(&items, numbers.min, numbers.max),
        buckets => buckets.clone(),
    };
    let empty = bounds.into_iter().map(|mut bucket| {
        bucket.count = 0.0;
        bucket
    });
    let empty: Vec<_> = empty.collect();
    let before = statistics::counted(empty.clone(), &items);
    let after = statistics::counted(empty, &kll::weighted(&column.sketch.levels()));
    let total = |buckets: &[super::documents::Bucket]| buckets.iter().map(|bucket| bucket.count).sum::<f64>();
    let (n, m) = (total(&before), total(&after));
    let shares = before.iter().zip(&after).map(|(one, other)| Share {
        of: Of::Bucket {
            lower_bound: one.lower_bound,
            upper_bound: one.upper_bound,
        },
        baseline: share(one.count, n),
        current: share(other.count, m),
    });
    Some(shares.collect())
}

fn of_categories(known: &FeatureStatistics, column: &ColumnProfile) -> Option<Vec<Share>> {
    let buckets = &known
        .string_statistics
        .as_ref()?
        .distribution
        .as_ref()?
        .categorical
        .buckets;
    let mut before: Vec<(&str, f64)> = buckets.iter().map(|it| (it.value.as_str(), it.count as f64)).collect();
    before.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    let after: BTreeMap<&str, u64> = column.categories.counted().collect();
    let n = before.iter().map(|(_, count)| count).sum();
    let mut shares: Vec<Share> = before
        .iter()
        .take(CATEGORIES_MAX)
        .map(|(value, count)| Share {
            of: Of::Category { value: (*value).into() },
            baseline: share(*count, n),
            current: share(
                after.get(value).copied().unwrap_or_default() as f64,
                column.present() as f64,
            ),
        })
        .collect();
    let named = |of: fn(&Share) -> f64| shares.iter().map(of).sum::<f64>();
    let others = (1.0 - named(|it| it.baseline), 1.0 - named(|it| it.current));
    if column.present() > 0 && (others.0 > 1e-9 || others.1 > 1e-9) {
        shares.push(Share {
            of: Of::Category {
                value: drift::REST.into(),
            },
            baseline: others.0.max(0.0),
            current: others.1.max(0.0),
        });
    }
    Some(shares)
}

fn share(count: f64, of: f64) -> f64 {
    let share = count / of;
    if share.is_finite() { share } else { 0.0 }
}
