//! How far the sketches are off, whatever the order of the values.

use std::collections::BTreeMap;

use super::column::ColumnProfile;
use super::distinct::{Distinct, of_number};
use super::kll::{K, KllSketch, sorted, weighted};
use super::text_hash::text_hash;
use crate::common::hash::Random;

/// What DataSketches says of its KLL sketches, from the 99th percentile of the largest errors in thousands of trials:
/// `KllSketch.getNormalizedRankError(k, false)`, <https://github.com/apache/datasketches-java>.
fn bound() -> f64 {
    2.296 / K.powf(0.9723)
}

/// The largest difference between a rank and its estimate, as a share of all values.
fn rank_error(values: &[f64]) -> f64 {
    let mut sketch = KllSketch::default();
    // As they come: in batches of no particular size.
    values.chunks(3_391).for_each(|batch| sketch.add_all(batch));
    let items = sorted(weighted(&sketch.levels()));
    assert_eq!(items.iter().map(|(_, weight)| weight).sum::<f64>(), values.len() as f64);
    assert!(items.len() < 3 * K as usize, "{} items", items.len());
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (mut estimate, mut largest, mut at) = (0.0, 0.0f64, 0);
    while at < items.len() {
        let value = items[at].0;
        let below = sorted.partition_point(|other| *other < value) as f64;
        largest = largest.max((estimate - below).abs());
        while at < items.len() && items[at].0 == value {
            estimate += items[at].1;
            at += 1;
        }
        let up_to = sorted.partition_point(|other| *other <= value) as f64;
        largest = largest.max((estimate - up_to).abs());
    }
    largest / values.len() as f64
}

type Order = fn(usize, usize) -> usize;

/// Each a permutation of the numbers below n, by place.
const ORDERS: [(&str, Order); 6] = [
    ("sorted", |at, _| at),
    ("reversed", |at, n| n - 1 - at),
    (
        "organ pipe",
        |at, n| if at < n / 2 { 2 * at } else { 2 * (n - 1 - at) + 1 },
    ),
    ("zoomed in", |at, n| if at % 2 == 0 { at / 2 } else { n - 1 - at / 2 }),
    ("zoomed out", |at, n| {
        if at % 2 == 0 {
            n / 2 + at / 2
        } else {
            n / 2 - 1 - at / 2
        }
    }),
    ("saw teeth", |at, n| at % 1_000 * (n / 1_000) + at / 1_000),
];

#[test]
fn ranks_are_within_the_official_bound_whatever_the_order() {
    for n in [4_000, 50_000, 300_000, 2_000_000] {
        for (name, order) in ORDERS {
            let values: Vec<f64> = (0..n).map(|at| order(at, n) as f64).collect();
            let error = rank_error(&values);
            assert!(error <= bound(), "{name}, {n} values: {error}");
        }
        let mut random = Random::new(n as u64);
        for (name, kinds) in [("random", n), ("duplicates", 50), ("many duplicates", 3_000)] {
            // Small ones are frequent.
            let values: Vec<f64> = (0..n)
                .map(|_| {
                    let most = 1 + random.below(kinds);
                    random.below(most) as f64
                })
                .collect();
            let error = rank_error(&values);
            assert!(error <= bound(), "{name}, {n} values: {error}");
        }
    }
}

/// The same of the error that most sketches have, not the unluckiest ones: other draws of the same many values.
#[test]
fn most_ranks_are_far_within_the_bound() {
    let mut errors: Vec<f64> = (0..12)
        .map(|seed| {
            let mut random = Random::new(seed);
            let values: Vec<f64> = (0..400_000).map(|_| random.draw() as f64).collect();
            rank_error(&values)
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    assert!(errors[6] < 0.8 * bound(), "{errors:?}");
}

#[test]
fn distinct_counts_are_exact_while_small_and_within_two_per_cent_beyond() {
    let of = |count: u64, hash: fn(u64) -> u64| {
        let mut distinct = Distinct::default();
        // Each of them twice.
        (0..2).for_each(|_| distinct.add_all((0..count).map(hash)));
        distinct.count()
    };
    let numbers: fn(u64) -> u64 = |n| of_number(n as f64 / 8.0);
    let texts: fn(u64) -> u64 = |n| text_hash(format!("customer-{n}").as_bytes());
    for hash in [numbers, texts] {
        for count in [0, 1, 100, 3_000] {
            assert_eq!(of(count, hash), count);
        }
        for count in [3_100, 10_000, 32_768, 80_000, 163_840, 500_000, 2_000_000] {
            let error = of(count, hash).abs_diff(count) as f64 / count as f64;
            assert!(error < 0.02, "{count}: off by {error}");
        }
    }
}

#[test]
fn a_column_of_texts_that_all_differ_keeps_none_of_them() {
    let mut column = ColumnProfile::new("id", vec![]);
    (0..200_000).for_each(|n| column.add(&format!("{n:x}-{n}")));
    assert_eq!(column.categories.counted().collect::<BTreeMap<_, _>>(), BTreeMap::new());
    assert!(column.distinct.count().abs_diff(200_000) < 4_000);
}
