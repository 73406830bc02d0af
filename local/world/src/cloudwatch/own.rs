//! The metrics that AWS puts itself: what came of invocations, and what queues hold.
//!
//! An invocation's numbers are put when it ends. What is measured of a queue is not put at all: it is worked out from the
//! queue for whoever asks. None of it is in the journal, which has the invocations and messages themselves.

use std::collections::BTreeMap;

use super::{
    Track,
    alarms::Alarm,
    series::{Folded, Metric, Series},
};
use crate::{
    Millis, World,
    sqs::{Gauge, Queue},
};

const FUNCTIONS: &str = "AWS/Lambda";
const QUEUES: &str = "AWS/SQS";
const FUNCTION: &str = "FunctionName";
const QUEUE: &str = "QueueName";

/// Numbers of one metric, wherever they come from.
pub(super) enum Numbers<'a> {
    Put(Option<&'a Series>),
    Measured(Gauge, Track),
}

/// What came of one invocation.
pub(crate) struct Ended<'a> {
    pub(crate) function: &'a str,
    pub(crate) started_at: Millis,
    pub(crate) failed: bool,
}

impl Numbers<'_> {
    /// The periods of `[from, until)` that hold numbers, with their starts, as they are known at a time.
    pub(super) fn periods(&self, from: Millis, until: Millis, period: Millis, now: Millis) -> Vec<(Millis, Folded)> {
        match self {
            Self::Put(series) => series.map_or_else(Vec::new, |series| series.periods(from, until, period)),
            Self::Measured(_, track) => track.periods(from, until.min(now + 1), period),
        }
    }

    pub(super) fn unit(&self) -> &str {
        match self {
            Self::Put(series) => series.and_then(|series| series.unit.as_deref()).unwrap_or("None"),
            Self::Measured(gauge, _) => gauge.unit(),
        }
    }
}

impl Metric {
    fn own(namespace: &str, name: &str, dimension: &str, value: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions: BTreeMap::from([(dimension.to_owned(), value.to_owned())]),
        }
    }

    /// The queue and what is measured of it, if this metric is such a one.
    fn gauge(&self) -> Option<(&str, Gauge)> {
        let gauge = Gauge::read(&self.name).filter(|_| self.namespace == QUEUES && self.dimensions.len() == 1)?;
        Some((self.dimensions.get(QUEUE)?, gauge))
    }
}

impl World {
    /// A metric's numbers from a time on; of what is measured, those to come as well.
    pub(super) fn numbers(&self, metric: &Metric, from: Millis) -> Numbers<'_> {
        match metric.gauge() {
            Some((queue, gauge)) => {
                let track = self.queue(queue).map(|queue| queue.track(gauge, from));
                Numbers::Measured(gauge, track.unwrap_or_default())
            }
            None => Numbers::Put(self.cloudwatch.metrics.get(metric)),
        }
    }

    /// What an alarm looks at.
    pub(super) fn numbers_for(&self, alarm: &Alarm) -> Numbers<'_> {
        self.numbers(&alarm.metric, self.now - alarm.reach() - alarm.period)
    }

    /// Every metric that was ever put or measured.
    pub(super) fn metrics(&self) -> Vec<Metric> {
        let shows = |queue: &Queue, gauge: Gauge| queue.track(gauge, Millis::MIN).shows_anything(self.now);
        let measured = self.queues().flat_map(|queue| {
            let shown = Gauge::ALL.into_iter().filter(move |gauge| shows(queue, *gauge));
            shown.map(|gauge| Metric::own(QUEUES, gauge.metric(), QUEUE, &queue.name))
        });
        let mut metrics: Vec<Metric> = self.cloudwatch.metrics.keys().cloned().chain(measured).collect();
        metrics.sort();
        metrics
    }

    /// The time of an invocation's numbers is its start's, although they come with its end.
    pub(crate) fn measure_invocation(&mut self, ended: &Ended) {
        #[expect(clippy::cast_precision_loss, reason = "a quarter of an hour in milliseconds")]
        let took = (self.now - ended.started_at) as f64;
        let numbers = [
            ("Invocations", 1.0, "Count"),
            ("Errors", f64::from(u8::from(ended.failed)), "Count"),
            ("Duration", took, "Milliseconds"),
        ];
        for (name, value, unit) in numbers {
            let metric = Metric::own(FUNCTIONS, name, FUNCTION, ended.function);
            self.add_numbers(metric, ended.started_at, Folded::of(value, 1.0), Some(unit.into()));
        }
    }

    /// A call that found no room: neither an invocation nor an error.
    pub(crate) fn measure_throttle(&mut self, function: &str) {
        let metric = Metric::own(FUNCTIONS, "Throttles", FUNCTION, function);
        self.add_numbers(metric, self.now, Folded::of(1.0, 1.0), Some("Count".into()));
    }

    /// Messages that were `Sent`, `Received` or `Deleted`. One that the world moves to a dead-letter queue is not sent.
    pub(crate) fn count_messages(&mut self, queue: &str, what: &str, count: usize) {
        if count > 0 {
            let count = u32::try_from(count).map_or(f64::MAX, f64::from);
            let metric = Metric::own(QUEUES, &format!("NumberOfMessages{what}"), QUEUE, queue);
            self.add_numbers(metric, self.now, Folded::of(count, 1.0), Some("Count".into()));
        }
    }

    /// Let the alarms on queues that changed foretell anew when they change their state.
    pub(crate) fn look_at_queues(&mut self) {
        loop {
            let changed = self.take_changed_queues();
            if changed.is_empty() {
                return;
            }
            let of_changed = |alarm: &&Alarm| {
                let gauge = alarm.metric.gauge();
                gauge.is_some_and(|(queue, _)| changed.contains(queue)) && alarm.first_look_at() <= self.now
            };
            let alarms = self.cloudwatch.alarms.values().filter(of_changed);
            let names: Vec<String> = alarms.map(|alarm| alarm.name.clone()).collect();
            for name in names {
                // What the alarm says may go to a queue.
                self.evaluate_alarm(&name);
            }
        }
    }
}
