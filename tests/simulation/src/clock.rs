//! The virtual clock: tokio's paused time, on the world's calendar. The SDK's clients read it too.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;
use windsock_world::Millis;

/// Monday, 1 April 2013, noon.
pub const EPOCH: Millis = 1_364_817_600_000;

#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// Time begins when the runtime's does.
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    pub fn now(&self) -> Millis {
        EPOCH + Millis::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX - EPOCH)
    }

    /// The instant at which the world's clock shows `at`.
    pub fn at(&self, at: Millis) -> Instant {
        self.began + millis(at - EPOCH)
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + millis(Self::now(self))
    }
}

/// A span of time; none for what lies in the past.
pub fn millis(span: Millis) -> Duration {
    Duration::from_millis(u64::try_from(span).unwrap_or(0))
}

pub const SECOND: Millis = 1000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
