//! A profile as statistics.json describes it.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Profile;
use super::column::ColumnProfile;
use super::documents::{
    Bucket, Categorical, CategoryBucket, Common, Dataset, FeatureStatistics, InferredType, Kll, NumericalDistribution,
    NumericalStatistics, Sketch, SketchParameters, Statistics, StringDistribution, StringStatistics,
};
use super::kll;

const BUCKETS: usize = 10;

pub fn describe(profile: &Profile) -> Statistics {
    Statistics {
        version: 0.0,
        dataset: Dataset {
            item_count: profile.rows,
        },
        features: profile.columns.iter().map(feature).collect(),
    }
}

/// The same, described column by column while it is written: the statistics of a wide data set are large.
pub struct Described<'p>(pub &'p Profile);

impl Serialize for Described<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = describe(&Profile {
            rows: self.0.rows,
            columns: Vec::new(),
        });
        let mut members = serializer.serialize_struct("Statistics", 3)?;
        members.serialize_field("version", &whole.version)?;
        members.serialize_field("dataset", &whole.dataset)?;
        members.serialize_field("features", &Features(&self.0.columns))?;
        members.end()
    }
}

struct Features<'p>(&'p [ColumnProfile]);

impl Serialize for Features<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(feature))
    }
}

fn feature(column: &ColumnProfile) -> FeatureStatistics {
    let inferred_type = column.inferred_type();
    let numeric = inferred_type.is_numeric();
    FeatureStatistics {
        name: column.name.clone(),
        inferred_type,
        numerical_statistics: numeric.then(|| numerical(column)),
        string_statistics: (!numeric).then(|| string(column, inferred_type)),
    }
}

fn common(column: &ColumnProfile) -> Common {
    Common {
        num_present: column.present(),
        num_missing: column.missing,
    }
}

fn numerical(column: &ColumnProfile) -> NumericalStatistics {
    let levels = column.sketch.levels();
    let moments = &column.moments;
    NumericalStatistics {
        common: common(column),
        mean: moments.mean(),
        sum: moments.sum(),
        std_dev: moments.std_dev(),
        min: moments.min,
        max: moments.max,
        approximate_num_distinct_values: Some(column.distinct.count() as f64),
        completeness: Some(column.completeness()),
        distribution: Some(NumericalDistribution {
            kll: Kll {
                buckets: buckets(&kll::weighted(&levels), moments.min, moments.max),
                sketch: Some(Sketch {
                    parameters: SketchParameters { c: kll::C, k: kll::K },
                    data: levels,
                }),
            },
        }),
    }
}

/// Equally wide from the smallest to the largest value, closed below and open above but for the last.
pub fn buckets(items: &[(f64, f64)], min: f64, max: f64) -> Vec<Bucket> {
    let bound = |at: usize| match at {
        BUCKETS => max,
        _ if (max - min).is_finite() => min + (max - min) * at as f64 / BUCKETS as f64,
        // They may be further apart than any number.
        _ => min * (1.0 - at as f64 / BUCKETS as f64) + max * (at as f64 / BUCKETS as f64),
    };
    let bounds = (0..BUCKETS).map(|at| Bucket {
        lower_bound: bound(at),
        upper_bound: bound(at + 1),
        count: 0.0,
    });
    counted(bounds.collect(), items)
}

/// What lies beyond the first or the last bucket counts in it.
pub fn counted(mut buckets: Vec<Bucket>, items: &[(f64, f64)]) -> Vec<Bucket> {
    for (value, weight) in items {
        let at = (1..buckets.len())
            .rev()
            .find(|at| *value >= buckets[*at].lower_bound)
            .unwrap_or(0);
        buckets[at].count += weight;
    }
    buckets
}

fn string(column: &ColumnProfile, inferred_type: InferredType) -> StringStatistics {
    let listed = column
        .categories
        .listed()
        .filter(|_| inferred_type == InferredType::String);
    let bucket = |(value, count): (&str, u64)| CategoryBucket {
        value: value.into(),
        count,
    };
    StringStatistics {
        common: common(column),
        distinct_count: column.distinct.count() as f64,
        completeness: Some(column.completeness()),
        distribution: listed.map(|listed| StringDistribution {
            categorical: Categorical {
                buckets: listed.into_iter().map(bucket).collect(),
            },
        }),
    }
}
