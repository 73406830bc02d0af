//! How much of a metric, and of the gain of one model over another on the same rows, may be luck: a paired bootstrap.

use std::collections::BTreeMap;

use windsock_decisions::state::Interval;

use super::units::Units;
use crate::common::hash::quick;
use crate::learn::metrics::Scored;

const RESAMPLES: usize = 1_000;
/// The interval leaves out this share of the resamples at each end, so it holds 90 % of them.
const TAIL: f64 = 0.05;
const THREADS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Positive is better, whatever the metric's direction.
    pub observed: f64,
    pub low: f64,
    pub high: f64,
}

/// The metrics of both models on many resamples, which both see alike and which depend on the seed alone.
pub struct Resamples {
    ours: Vec<BTreeMap<String, f64>>,
    theirs: Vec<BTreeMap<String, f64>>,
}

impl Resamples {
    /// None when a thread was lost.
    pub fn draw(ours: &Scored, theirs: Option<&Scored>, units: &Units, seed: &str) -> Option<Resamples> {
        let seed = quick(seed.as_bytes());
        let worker = |first: usize| -> Vec<(BTreeMap<String, f64>, BTreeMap<String, f64>)> {
            let mut counts = vec![0; units.rows()];
            let resamples = (first..RESAMPLES).step_by(THREADS);
            resamples
                .map(|resample| {
                    units.draw(&mut counts, seed, resample);
                    let theirs = theirs.map(|theirs| theirs.all_of(&counts));
                    (ours.all_of(&counts), theirs.unwrap_or_default())
                })
                .collect()
        };
        let drawn = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || worker(first))).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().ok())
                .collect::<Option<Vec<_>>>()
        })?;
        let (ours, theirs) = drawn.into_iter().flatten().unzip();
        Some(Resamples { ours, theirs })
    }

    pub fn intervals(&self) -> BTreeMap<String, Interval> {
        intervals(&self.ours)
    }

    pub fn champion_intervals(&self) -> BTreeMap<String, Interval> {
        intervals(&self.theirs)
    }

    /// `observed` is the gain on the rows as they are. None when the metric is not defined on enough resamples.
    pub fn gain(&self, metric: &str, sign: f64, observed: f64) -> Option<Gain> {
        let pairs = self.ours.iter().zip(&self.theirs);
        let gains = pairs.filter_map(|(ours, theirs)| Some(sign * (ours.get(metric)? - theirs.get(metric)?)));
        let Interval { low, high } = interval(gains.collect())?;
        Some(Gain { observed, low, high })
    }
}

fn intervals(resamples: &[BTreeMap<String, f64>]) -> BTreeMap<String, Interval> {
    let mut values: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for (metric, value) in resamples.iter().flatten() {
        values.entry(metric).or_default().push(*value);
    }
    let named = values.into_iter();
    named
        .filter_map(|(metric, values)| Some((metric.clone(), interval(values)?)))
        .collect()
}

/// A resample may hold one class only; too many of those and there is no interval to speak of.
fn interval(mut values: Vec<f64>) -> Option<Interval> {
    if values.len() < RESAMPLES / 2 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    Some(Interval {
        low: at(TAIL),
        high: at(1.0 - TAIL),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::Random;
    use crate::learn::predictions::Predictions;
    use crate::learn::task::Task;

    /// Predictions that lean towards the label by `signal`.
    fn predictions(labels: &[f64], signal: f64, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        labels
            .iter()
            .map(|label| signal * label + random.below(1_000) as f64 / 1_000.0)
            .collect()
    }

    fn scored(labels: &[f64], predictions: Vec<f64>) -> Scored<'_> {
        Scored::new(Task::Binary, labels, Predictions::single(predictions))
    }

    fn labels() -> Vec<f64> {
        (0..600).map(|row| f64::from(row % 3 == 0)).collect()
    }

    fn gain(ours: &Scored, theirs: &Scored, metric: &str, sign: f64, seed: &str) -> Option<Gain> {
        let observed = sign * (ours.all().get(metric)? - theirs.all().get(metric)?);
        let units = Units::new(ours.labels().len(), &[]);
        Resamples::draw(ours, Some(theirs), &units, seed)?.gain(metric, sign, observed)
    }

    #[test]
    fn a_better_model_gains_beyond_luck_and_an_equal_one_does_not() {
        let labels = labels();
        let weak = scored(&labels, predictions(&labels, 0.2, 1));
        let strong = scored(&labels, predictions(&labels, 1.0, 2));
        let alike = scored(&labels, predictions(&labels, 0.2, 3));
        let won = gain(&strong, &weak, "auc", 1.0, "slot").unwrap();
        assert!(
            won.low > 0.1 && won.low < won.observed && won.observed < won.high,
            "{won:?}"
        );
        let even = gain(&alike, &weak, "auc", 1.0, "slot").unwrap();
        assert!(even.low < 0.0, "{even:?}");
        let same = gain(&weak, &weak, "auc", 1.0, "slot").unwrap();
        assert_eq!((same.observed, same.low, same.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn the_seed_decides_and_losses_count_downwards() {
        let labels = labels();
        let weak = scored(&labels, predictions(&labels, 0.2, 1));
        let strong = scored(&labels, predictions(&labels, 1.0, 2));
        let with = |seed: &str| gain(&strong, &weak, "logloss", -1.0, seed).unwrap();
        assert_eq!(with("a"), with("a"));
        assert_ne!(with("a").low, with("b").low);
    }

    #[test]
    fn one_class_has_no_gain() {
        let labels = vec![1.0; 10];
        let one = scored(&labels, vec![0.5; 10]);
        let resamples = Resamples::draw(&one, Some(&one), &Units::new(10, &[]), "slot").unwrap();
        assert_eq!(resamples.gain("auc", 1.0, 0.0), None);
        assert!(resamples.intervals().contains_key("logloss") && !resamples.intervals().contains_key("auc"));
    }

    #[test]
    fn an_interval_holds_the_metric_and_narrows_with_rows() {
        let width = |rows: usize| {
            let labels: Vec<f64> = (0..rows).map(|row| f64::from(row % 3 == 0)).collect();
            let scored = scored(&labels, predictions(&labels, 0.5, 7));
            let resamples = Resamples::draw(&scored, None, &Units::new(rows, &[]), "slot").unwrap();
            let Interval { low, high } = resamples.intervals()["auc"];
            let auc = scored.all()["auc"];
            assert!(low < auc && auc < high);
            assert!(resamples.champion_intervals().is_empty());
            high - low
        };
        assert!(width(4_000) < 0.6 * width(500));
    }

    #[test]
    fn rows_that_repeat_within_a_block_do_not_narrow_the_interval() {
        // Twenty days of one row each, and the same days with every row fifty times.
        let days: Vec<f64> = (0..20).map(|day| f64::from(day % 2)).collect();
        let repeat = |values: &[f64]| -> Vec<f64> { values.iter().flat_map(|value| [*value; 50]).collect() };
        let (labels, said) = (repeat(&days), repeat(&predictions(&days, 0.4, 5)));
        let blocks: Vec<i64> = (0..1_000).map(|row| row / 50).collect();
        let width = |blocks: &[i64]| {
            let scored = scored(&labels, said.clone());
            let resamples = Resamples::draw(&scored, None, &Units::new(1_000, blocks), "slot").unwrap();
            let Interval { low, high } = resamples.intervals()["auc"];
            high - low
        };
        assert!(width(&blocks) > 4.0 * width(&[]));
    }
}
