//! The world's alarm clock: timers in order of time, ties in order of setting.

use std::collections::BTreeMap;

use crate::{Millis, world::Timer};

#[derive(Debug, Default, Clone)]
pub(crate) struct Timers {
    set: u64,
    waiting: BTreeMap<(Millis, u64), Timer>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Millis, timer: Timer) {
        self.set += 1;
        self.waiting.insert((at, self.set), timer);
    }

    /// Forget every timer equal to this one.
    pub(crate) fn cancel(&mut self, timer: &Timer) {
        self.waiting.retain(|_, waiting| waiting != timer);
    }

    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, at: Millis) -> Option<(Millis, Timer)> {
        if self.next_at()? > at {
            return None;
        }
        self.waiting.pop_first().map(|((due, _), timer)| (due, timer))
    }
}
