//! Pearson's test whether a batch's categories come as often as the baseline's, after Deequ's rules for small counts.
//!
//! The p-value is the probability of counts at least this far off when nothing changed: it *falls* as data drifts.

use std::collections::BTreeMap;

/// With two categories, each must be expected so often.
const EXPECTED_MIN_OF_TWO: f64 = 10.0;
/// With more, at most this share of them may be expected less often than that.
const EXPECTED_MIN: f64 = 5.0;
const BELOW_MIN_SHARE_MAX: f64 = 0.2;

#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub p_value: f64,
    /// The category that contributes most, and how many values the batch has of what the baseline knows.
    pub at: String,
    pub compared: u64,
}

/// None when there is too little to tell: fewer than two categories that are expected often enough. Categories that the
/// baseline does not know are left out; they have a check of their own.
pub fn test(baseline: &BTreeMap<&str, u64>, current: &BTreeMap<&str, u64>) -> Option<Test> {
    let counts = |value: &str| current.get(value).copied().unwrap_or_default();
    let compared: u64 = baseline.keys().map(|value| counts(value)).sum();
    let total: f64 = baseline.values().map(|count| *count as f64).sum();
    if compared == 0 || total <= 0.0 {
        return None;
    }
    let scale = compared as f64 / total;
    let mut cells: Vec<Cell> = baseline
        .iter()
        .map(|(value, count)| Cell {
            value: (*value).into(),
            expected: *count as f64 * scale,
            observed: counts(value) as f64,
        })
        .collect();
    cells.sort_by(|one, other| {
        other
            .expected
            .total_cmp(&one.expected)
            .then_with(|| one.value.cmp(&other.value))
    });
    while !enough(&cells) {
        // The two smallest together; they stand last.
        let smallest = cells.pop()?;
        let next = cells.last_mut()?;
        next.expected += smallest.expected;
        next.observed += smallest.observed;
        cells.sort_by(|one, other| other.expected.total_cmp(&one.expected));
    }
    let furthest = cells.iter().max_by(|one, other| one.off().total_cmp(&other.off()))?;
    let statistic: f64 = cells.iter().map(Cell::off).sum();
    Some(Test {
        p_value: upper_tail(statistic, cells.len() as f64 - 1.0),
        at: furthest.value.clone(),
        compared,
    })
}

struct Cell {
    value: String,
    expected: f64,
    observed: f64,
}

impl Cell {
    fn off(&self) -> f64 {
        (self.observed - self.expected).powi(2) / self.expected
    }
}

/// One category is never enough, and goes on to be merged with nothing.
fn enough(cells: &[Cell]) -> bool {
    let below = |min: f64| cells.iter().filter(|cell| cell.expected < min).count();
    match cells.len() {
        0 | 1 => false,
        2 => below(EXPECTED_MIN_OF_TWO) == 0,
        many => below(EXPECTED_MIN) as f64 <= many as f64 * BELOW_MIN_SHARE_MAX,
    }
}

/// The chi-squared distribution's share above a value.
fn upper_tail(statistic: f64, freedom: f64) -> f64 {
    upper_gamma(freedom / 2.0, statistic / 2.0).clamp(0.0, 1.0)
}

/// The regularised upper incomplete gamma function: a series below a + 1, a continued fraction (Lentz) above.
fn upper_gamma(a: f64, x: f64) -> f64 {
    const STEPS_MAX: usize = 100_000;
    if x <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..STEPS_MAX {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - scale * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / f64::MIN_POSITIVE, 1.0 / b);
    let mut fraction = d;
    for step in 1..STEPS_MAX {
        let step = step as f64;
        let numerator = step * (a - step);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    scale * fraction
}

/// Lanczos's approximation, g = 7, n = 9: good to 15 digits for the positive arguments here.
fn ln_gamma(a: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.5203681218851,
        -1259.1392167224028,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507343278686905,
        -0.13857109526572012,
        9.984_369_578_019_572e-6,
        1.5056327351493116e-7,
    ];
    let x = a - 1.0;
    let series = COEFFICIENTS.iter().enumerate();
    let sum = series.fold(0.999_999_999_999_809_9, |sum, (at, coefficient)| {
        sum + coefficient / (x + at as f64 + 1.0)
    });
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.chi2.sf, SciPy 1.17.1.
    #[test]
    fn tails_are_scipys() {
        for (statistic, freedom, expected) in [
            (0.5, 1.0, 0.479500122),
            (3.84, 1.0, 0.0500435212),
            (10.0, 4.0, 0.0404276820),
            (30.0, 9.0, 0.000438721771),
            (200.0, 119.0, 0.00000482699910),
        ] {
            let tail: f64 = upper_tail(statistic, freedom);
            assert!((tail / expected - 1.0).abs() < 1e-8, "{statistic} {freedom}: {tail}");
        }
        assert_eq!(upper_tail(0.0, 3.0), 1.0);
    }

    /// scipy.stats.chisquare([44, 56], [50, 50]) and ([30, 45, 25], [25, 50, 25]), SciPy 1.17.1.
    #[test]
    fn p_values_are_scipys() {
        let two = test(
            &BTreeMap::from([("a", 5_000), ("b", 5_000)]),
            &BTreeMap::from([("a", 44), ("b", 56)]),
        )
        .unwrap();
        assert!((two.p_value - 0.23013934044341314).abs() < 1e-12, "{two:?}");
        let three = test(
            &BTreeMap::from([("a", 250), ("b", 500), ("c", 250)]),
            &BTreeMap::from([("a", 30), ("b", 45), ("c", 25), ("new", 900)]),
        )
        .unwrap();
        assert!((three.p_value - 0.4723665527410149).abs() < 1e-12, "{three:?}");
        assert_eq!((three.at.as_str(), three.compared), ("a", 100));
    }

    #[test]
    fn rare_categories_are_merged_and_too_few_say_nothing() {
        let baseline = BTreeMap::from([("a", 900), ("b", 90), ("c", 6), ("d", 4)]);
        // Expected 90, 9, 0.6 and 0.4 become 90 and 10.
        let merged = test(&baseline, &BTreeMap::from([("a", 90), ("b", 10)])).unwrap();
        assert_eq!(merged.p_value, 1.0);
        assert_eq!(test(&baseline, &BTreeMap::from([("a", 9), ("b", 1)])), None);
        assert_eq!(test(&baseline, &BTreeMap::from([("z", 1_000)])), None);
    }
}
