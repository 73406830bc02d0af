//! Something that AWS measures at every full minute, as the few moments at which it becomes another thing.
//!
//! A track tells what was measured and, if nothing happens any more, what will be: nobody has to measure, and an alarm
//! knows when its state would change.

use super::series::Folded;
use crate::Millis;

pub(crate) const MINUTE: Millis = 60_000;

/// What is measured from one minute on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shown {
    /// Nothing is put at all.
    Nothing,
    Value(f64),
    /// The seconds since this time.
    Since(Millis),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    /// Each holds from its minute to the next one's, the last one for ever. In order of time.
    steps: Vec<(Millis, Shown)>,
}

/// The first full minute at or after a time.
pub(crate) fn minute_after(at: Millis) -> Millis {
    at.div_euclid(MINUTE) * MINUTE + if at.rem_euclid(MINUTE) == 0 { 0 } else { MINUTE }
}

impl Shown {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact for 285,000 years")]
    fn at(self, minute: Millis) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some(value),
            Self::Since(start) => Some((minute - start) as f64 / 1000.0),
        }
    }
}

impl Track {
    /// What is shown from a minute on, which is not before the latest one told.
    pub(crate) fn tell(&mut self, from: Millis, shown: Shown) {
        self.steps.pop_if(|(latest, _)| *latest == from);
        if self.steps.last().is_none_or(|(_, latest)| *latest != shown) {
            self.steps.push((from, shown));
        }
    }

    /// Take over what another track tells of the minutes up to a time.
    pub(crate) fn take(&mut self, other: &Self, until: Millis) {
        for (from, shown) in other.steps.iter().take_while(|(from, _)| *from <= until) {
            self.tell(*from, *shown);
        }
    }

    /// This track as far as it matters from a minute on.
    pub(crate) fn since(&self, minute: Millis) -> Self {
        let after = self.steps.partition_point(|(from, _)| *from <= minute);
        Self {
            steps: self.steps[after.saturating_sub(1)..].to_vec(),
        }
    }

    pub(crate) fn shows_anything(&self, until: Millis) -> bool {
        let shown = |(from, shown): &(Millis, Shown)| *from <= until && *shown != Shown::Nothing;
        self.steps.iter().any(shown)
    }

    /// Each step with the minute at which it ends.
    fn spans(&self) -> impl Iterator<Item = (Millis, Millis, Shown)> {
        self.steps.iter().enumerate().map(|(place, (from, shown))| {
            let end = self.steps.get(place + 1).map_or(Millis::MAX, |next| next.0);
            (*from, end, *shown)
        })
    }

    /// The periods of `[from, until)` that hold a number, with their starts.
    pub(super) fn periods(&self, from: Millis, until: Millis, period: Millis) -> Vec<(Millis, Folded)> {
        let mut periods: Vec<(Millis, Folded)> = Vec::new();
        for (first, end, shown) in self.spans() {
            let (mut minute, end) = (minute_after(first.max(from)), end.min(until));
            while minute < end && shown != Shown::Nothing {
                let start = minute.div_euclid(period) * period;
                let rest = end.min(start + period);
                if let Some(numbers) = fold(shown, minute, rest) {
                    match periods.last_mut().filter(|latest| latest.0 == start) {
                        Some((_, folded)) => folded.fold(numbers),
                        None => periods.push((start, numbers)),
                    }
                }
                minute = minute_after(rest);
            }
        }
        periods
    }

    /// The minutes at which what is measured begins or ceases to breach, or to be there at all.
    pub(super) fn turns(&self, breaches: impl Fn(f64) -> bool) -> Vec<Millis> {
        let mut turns: Vec<(Millis, Option<bool>)> = Vec::new();
        let mut turn = |minute: Millis, to: Option<bool>| {
            if turns.last().is_none_or(|(_, latest)| *latest != to) {
                turns.push((minute, to));
            }
        };
        for (from, end, shown) in self.spans() {
            let judged = |minute: Millis| shown.at(minute).map(&breaches);
            turn(from, judged(from));
            // What grows crosses a threshold once.
            let (mut before, mut after) = (from / MINUTE, (end - MINUTE) / MINUTE);
            let last = judged(after * MINUTE);
            if matches!(shown, Shown::Since(_)) && judged(from) != last {
                while after - before > 1 {
                    let middle = before.midpoint(after);
                    if judged(middle * MINUTE) == last {
                        after = middle;
                    } else {
                        before = middle;
                    }
                }
                turn(after * MINUTE, last);
            }
        }
        turns.into_iter().map(|(minute, _)| minute).collect()
    }
}

/// The full minutes of `[first, end)` together; the first one is one.
#[expect(clippy::cast_precision_loss, reason = "there are not that many minutes")]
fn fold(shown: Shown, first: Millis, end: Millis) -> Option<Folded> {
    let count = (end - first - 1).div_euclid(MINUTE) + 1;
    let (least, greatest) = (shown.at(first)?, shown.at(first + (count - 1) * MINUTE)?);
    Some(Folded {
        count: count as f64,
        sum: f64::midpoint(least, greatest) * count as f64,
        least,
        greatest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing, then 2 for three minutes, then what is as old as the track.
    fn track() -> Track {
        let mut track = Track::default();
        track.tell(0, Shown::Nothing);
        track.tell(10 * MINUTE, Shown::Value(2.0));
        track.tell(13 * MINUTE, Shown::Since(0));
        track
    }

    #[test]
    fn periods_hold_what_is_measured_in_their_minutes() {
        let periods = track().periods(0, 16 * MINUTE, 5 * MINUTE);
        let wanted = Folded {
            count: 5.0,
            sum: 6.0 + 780.0 + 840.0,
            least: 2.0,
            greatest: 840.0,
        };
        assert_eq!(periods, [(10 * MINUTE, wanted), (15 * MINUTE, Folded::of(900.0, 1.0))]);
        // A minute is measured when it is full, and a time within it does not add one.
        assert_eq!(track().periods(0, 10 * MINUTE, MINUTE), []);
        assert_eq!(
            track().periods(10 * MINUTE + 1, 12 * MINUTE + 1, 60 * MINUTE)[0]
                .1
                .count,
            2.0
        );
    }

    #[test]
    fn turns_are_where_something_begins_or_ceases_to_breach() {
        assert_eq!(track().turns(|value| value > 3600.0), [0, 10 * MINUTE, 61 * MINUTE]);
        assert_eq!(track().turns(|value| value > 1.0), [0, 10 * MINUTE]);
        let mut ended = track();
        ended.tell(30 * MINUTE, Shown::Nothing);
        assert_eq!(ended.turns(|value| value > 3600.0), [0, 10 * MINUTE, 30 * MINUTE]);
    }

    #[test]
    fn what_is_told_again_is_one_step() {
        let mut again = track();
        again.take(&track().since(14 * MINUTE), 20 * MINUTE);
        assert_eq!(again.steps.len(), 3);
        assert!(again.shows_anything(10 * MINUTE) && !again.shows_anything(9 * MINUTE));
    }
}
