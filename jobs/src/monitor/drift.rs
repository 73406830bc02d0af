//! How far each column has moved from its baseline, and whether that is drift: drift.json.

use std::collections::BTreeMap;

use windsock_decisions::project::Method;
use windsock_decisions::state::{DriftReport, FORMAT, FeatureDrift, Verdict};

use super::chi_squared;
use super::column::ColumnProfile;
use super::distance::{self, Distance};
use super::documents::{FeatureStatistics, InferredType, Statistics};
use super::kll;
use super::settings::{CategoricalMethod, Rule, Settings};
use super::{Baseline, Profile};

/// A threshold of 0 would make any distance infinitely bad, and a metric must be finite.
const SCORE_MAX: f64 = 1e6;
/// How values that were not counted one by one are named.
pub(super) const REST: &str = "(other values)";
/// Where a column is furthest from its baseline when that is in how many values are missing.
const MISSING: &str = "(missing values)";
/// The method of such a column.
const BY_MISSING: &str = "missing";

/// What a comparison of distributions found.
#[derive(Debug)]
pub struct Compared {
    pub report: DriftReport,
    /// Of each column its values alone, as Model Monitor compares them; in the report missing values may stand for it.
    pub of_values: Vec<FeatureDrift>,
}

/// None without statistics of the baseline: there is nothing to measure from.
pub fn compare(profile: &Profile, baseline: &Baseline, settings: &Settings) -> Option<Compared> {
    let statistics = baseline.statistics.as_ref()?;
    let (mut features, mut values) = (Vec::new(), Vec::new());
    let (mut score, mut any_values, mut judged) = (0.0f64, false, false);
    for column in &profile.columns {
        let Some(known) = statistics.features.iter().find(|feature| feature.name == column.name) else {
            continue;
        };
        let kind = baseline.inferred_type(&column.name).unwrap_or(known.inferred_type);
        let Some(rule) = settings.rule(&baseline.constraints, &column.name, kind) else {
            continue;
        };
        let enough = |m: u64| profile.rows >= settings.min_rows && m >= settings.min_rows;
        let of_values = measure(known, column, kind, rule).map(|measured| {
            any_values = true;
            judged |= enough(measured.m);
            let judgement = judge(&measured, rule, enough(measured.m));
            described(column, &measured, &judgement)
        });
        let of_missing = missing(known, column).map(|measured| {
            let judgement = judge_missing(&measured, rule, enough(measured.m));
            described(column, &measured, &judgement)
        });
        values.extend(of_values.iter().map(|(feature, _)| feature.clone()));
        let Some((feature, its_score)) = worse(of_values, of_missing) else {
            continue;
        };
        score = score.max(its_score);
        features.push(feature);
    }
    let violated = features.iter().any(|feature| feature.violated);
    let verdict = if profile.rows < settings.min_rows {
        Verdict::TooFewRows
    } else if violated {
        Verdict::Drift
    } else if any_values && !judged {
        Verdict::TooFewRows
    } else {
        Verdict::NoDrift
    };
    let report = DriftReport {
        format: FORMAT,
        verdict,
        score,
        rows: profile.rows,
        baseline_rows: baseline_rows(statistics),
        min_rows: settings.min_rows,
        features,
    };
    Some(Compared {
        report,
        of_values: values,
    })
}

/// Older files may lack the count of rows; then the fullest column tells.
fn baseline_rows(statistics: &Statistics) -> u64 {
    let fullest = statistics.features.iter().map(present).max().unwrap_or_default();
    statistics.dataset.item_count.max(fullest)
}

fn present(feature: &FeatureStatistics) -> u64 {
    let numbers = feature.numerical_statistics.as_ref().map(|it| it.common.num_present);
    let texts = feature.string_statistics.as_ref().map(|it| it.common.num_present);
    numbers.or(texts).unwrap_or_default()
}

struct Measured {
    raw: f64,
    /// A chi-squared test's p-value, which a distance has not.
    p_value: Option<f64>,
    at: String,
    n: u64,
    m: u64,
}

/// None when there is no distribution on one of the sides: unknown types, too many categories, no values.
fn measure(known: &FeatureStatistics, column: &ColumnProfile, kind: InferredType, rule: Rule) -> Option<Measured> {
    if kind.is_numeric() {
        let n = known.numerical_statistics.as_ref()?.common.num_present;
        let Distance { largest, at } = distance::numeric(
            &kll::sorted(items(known)?),
            &kll::sorted(kll::weighted(&column.sketch.levels())),
        )?;
        return Some(Measured {
            raw: largest,
            p_value: None,
            at: at.to_string(),
            n,
            m: column.numbers(),
        });
    }
    let buckets = &known
        .string_statistics
        .as_ref()?
        .distribution
        .as_ref()?
        .categorical
        .buckets;
    let baseline: BTreeMap<&str, u64> = buckets
        .iter()
        .map(|bucket| (bucket.value.as_str(), bucket.count))
        .collect();
    let mut current: BTreeMap<&str, u64> = column.categories.counted().collect();
    if column.categories.rest() > 0 {
        current.insert(REST, column.categories.rest());
    }
    let n = baseline.values().fold(0, |sum: u64, count| sum.saturating_add(*count));
    if rule.categorical == CategoricalMethod::ChiSquared {
        let test = chi_squared::test(&baseline, &current)?;
        return Some(Measured {
            raw: 1.0 - test.p_value,
            p_value: Some(test.p_value),
            at: test.at,
            n,
            m: test.compared,
        });
    }
    let Distance { largest, at } = distance::categorical(&baseline, &current)?;
    Some(Measured {
        raw: largest,
        p_value: None,
        at,
        n,
        m: column.present(),
    })
}

