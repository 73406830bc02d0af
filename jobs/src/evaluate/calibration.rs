//! Whether what a model says is what comes true: its predictions from low to high in bins of as many rows, each with the
//! mean of what was said and of what was so.

use windsock_decisions::state::{Calibration, CalibrationBin};

use crate::learn::metrics::Scored;

const BINS: usize = 10;

/// None without rows.
pub fn calibration(scored: &Scored) -> Option<Calibration> {
    let (task, predictions) = (scored.task(), scored.predictions());
    let rows = scored.labels().iter().enumerate();
    let mut pairs: Vec<(f64, f64)> = rows
        .map(|(row, label)| predictions.confidence(task, row, *label))
        .collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let wanted = pairs.len().div_ceil(BINS);
    let (mut bins, mut rest) = (Vec::new(), pairs.as_slice());
    while let Some(last) = rest.get(wanted.min(rest.len()).saturating_sub(1)) {
        // Equal predictions belong together.
        let end = rest.partition_point(|(said, _)| *said <= last.0);
        let (here, after) = rest.split_at(end);
        bins.push(bin(here));
        rest = after;
    }
    let distance = |bin: &CalibrationBin| bin.rows as f64 * (bin.predicted - bin.observed).abs();
    (!pairs.is_empty()).then(|| Calibration {
        error: bins.iter().map(distance).sum::<f64>() / pairs.len() as f64,
        bins,
    })
}

fn bin(pairs: &[(f64, f64)]) -> CalibrationBin {
    let rows = pairs.len() as f64;
    CalibrationBin {
        low: pairs[0].0,
        high: pairs[pairs.len() - 1].0,
        rows: pairs.len() as u64,
        predicted: pairs.iter().map(|(said, _)| said).sum::<f64>() / rows,
        observed: pairs.iter().map(|(_, was)| was).sum::<f64>() / rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::predictions::Predictions;
    use crate::learn::task::Task;

    fn of(labels: &[f64], predictions: Vec<f64>) -> Calibration {
        calibration(&Scored::new(Task::Binary, labels, Predictions::single(predictions))).unwrap()
    }

    #[test]
    fn a_model_that_says_what_comes_true_has_no_error() {
        let labels: Vec<f64> = (0..100).map(|row| f64::from(row % 4 == 0)).collect();
        let honest = of(&labels, vec![0.25; 100]);
        assert_eq!(
            (honest.bins.len(), honest.error),
            (1, 0.0),
            "equal predictions share a bin"
        );
        let bold = of(&labels, vec![0.75; 100]);
        assert!((bold.error - 0.5).abs() < 1e-12);
    }

    #[test]
    fn bins_hold_every_row_in_rising_order() {
        let labels: Vec<f64> = (0..103).map(|row| f64::from(row > 50)).collect();
        let rising = of(&labels, (0..103).map(|row| f64::from(row) / 103.0).collect());
        assert_eq!(rising.bins.len(), 10);
        assert_eq!(rising.bins.iter().map(|bin| bin.rows).sum::<u64>(), 103);
        assert!(rising.bins.windows(2).all(|pair| pair[0].high < pair[1].low));
        assert_eq!((rising.bins[0].observed, rising.bins[9].observed), (0.0, 1.0));
    }
}
