//! How far apart two distributions are: the largest difference between their cumulative shares for numbers, between
//! their plain shares for categories, and how much of that may be sampling.

use std::collections::{BTreeMap, BTreeSet};

/// Deequ's constant for its robust distance; as a two-sample Kolmogorov-Smirnov test it stands for alpha = 0.003.
const SAMPLING_FACTOR: f64 = 1.8;

/// The largest difference and where it lies; None when one side holds nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Distance<At> {
    pub largest: f64,
    pub at: At,
}

/// What two samples of n and m of one distribution may differ by.
pub fn sampling_bound(n: u64, m: u64) -> f64 {
    let (n, m) = (n as f64, m as f64);
    SAMPLING_FACTOR * ((n + m) / (n * m)).sqrt()
}

/// Both sides are values with weights, by rising value.
pub fn numeric(baseline: &[(f64, f64)], current: &[(f64, f64)]) -> Option<Distance<f64>> {
    let total = |items: &[(f64, f64)]| items.iter().map(|(_, weight)| weight).sum::<f64>();
    let (baseline_total, current_total) = (total(baseline), total(current));
    if baseline_total <= 0.0 || current_total <= 0.0 {
        return None;
    }
    let (mut one, mut other) = (baseline.iter().peekable(), current.iter().peekable());
    let (mut below_one, mut below_other) = (0.0, 0.0);
    let mut furthest: Option<Distance<f64>> = None;
    loop {
        let value = match (one.peek(), other.peek()) {
            (Some((a, _)), Some((b, _))) => a.min(*b),
            (Some((a, _)), None) => *a,
            (None, Some((b, _))) => *b,
            (None, None) => return furthest,
        };
        // The shares at or below this value: every item that equals it counts on both sides first.
        while let Some((_, weight)) = one.next_if(|(item, _)| *item <= value) {
            below_one += weight;
        }
        while let Some((_, weight)) = other.next_if(|(item, _)| *item <= value) {
            below_other += weight;
        }
        let largest = (below_one / baseline_total - below_other / current_total).abs();
        if furthest.as_ref().is_none_or(|so_far| largest > so_far.largest) {
            furthest = Some(Distance { largest, at: value });
        }
    }
}

/// Counts by category. A category that one side lacks has the share 0 there.
pub fn categorical(baseline: &BTreeMap<&str, u64>, current: &BTreeMap<&str, u64>) -> Option<Distance<String>> {
    // As floating point: a baseline may claim counts that add up to more than a whole number holds.
    let total = |counts: &BTreeMap<&str, u64>| counts.values().map(|count| *count as f64).sum::<f64>();
    let (baseline_total, current_total) = (total(baseline), total(current));
    if baseline_total <= 0.0 || current_total <= 0.0 {
        return None;
    }
    let share = |counts: &BTreeMap<&str, u64>, value: &str, total: f64| {
        counts.get(value).copied().unwrap_or_default() as f64 / total
    };
    let mut furthest: Option<Distance<String>> = None;
    for value in baseline.keys().chain(current.keys()).collect::<BTreeSet<_>>() {
        let largest = (share(baseline, value, baseline_total) - share(current, value, current_total)).abs();
        if furthest.as_ref().is_none_or(|so_far| largest > so_far.largest) {
            furthest = Some(Distance {
                largest,
                at: value.to_string(),
            });
        }
    }
    furthest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().map(|value| (*value, 1.0)).collect()
    }

    #[test]
    fn numeric_distances_by_hand() {
        let cases: &[(&[f64], &[f64], f64, f64)] = &[
            (&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0], 0.0, 1.0),
            (&[1.0, 2.0], &[3.0, 4.0], 1.0, 2.0),
            (&[1.0, 2.0, 3.0, 4.0], &[2.0, 3.0, 4.0, 5.0], 0.25, 1.0),
            (&[1.0, 1.0, 1.0, 5.0], &[1.0, 5.0, 5.0, 5.0], 0.5, 1.0),
        ];
        for (one, other, largest, at) in cases {
            assert_eq!(
                numeric(&ones(one), &ones(other)),
                Some(Distance {
                    largest: *largest,
                    at: *at
                })
            );
            assert_eq!(numeric(&ones(other), &ones(one)).unwrap().largest, *largest);
        }
        assert_eq!(numeric(&ones(&[1.0]), &[]), None);
        let weighted = numeric(&[(1.0, 2.0), (2.0, 2.0)], &ones(&[1.0, 2.0]));
        assert_eq!(weighted.unwrap().largest, 0.0);
    }

    #[test]
    fn categories_compare_shares_not_sums() {
        let baseline = BTreeMap::from([("a", 50), ("b", 30), ("c", 20)]);
        let current = BTreeMap::from([("a", 1), ("b", 3), ("d", 6)]);
        let distance = categorical(&baseline, &current).unwrap();
        assert_eq!(
            distance,
            Distance {
                largest: 0.6,
                at: "d".into()
            }
        );
        assert_eq!(categorical(&baseline, &BTreeMap::new()), None);
    }

    #[test]
    fn counts_may_add_up_to_more_than_a_whole_number_holds() {
        let baseline = BTreeMap::from([("a", u64::MAX), ("b", u64::MAX)]);
        let current = BTreeMap::from([("a", 1), ("b", 1)]);
        assert_eq!(categorical(&baseline, &current).unwrap().largest, 0.0);
    }

    #[test]
    fn the_bound_shrinks_with_the_samples() {
        for (n, m, bound) in [
            (100, 100, 0.2546),
            (1_000, 1_000, 0.0805),
            (10_000, 10_000, 0.0255),
            (2_333, 334, 0.1053),
        ] {
            assert!((sampling_bound(n, m) - bound).abs() < 1e-4);
        }
    }
}
