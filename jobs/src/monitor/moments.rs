//! Sum, spread and range of any number of values, taken up in batches.

/// So many sums run side by side: a processor adds them at once, and rounding has less to lose.
const LANES: usize = 4;

#[derive(Debug, Clone)]
pub struct Moments {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
    sum: f64,
    /// What rounding lost from the sum (Neumaier).
    lost: f64,
    pub min: f64,
    pub max: f64,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments {
            count: 0.0,
            mean: 0.0,
            squares: 0.0,
            sum: 0.0,
            lost: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    pub fn add_all(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        let count = values.len() as f64;
        let (sum, lost) = compensated_sum(values);
        let mean = (sum + lost) / count;
        let mut batch = Moments {
            count,
            mean,
            squares: squares(values, mean),
            sum,
            lost,
            ..Moments::default()
        };
        for value in values {
            batch.min = if *value < batch.min { *value } else { batch.min };
            batch.max = if *value > batch.max { *value } else { batch.max };
        }
        self.merge(&batch);
    }

    /// Chan's rule for the spread of two sets together, Neumaier's for their sum.
    pub fn merge(&mut self, other: &Moments) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let apart = other.mean - self.mean;
        self.squares += other.squares + apart * apart * (self.count * other.count / count);
        self.mean += apart * (other.count / count);
        self.count = count;
        let (sum, lost) = two_sum(self.sum, other.sum);
        self.sum = sum;
        self.lost += lost + other.lost;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    pub fn sum(&self) -> f64 {
        finite(self.sum + self.lost)
    }

    pub fn mean(&self) -> f64 {
        finite(self.sum() / self.count)
    }

    /// Of the population: divided by n.
    pub fn std_dev(&self) -> f64 {
        finite((self.squares / self.count).sqrt())
    }
}

/// Knuth's exact sum: the rounded sum, and what rounding lost.
fn two_sum(one: f64, other: f64) -> (f64, f64) {
    let sum = one + other;
    let shadow = sum - one;
    (sum, (one - (sum - shadow)) + (other - shadow))
}

fn compensated_sum(values: &[f64]) -> (f64, f64) {
    let (mut sums, mut losses) = ([0.0; LANES], [0.0; LANES]);
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for lane in 0..LANES {
            let (sum, lost) = two_sum(sums[lane], chunk[lane]);
            sums[lane] = sum;
            losses[lane] += lost;
        }
    }
    let (mut total, mut lost) = (0.0, losses.iter().sum::<f64>());
    for value in sums.iter().chain(chunks.remainder()) {
        let (sum, loss) = two_sum(total, *value);
        total = sum;
        lost += loss;
    }
    (total, lost)
}

fn squares(values: &[f64], mean: f64) -> f64 {
    let mut sums = [0.0; LANES];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for lane in 0..LANES {
            let apart = chunk[lane] - mean;
            sums[lane] += apart * apart;
        }
    }
    let rest = chunks.remainder().iter().map(|value| (value - mean) * (value - mean));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

/// JSON has no infinity, and a baseline that we wrote must be one that we read: what is beyond every number is written
/// as the largest there is.
fn finite(number: f64) -> f64 {
    if number.is_nan() {
        f64::MAX
    } else {
        number.clamp(f64::MIN, f64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        moments.add_all(values);
        moments
    }

    #[test]
    fn values_that_add_up_to_more_than_any_number_have_finite_moments() {
        let moments = moments(&[1e308, 1e308, -1e308, 1.7e308]);
        assert!(moments.sum().is_finite() && moments.mean().is_finite() && moments.std_dev().is_finite());
    }

    #[test]
    fn large_offsets_lose_nothing() {
        let moments = moments(&[4.0, 7.0, 13.0, 16.0].map(|value| 1e9 + value));
        assert_eq!(moments.mean(), 1e9 + 10.0);
        assert!((moments.std_dev() - 22.5f64.sqrt()).abs() < 1e-9);
        assert_eq!(
            (moments.min, moments.max, moments.sum()),
            (1e9 + 4.0, 1e9 + 16.0, 4e9 + 40.0)
        );
    }

    #[test]
    fn what_small_values_add_is_kept_beside_large_ones() {
        let mut values = vec![1e16];
        values.extend([1.0; 1_000]);
        values.push(-1e16);
        assert_eq!(moments(&values).sum(), 1_000.0);
    }

    #[test]
    fn parts_together_are_the_whole() {
        let values: Vec<f64> = (0..1_001).map(|at| f64::from(at * 37 % 101) + 0.1).collect();
        let mut parts = Moments::default();
        values.chunks(7).for_each(|part| parts.add_all(part));
        let whole = moments(&values);
        assert!((parts.sum() - whole.sum()).abs() < 1e-9 && (parts.std_dev() - whole.std_dev()).abs() < 1e-12);
        assert_eq!((parts.min, parts.max), (whole.min, whole.max));
    }
}
