//! When an alarm changes its state.
//!
//! The most recent periods count; where some hold no number, CloudWatch looks further back, and applies
//! TreatMissingData only as often as it must. The same look, imagined at the boundaries of the periods to come, tells
//! when the state would change without any new number, so that no timer is set for nothing.

use super::{
    AlarmTimer,
    alarms::{Alarm, StateValue, TreatMissing},
    series::{Folded, Series},
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
    pub(super) fn look(&self, series: Option<&Series>, now: Millis) -> Look {
        let points = series.map(|series| self.recent_points(series, now)).unwrap_or_default();
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
    fn recent_points(&self, series: &Series, now: Millis) -> Vec<(Millis, Folded)> {
        let running = now.div_euclid(self.period) * self.period;
        let newest = match series.over(running, running + self.period).or(series.held()) {
            Some(_) => running,
            None => running - self.period,
        };
        let range = Millis::try_from(self.periods + FURTHER_BACK).unwrap_or(Millis::MAX);
        let from = newest - (range - 1) * self.period;
        let mut points = series.periods(from, newest + self.period, self.period);
        if let Some(held) = series
            .held()
            .filter(|_| points.last().is_none_or(|(start, _)| *start < newest))
        {
            points.push((newest, held));
        }
        let extra = points.len().saturating_sub(self.periods);
        points.drain(..extra);
        points
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
        let look = alarm.look(self.cloudwatch.metrics.get(&alarm.metric), self.now);
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
        let series = self.cloudwatch.metrics.get(&alarm.metric);
        // Numbers may lie ahead; after the last of them has left the range, nothing changes any more.
        let latest = series.and_then(Series::latest).unwrap_or(self.now).max(self.now);
        let range = Millis::try_from(alarm.periods + FURTHER_BACK + 1).unwrap_or(Millis::MAX);
        let last = latest + range * alarm.period;
        let first = (self.now.div_euclid(alarm.period) + 1) * alarm.period;
        let mut boundaries = (0..).map(|n| first + n * alarm.period).take_while(|at| *at <= last);
        let change = boundaries.find(|at| alarm.look(series, *at).value != alarm.state.value);
        if let Some(at) = change {
            self.set_timer(at, timer);
        }
    }
}
