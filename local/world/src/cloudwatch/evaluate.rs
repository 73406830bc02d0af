//! When an alarm changes its state.
//!
//! The most recent periods count; where some hold no number, CloudWatch looks further back, and applies
//! TreatMissingData only as often as it must. The same look, imagined at the boundaries of the periods to come, tells
//! when the state would change without any new number, so that no timer is set for nothing.

use super::{
    AlarmTimer,
    alarms::{Alarm, StateValue, TreatMissing},
    own::Numbers,
    series::Folded,
};
use crate::{Millis, World, world::Timer};

/// Periods that are looked at beyond EvaluationPeriods, as in the documentation's examples.
const FURTHER_BACK: usize = 2;

/// What one look saw.
pub(super) struct Look {
    pub(super) value: StateValue,
    /// The numbers that counted, oldest first, with the start of their periods.
    pub(super) points: Vec<(Millis, Folded)>,
    pub(super) missing: usize,
}

impl Alarm {
    pub(super) fn look(&self, numbers: &Numbers, now: Millis) -> Look {
        let points = self.recent_points(numbers, now);
        let missing = self.periods - points.len();
        let breaching = points.iter().filter(|(_, numbers)| self.breaches(*numbers)).count();
        Look {
            value: self.judge(points.len(), breaching),
            points,
            missing,
        }
    }

    pub(super) fn breaches(&self, numbers: Folded) -> bool {
        self.comparison.holds(numbers.statistic(self.statistic), self.threshold)
    }

    /// The newest periods with numbers, at most EvaluationPeriods of them. The period that runs counts as soon as it
    /// holds a number, and is not yet missing before.
    fn recent_points(&self, numbers: &Numbers, now: Millis) -> Vec<(Millis, Folded)> {
        let running = now.div_euclid(self.period) * self.period;
        let before = running - self.reach();
        let mut points = numbers.periods(before, running + self.period, self.period, now);
        if points.last().is_some_and(|(start, _)| *start == running) {
            points.retain(|(start, _)| *start > before);
        }
        let extra = points.len().saturating_sub(self.periods);
        points.drain(..extra);
        points
    }

    /// How far before the period that runs a look may reach.
    pub(super) fn reach(&self) -> Millis {
        Millis::try_from(self.periods + FURTHER_BACK)
            .unwrap_or(Millis::MAX)
            .saturating_mul(self.period)
    }

    /// Moments after `now`, in order, at which the state may change without anything happening before: when a number
    /// comes that breaches where the last one did not, or the other way round, and when periods end after that.
    fn moments(&self, numbers: &Numbers, now: Millis) -> Vec<Millis> {
        let mut turns = match numbers {
            Numbers::Put(series) => series.map_or_else(Vec::new, |series| series.ahead(now)),
            Numbers::Measured(_, track) => track.turns(|value| self.breaches(Folded::of(value, 1.0))),
        };
        turns.retain(|turn| *turn > now);
        turns.insert(0, now);
        let mut moments = Vec::new();
        for (place, turn) in turns.iter().enumerate() {
            let next = turns.get(place + 1).copied().unwrap_or(Millis::MAX);
            // A period later the last number before it has left the range.
            let last = (turn + self.reach() + self.period).min(next - 1);
            let first = (turn.div_euclid(self.period) + 1) * self.period;
            let boundaries = (0..).map(|n| first + n * self.period).take_while(|at| *at <= last);
            moments.extend(std::iter::once(*turn).chain(boundaries));
        }
        moments.retain(|at| *at > now);
        moments
    }

    /// The documented tables of M out of N, with the missing filled in as TreatMissingData says.
    fn judge(&self, real: usize, breaching: usize) -> StateValue {
        let filled = self.periods - real;
        let alarm_if = |yes: bool| if yes { StateValue::Alarm } else { StateValue::Ok };
        match self.missing {
            _ if breaching >= self.points_to_alarm => StateValue::Alarm,
            TreatMissing::Breaching => alarm_if(breaching + filled >= self.points_to_alarm),
            TreatMissing::NotBreaching => StateValue::Ok,
            TreatMissing::Missing if real == 0 => StateValue::InsufficientData,
            TreatMissing::Ignore if real == 0 => self.state.value,
            // All that is known breaches, but not enough is known.
            TreatMissing::Missing if breaching == real => StateValue::Alarm,
            TreatMissing::Ignore if breaching == real => self.state.value,
            TreatMissing::Missing | TreatMissing::Ignore => StateValue::Ok,
        }
    }
}

impl World {
    /// Look now, and see to it that the next look comes when it matters.
    pub(super) fn evaluate_alarm(&mut self, name: &str) {
        let Some(alarm) = self.cloudwatch.alarms.get(name) else {
            return;
        };
        let look = alarm.look(&self.numbers_for(alarm), self.now);
        if look.value != alarm.state.value {
            let state = alarm.state_of(&look, self.now);
            self.change_alarm(name, state);
        }
        self.watch_alarm(name);
    }

    pub(crate) fn alarm_timer(&mut self, timer: AlarmTimer) {
        let AlarmTimer::Evaluate { alarm } = timer;
        self.evaluate_alarm(&alarm);
    }

    /// Set a timer for the next boundary at which the alarm would change its state, if there is one.
    pub(super) fn watch_alarm(&mut self, name: &str) {
        let timer = Timer::Alarm(AlarmTimer::Evaluate { alarm: name.to_owned() });
        self.cancel_timer(&timer);
        let Some(alarm) = self.cloudwatch.alarms.get(name) else {
            return;
        };
        let numbers = self.numbers_for(alarm);
        let mut moments = alarm.moments(&numbers, self.now).into_iter();
        let change = moments.find(|at| alarm.look(&numbers, *at).value != alarm.state.value);
        // Whatever happens before, a new alarm looks for the first time when it is due.
        let first = Some(alarm.first_look_at()).filter(|at| *at > self.now);
        if let Some(at) = change.into_iter().chain(first).min() {
            self.set_timer(at, timer);
        }
    }
}
