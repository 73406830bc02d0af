//! Which faults one seed has, and how hard they strike: each seed draws its own mix, so that bugs which one fault hides
//! from another are found too.

use fastrand::Rng;
use windsock_world::Faults;

use crate::clock::{HOUR, MINUTE, SECOND};

/// Faults of the calls that the functions make, per thousand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFaults {
    pub throttled: u32,
    /// 5xx, and nothing has happened.
    pub refused: u32,
    /// 5xx, and it has happened.
    pub failed_after: u32,
    /// The connection breaks before the request leaves.
    pub unsent: u32,
    /// The answer is lost after the effect.
    pub answer_lost: u32,
    /// An answer that comes after the client has given up.
    pub slow: u32,
    /// 409 for conditional writes and for changes of one version.
    pub conflict: u32,
    /// ResourceLimitExceeded for starts.
    pub limited: u32,
}

/// Faults of invocations, per thousand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SandboxFaults {
    /// The process dies, at any await.
    pub crashed: u32,
    /// The sandbox freezes in the middle, is given up, and goes on minutes later.
    pub frozen: u32,
    /// Sandboxes that still run the release before this one.
    pub elder: u32,
    /// Minutes by which Lambda's clock is off S3's; its machines differ among each other by a second.
    pub skew_min: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mix {
    pub calls: CallFaults,
    pub sandboxes: SandboxFaults,
    pub world: Faults,
    /// Jobs that fail, per thousand.
    pub jobs_failed: u32,
    /// Nothing goes wrong from the middle of the seed on; then everything must converge soon.
    pub ends_half_way: bool,
}

/// Every kind of fault, by the name under which it can be left out when a failure is made smaller.
pub const KINDS: [&str; 14] = [
    "throttled",
    "refused",
    "failed-after",
    "unsent",
    "answer-lost",
    "slow",
    "conflict",
    "limited",
    "crashed",
    "frozen",
    "elder",
    "skew",
    "events",
    "lists",
];

impl Mix {
    pub fn draw(rng: &mut Rng, seed: u64) -> Self {
        let mut mix = Self {
            world: Faults {
                seed,
                ..Faults::default()
            },
            ..Self::default()
        };
        // One seed in ten has no fault at all: chaos hides bugs too.
        if rng.u32(..10) == 0 {
            return mix;
        }
        mix.ends_half_way = rng.u32(..9) == 0;
        let mut share = |most: u32| if rng.bool() { rng.u32(1..=most) } else { 0 };
        mix.calls = CallFaults {
            throttled: share(80),
            refused: share(40),
            failed_after: share(30),
            unsent: share(30),
            answer_lost: share(40),
            slow: share(10),
            conflict: share(60),
            limited: share(200),
        };
        mix.sandboxes = SandboxFaults {
            crashed: share(120),
            frozen: share(20),
            elder: share(500),
            skew_min: i64::from(share(5)),
        };
        if share(1) == 1 {
            mix.sandboxes.skew_min = -mix.sandboxes.skew_min;
        }
        mix.world = Faults {
            seed,
            events_lost: share(200),
            events_copied: share(200),
            events_late: share(300),
            late_max: HOUR,
            events_refused: share(10),
            invoked_twice: share(100),
            received_twice: share(100),
            messages_shuffled: share(1) == 1,
            list_lag_max: i64::from(share(10)) * SECOND,
            pages_small: share(200),
            pages_expired: share(100),
            // Longer than a sandbox stays frozen; see "What is assumed of AWS".
            token_kept: (share(1) == 1).then_some(30 * MINUTE),
        };
        mix.jobs_failed = share(60);
        if rng.u32(..12) == 0 {
            // Whoever counts on events alone is lost here.
            mix.world.events_lost = 1000;
        }
        mix
    }

    /// The mix without the faults of one kind.
    pub fn without(&mut self, kind: &str) {
        match kind {
            "throttled" => self.calls.throttled = 0,
            "refused" => self.calls.refused = 0,
            "failed-after" => self.calls.failed_after = 0,
            "unsent" => self.calls.unsent = 0,
            "answer-lost" => self.calls.answer_lost = 0,
            "slow" => self.calls.slow = 0,
            "conflict" => self.calls.conflict = 0,
            "limited" => self.calls.limited = 0,
            "crashed" => self.sandboxes.crashed = 0,
            "frozen" => self.sandboxes.frozen = 0,
            "elder" => self.sandboxes.elder = 0,
            "skew" => self.sandboxes.skew_min = 0,
            "events" => {
                self.world = Faults {
                    seed: self.world.seed,
                    list_lag_max: self.world.list_lag_max,
                    pages_small: self.world.pages_small,
                    pages_expired: self.world.pages_expired,
                    token_kept: self.world.token_kept,
                    ..Faults::default()
                };
            }
            _ => {
                self.world.list_lag_max = 0;
                self.world.pages_small = 0;
                self.world.pages_expired = 0;
                self.world.token_kept = None;
            }
        }
    }
}
