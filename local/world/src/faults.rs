//! How AWS misbehaves within what it documents: events that come twice, late or never, lists that lag, pages that are
//! small, tokens that are forgotten. By default it does not.
//!
//! What touches state is drawn from one stream and what only colours an answer from another, so that a log of inputs
//! without its reads still replays to the same state.

use std::{cell::Cell, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::Millis;

/// Shares are per thousand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Faults {
    pub seed: u64,
    /// Deliveries of AWS's own best-effort senders that never arrive.
    pub events_lost: u32,
    /// Deliveries that arrive twice or three times.
    pub events_copied: u32,
    /// Deliveries that arrive late, most of them by seconds, a few by up to `late_max`.
    pub events_late: u32,
    pub late_max: Millis,
    /// Deliveries that the target refuses, so that they end among the dead letters.
    pub events_refused: u32,
    /// Asynchronous invocations that run a second time although the first succeeded.
    pub invoked_twice: u32,
    /// Messages that a queue hands out again although they were received.
    pub received_twice: u32,
    /// Messages that a queue hands out in another order.
    pub messages_shuffled: bool,
    /// SageMaker's lists show what was up to so long ago.
    pub list_lag_max: Millis,
    /// SageMaker's pages that are smaller than asked for, or empty with a token.
    pub pages_small: u32,
    /// Tokens of SageMaker's pages that have expired.
    pub pages_expired: u32,
    /// SageMaker forgets a request's token after so long.
    pub token_kept: Option<Millis>,
}

/// The faults of one world, and which of them came to pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chance {
    pub(crate) faults: Faults,
    changes: Stream,
    reads: Stream,
    reached: std::cell::RefCell<BTreeMap<&'static str, u64>>,
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
#[derive(Debug, Clone, Default)]
pub struct Stream(Cell<u64>);

impl Stream {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut mixed = self.0.get();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

impl Chance {
    pub(crate) fn new(faults: Faults) -> Self {
        let (changes, reads) = (Stream::new(faults.seed), Stream::new(faults.seed ^ 0x5EED_0F4E_AD00));
        Self {
            faults,
            changes,
            reads,
            reached: std::cell::RefCell::default(),
        }
    }

    pub(crate) fn reached(&self) -> BTreeMap<&'static str, u64> {
        self.reached.borrow().clone()
    }

    pub(crate) fn count_on(&mut self, before: Self) {
        self.reached = before.reached;
    }

    fn note(&self, what: &'static str) {
        *self.reached.borrow_mut().entry(what).or_default() += 1;
    }

    fn strikes(&self, stream: &Stream, per_thousand: u32, what: &'static str) -> bool {
        let struck = per_thousand > 0 && stream.below(1000) < u64::from(per_thousand);
        if struck {
            self.note(what);
        }
        struck
    }

    /// When the copies of one delivery arrive, from now. None at all: it is lost.
    pub(crate) fn arrivals(&self, best_effort: bool) -> Vec<Millis> {
        if best_effort && self.strikes(&self.changes, self.faults.events_lost, "event-lost") {
            return Vec::new();
        }
        let mut copies = 1;
        if self.strikes(&self.changes, self.faults.events_copied, "event-copied") {
            copies += 1 + self.changes.below(2);
        }
        (0..copies).map(|_| self.lateness()).collect()
    }

    /// Heavy-tailed: each doubling of the wait is as likely as the one before.
    fn lateness(&self) -> Millis {
        if !self.strikes(&self.changes, self.faults.events_late, "event-late") {
            return 0;
        }
        let late_max = u64::try_from(self.faults.late_max).unwrap_or(0).max(2);
        let doublings = u64::from(late_max.ilog2());
        let wait = (1 << self.changes.below(doublings + 1)) + self.changes.below(1000);
        Millis::try_from(wait.min(late_max)).unwrap_or(0)
    }

    pub(crate) fn refuses_delivery(&self) -> bool {
        self.strikes(&self.changes, self.faults.events_refused, "event-refused")
    }

    pub(crate) fn invokes_twice(&self) -> bool {
        self.strikes(&self.changes, self.faults.invoked_twice, "invoked-twice")
    }

    pub(crate) fn receives_twice(&self) -> bool {
        self.strikes(&self.changes, self.faults.received_twice, "received-twice")
    }

    /// How long a message that is handed out again stays hidden: less than its work takes.
    pub(crate) fn hidden_briefly(&self) -> Millis {
        1 + Millis::try_from(self.changes.below(30_000)).unwrap_or(0)
    }

    pub(crate) fn shuffle<T>(&self, items: &mut [T]) {
        if !self.faults.messages_shuffled || items.len() < 2 {
            return;
        }
        self.note("messages-shuffled");
        for last in (1..items.len()).rev() {
            let bound = u64::try_from(last + 1).unwrap_or(1);
            items.swap(last, usize::try_from(self.changes.below(bound)).unwrap_or(0));
        }
    }

    /// How far behind a list is.
    pub(crate) fn list_lag(&self) -> Millis {
        let bound = u64::try_from(self.faults.list_lag_max).unwrap_or(0);
        if bound == 0 {
            return 0;
        }
        self.note("list-stale");
        Millis::try_from(self.reads.below(bound)).unwrap_or(0)
    }

    /// The size of a page for which `asked` was asked.
    pub(crate) fn page_size(&self, asked: usize) -> usize {
        if !self.strikes(&self.reads, self.faults.pages_small, "page-small") {
            return asked;
        }
        usize::try_from(self.reads.below(3)).unwrap_or(0).min(asked)
    }

    pub(crate) fn page_token_expired(&self) -> bool {
        self.strikes(&self.reads, self.faults.pages_expired, "page-token-expired")
    }

    /// Whether SageMaker has forgotten a token that it saw so long ago.
    pub(crate) fn forgets_token(&self, age: Millis) -> bool {
        let forgotten = self.faults.token_kept.is_some_and(|kept| age > kept);
        if forgotten {
            self.note("token-forgotten");
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_faults_everything_arrives_once_and_at_once() {
        let chance = Chance::new(Faults::default());
        assert_eq!(chance.arrivals(true), [0]);
        assert_eq!(chance.page_size(100), 100);
        assert_eq!(chance.list_lag(), 0);
        assert!(chance.reached().is_empty());
    }

    #[test]
    fn shares_are_met_and_told() {
        let faults = Faults {
            seed: 7,
            events_lost: 100,
            events_copied: 500,
            events_late: 1000,
            late_max: 3_600_000,
            ..Faults::default()
        };
        let chance = Chance::new(faults);
        let drawn: Vec<Vec<Millis>> = (0..1000).map(|_| chance.arrivals(true)).collect();
        let lost = drawn.iter().filter(|copies| copies.is_empty()).count();
        let copied = drawn.iter().filter(|copies| copies.len() > 1).count();
        assert!((60..140).contains(&lost), "{lost}");
        assert!((350..550).contains(&copied), "{copied}");
        assert!(drawn.iter().flatten().all(|wait| (1..=3_600_000).contains(wait)));
        assert!(drawn.iter().flatten().any(|wait| *wait > 600_000));
        assert_eq!(chance.reached()["event-lost"], lost as u64);
    }

    #[test]
    fn reads_leave_what_happens_as_it_is() {
        let faults = Faults {
            seed: 3,
            events_copied: 300,
            pages_small: 500,
            ..Faults::default()
        };
        let (read, unread) = (Chance::new(faults.clone()), Chance::new(faults));
        for _ in 0..50 {
            read.page_size(10);
            assert_eq!(read.arrivals(false), unread.arrivals(false));
        }
    }
}
