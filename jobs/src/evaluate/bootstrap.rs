//! The gain of one model over another on the same rows, and how much of it may be luck: a paired bootstrap.

use crate::common::hash::{Random, quick};
use crate::learn::metrics::Scored;

const RESAMPLES: usize = 300;
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

/// Both models see the same resamples, which depend on the seed alone. None when the metric is not defined.
pub fn gain(ours: &Scored, theirs: &Scored, metric: &str, sign: f64, rows: usize, seed: &str) -> Option<Gain> {
    let difference = |counts: &[u32]| Some(sign * (ours.metric(metric, counts)? - theirs.metric(metric, counts)?));
    let observed = difference(&vec![1; rows])?;
    let seed = quick(seed.as_bytes());
    let worker = |first: usize| -> Vec<f64> {
        let mut counts = vec![0; rows];
        let resamples = (first..RESAMPLES).step_by(THREADS);
        resamples
            .filter_map(|resample| {
                draw(&mut counts, seed, resample);
                difference(&counts)
            })
            .collect()
    };
    let mut gains: Vec<f64> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || worker(first))).collect();
        // A worker that panicked has lost its share, and the interval with it.
        workers
            .into_iter()
            .map(|worker| worker.join().ok())
            .collect::<Option<Vec<_>>>()
    })?
    .concat();
    // A resample may hold one class only; too many of those and there is no interval to speak of.
    if gains.len() < RESAMPLES / 2 {
        return None;
    }
    gains.sort_by(f64::total_cmp);
    let at = |share: f64| gains[((gains.len() - 1) as f64 * share).round() as usize];
    Some(Gain {
        observed,
        low: at(TAIL),
        high: at(1.0 - TAIL),
    })
}

fn draw(counts: &mut [u32], seed: u64, resample: usize) {
    counts.fill(0);
    let mut random = Random::new(seed ^ (resample as u64).wrapping_mul(0xd134_2543_de82_ef95));
    for _ in 0..counts.len() {
        let row = random.below(counts.len());
        counts[row] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn a_better_model_gains_beyond_luck_and_an_equal_one_does_not() {
        let labels = labels();
        let weak = scored(&labels, predictions(&labels, 0.2, 1));
        let strong = scored(&labels, predictions(&labels, 1.0, 2));
        let alike = scored(&labels, predictions(&labels, 0.2, 3));
        let won = gain(&strong, &weak, "auc", 1.0, labels.len(), "slot").unwrap();
        assert!(
            won.low > 0.1 && won.low < won.observed && won.observed < won.high,
            "{won:?}"
        );
        let even = gain(&alike, &weak, "auc", 1.0, labels.len(), "slot").unwrap();
        assert!(even.low < 0.0, "{even:?}");
        let same = gain(&weak, &weak, "auc", 1.0, labels.len(), "slot").unwrap();
        assert_eq!(
            same,
            Gain {
                observed: 0.0,
                low: 0.0,
                high: 0.0
            }
        );
    }

    #[test]
    fn the_seed_decides_and_losses_count_downwards() {
        let labels = labels();
        let weak = scored(&labels, predictions(&labels, 0.2, 1));
        let strong = scored(&labels, predictions(&labels, 1.0, 2));
        let with = |seed: &str| gain(&strong, &weak, "logloss", -1.0, labels.len(), seed).unwrap();
        assert_eq!(with("a"), with("a"));
        assert_ne!(with("a").low, with("b").low);
    }

    #[test]
    fn one_class_has_no_gain() {
        let labels = vec![1.0; 10];
        let scored = scored(&labels, vec![0.5; 10]);
        assert_eq!(gain(&scored, &scored, "auc", 1.0, 10, "slot"), None);
    }
}