/// Whether a value is there at all has a distribution, too, of two categories: a sensor that died has moved its column,
/// although none of its values says so.
fn missing(known: &FeatureStatistics, column: &ColumnProfile) -> Option<Measured> {
    let numbers = known.numerical_statistics.as_ref().map(|it| &it.common);
    let common = numbers.or(known.string_statistics.as_ref().map(|it| &it.common))?;
    let n = common.num_present.checked_add(common.num_missing)?;
    let m = column.present() + column.missing;
    if n == 0 || m == 0 {
        return None;
    }
    let before = common.num_missing as f64 / n as f64;
    let now = column.missing as f64 / m as f64;
    Some(Measured {
        raw: (now - before).abs(),
        p_value: None,
        at: MISSING.into(),
        n,
        m,
    })
}

fn judge_missing(measured: &Measured, rule: Rule, enough: bool) -> Judgement {
    let rule = Rule {
        threshold: rule.missing,
        ..rule
    };
    Judgement {
        method: BY_MISSING,
        ..judge(measured, rule, enough)
    }
}

/// What a column's values say, unless what is missing of them says worse.
fn worse(
    of_values: Option<(FeatureDrift, f64)>,
    of_missing: Option<(FeatureDrift, f64)>,
) -> Option<(FeatureDrift, f64)> {
    match (of_values, of_missing) {
        (Some(values), Some(missing)) => Some(if missing.1 > values.1 { missing } else { values }),
        (values, missing) => values.or(missing),
    }
}

/// The sketch's items, or, in files without a sketch, the buckets' upper bounds.
pub(super) fn items(known: &FeatureStatistics) -> Option<Vec<(f64, f64)>> {
    let kll = &known.numerical_statistics.as_ref()?.distribution.as_ref()?.kll;
    Some(match &kll.sketch {
        Some(sketch) => kll::weighted(&sketch.data),
        None => kll
            .buckets
            .iter()
            .map(|bucket| (bucket.upper_bound, bucket.count))
            .collect(),
    })
}

struct Judgement {
    distance: f64,
    threshold: f64,
    method: &'static str,
    violated: bool,
    score: f64,
}

/// Drift is beyond the threshold and beyond what sampling alone may show. The robust distance has that bound taken off
/// already; the simple one is compared with it; a p-value has it in it.
fn judge(measured: &Measured, rule: Rule, enough: bool) -> Judgement {
    let bound = distance::sampling_bound(measured.n, measured.m);
    let (method, distance, threshold, sampling) = match (measured.p_value, rule.method) {
        // Turned round, so that more is worse as with every other method.
        (Some(_), _) => ("chi-squared", measured.raw, (1.0 - rule.threshold).max(0.0), false),
        (None, Method::Simple) => ("simple", measured.raw, rule.threshold, measured.raw <= bound),
        (None, Method::Robust) => {
            let distance = (measured.raw - bound).max(0.0);
            ("robust", distance, rule.threshold, measured.raw <= bound)
        }
    };
    let counts = enough && !sampling;
    let ratio = match measured.p_value {
        // p-values differ by powers of ten: at the threshold this is 1, and twice as many zeros are twice as bad.
        Some(p) => (p.ln() / rule.threshold.min(1.0 - f64::EPSILON).ln()).max(0.0),
        None => distance / threshold,
    };
    let score = if ratio.is_finite() {
        ratio.clamp(0.0, SCORE_MAX)
    } else {
        SCORE_MAX
    };
    Judgement {
        distance,
        threshold,
        method,
        violated: counts && distance > threshold,
        score: if counts { score } else { 0.0 },
    }
}

/// With its score.
fn described(column: &ColumnProfile, measured: &Measured, judgement: &Judgement) -> (FeatureDrift, f64) {
    let feature = FeatureDrift {
        feature: column.name.clone(),
        distance: judgement.distance,
        threshold: judgement.threshold,
        method: judgement.method.into(),
        n: measured.n,
        m: measured.m,
        violated: judgement.violated,
        furthest_at: Some(measured.at.clone()),
    };
    (feature, judgement.score)
}
