//! What SQS measures of a queue every minute, and tells CloudWatch.
//!
//! Nothing runs every minute. Between two changes of a queue everything that is measured follows from its messages, so
//! the minutes that have gone by are noted just before the next change, and those to come are foretold.

use std::collections::BTreeMap;

use super::Queue;
use crate::{
    Millis,
    cloudwatch::{MINUTE, Shown, Track, minute_after},
};

/// A message received more often is at the back of the queue, and nobody asks how old it is.
const RECEIVES_COUNTED: u32 = 3;
/// For so long a queue without messages counts as active.
const ACTIVE: Millis = 6 * 3_600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gauge {
    Visible,
    NotVisible,
    Delayed,
    Age,
}

/// What was measured of one queue.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    /// The first minute that is not noted.
    from: Millis,
    changed_at: Millis,
    tracks: [Track; Gauge::ALL.len()],
}

impl Gauge {
    pub(crate) const ALL: [Self; 4] = [Self::Visible, Self::NotVisible, Self::Delayed, Self::Age];

    pub(crate) fn read(metric: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gauge| gauge.metric() == metric)
    }

    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::Visible => "ApproximateNumberOfMessagesVisible",
            Self::NotVisible => "ApproximateNumberOfMessagesNotVisible",
            Self::Delayed => "ApproximateNumberOfMessagesDelayed",
            Self::Age => "ApproximateAgeOfOldestMessage",
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Age => "Seconds",
            _ => "Count",
        }
    }
}

impl Measured {
    /// Of a queue that is made now.
    pub(super) fn new(now: Millis) -> Self {
        Self {
            from: now.div_euclid(MINUTE) * MINUTE + MINUTE,
            changed_at: now,
            tracks: Default::default(),
        }
    }
}

impl Queue {
    /// To be called before anything changes: the minutes up to now show what the queue was until now.
    pub(super) fn note_minutes(&mut self, now: Millis) {
        if self.measured.from <= now {
            let foretold = Gauge::ALL.map(|gauge| self.foretell(gauge));
            for (track, foretold) in self.measured.tracks.iter_mut().zip(&foretold) {
                track.take(foretold, now);
            }
            self.measured.from = now.div_euclid(MINUTE) * MINUTE + MINUTE;
        }
        self.measured.changed_at = now;
    }

    /// What was measured from a minute on, and what will be if nothing changes the queue any more.
    pub(crate) fn track(&self, gauge: Gauge, from: Millis) -> Track {
        let place = Gauge::ALL.iter().position(|one| *one == gauge).unwrap_or_default();
        let mut track = self.measured.tracks[place].since(from);
        track.take(&self.foretell(gauge), Millis::MAX);
        track
    }

    /// The minutes that are not noted yet.
    fn foretell(&self, gauge: Gauge) -> Track {
        match gauge {
            Gauge::Age => self.foretell_age(),
            Gauge::Visible | Gauge::NotVisible | Gauge::Delayed => self.foretell_count(gauge),
        }
    }

    /// A count is put while there is something to count; the visible ones as long as the queue is active.
    fn foretell_count(&self, gauge: Gauge) -> Track {
        let (retention, from) = (self.period("MessageRetentionPeriod"), self.measured.from);
        let mut changes: BTreeMap<Millis, i32> = BTreeMap::from([(from, 0)]);
        let mut active_until = self.measured.changed_at;
        for message in self.messages.values() {
            let expires = message.sent_at + retention;
            active_until = active_until.max(expires);
            let (since, until) = match gauge {
                Gauge::Delayed => (from, message.delayed_until),
                Gauge::NotVisible => (message.delayed_until, message.visible_at),
                _ => (message.visible_at, expires),
            };
            let (since, until) = (minute_after(since).max(from), minute_after(until.min(expires)));
            if since < until {
                *changes.entry(since).or_default() += 1;
                *changes.entry(until).or_default() -= 1;
            }
        }
        let quiet_from = minute_after(active_until + ACTIVE);
        changes.entry(quiet_from.max(from)).or_default();
        let (mut track, mut count) = (Track::default(), 0);
        for (minute, change) in changes {
            count += change;
            let reported = count > 0 || gauge == Gauge::Visible && minute < quiet_from;
            let shown = if reported {
                Shown::Value(count.into())
            } else {
                Shown::Nothing
            };
            track.tell(minute, shown);
        }
        track
    }

    /// The age of the oldest message that was not received too often, for as long as there is one.
    fn foretell_age(&self) -> Track {
        let (retention, from) = (self.period("MessageRetentionPeriod"), self.measured.from);
        // By the minute in which they go: the oldest of those that go then.
        let mut ends: BTreeMap<Millis, Millis> = BTreeMap::new();
        for message in self.messages.values().filter(|one| one.receives <= RECEIVES_COUNTED) {
            let end = minute_after(message.sent_at + retention);
            if end > from {
                let oldest = ends.entry(end).or_insert(message.entered_at);
                *oldest = message.entered_at.min(*oldest);
            }
        }
        // Backwards: the oldest of those that are still there.
        let (mut steps, mut shown, mut oldest) = (Vec::with_capacity(ends.len()), Shown::Nothing, Millis::MAX);
        for (end, entered_at) in ends.into_iter().rev() {
            steps.push((end, shown));
            oldest = oldest.min(entered_at);
            shown = Shown::Since(oldest);
        }
        let mut track = Track::default();
        track.tell(from, shown);
        for (minute, shown) in steps.into_iter().rev() {
            track.tell(minute, shown);
        }
        track
    }
}
