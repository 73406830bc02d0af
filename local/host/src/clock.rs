//! The world's clock.
//!
//! *Real*: the system's time, never backwards, not even across restarts. *Jumping*: while anything runs, time passes
//! at real speed; when nothing runs it stands still, and jumps when told to: to the next timer, but never past the
//! horizon that the storyteller has set.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use windsock_world::Millis;

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    Real,
    /// World time begins at `starts_at` (or where an earlier host on this state stood, if that is later) and does not
    /// jump past `horizon`.
    Jumping {
        starts_at: Millis,
        horizon: Millis,
    },
}

#[derive(Debug)]
pub(crate) struct Clock {
    jumping: bool,
    /// Jumping: where time stands, or stood when it last began to run. Real: the latest time told.
    stood_at: Millis,
    running_since: Option<Instant>,
    horizon: Millis,
}

impl Clock {
    /// `not_before` is the latest time that the state has seen.
    pub(crate) fn new(mode: ClockMode, not_before: Millis) -> Self {
        match mode {
            ClockMode::Real => Self {
                jumping: false,
                stood_at: not_before,
                running_since: None,
                horizon: Millis::MAX,
            },
            ClockMode::Jumping { starts_at, horizon } => Self {
                jumping: true,
                stood_at: starts_at.max(not_before),
                running_since: None,
                horizon,
            },
        }
    }

    pub(crate) fn now(&mut self) -> Millis {
        if self.jumping {
            return self.stood_at + self.running_since.map_or(0, |since| millis(since.elapsed()));
        }
        self.stood_at = self.stood_at.max(system_time());
        self.stood_at
    }

    pub(crate) fn jumps(&self) -> bool {
        self.jumping
    }

    pub(crate) fn horizon(&self) -> Millis {
        self.horizon
    }

    /// Lets time jump as far as `horizon`, which may be nearer than before.
    pub(crate) fn set_horizon(&mut self, horizon: Millis) {
        self.horizon = horizon;
    }

    /// Something runs (or nothing does any more), so time passes (or stands still).
    pub(crate) fn set_running(&mut self, running: bool) {
        if !self.jumping || running == self.running_since.is_some() {
            return;
        }
        self.stood_at = self.now();
        self.running_since = running.then(Instant::now);
    }

    /// Jumps forward to `time`, as far as the horizon allows. A clock that runs does not jump.
    pub(crate) fn jump_to(&mut self, time: Millis) {
        if self.jumping && self.running_since.is_none() {
            self.stood_at = self.stood_at.max(time.min(self.horizon));
        }
    }
}

pub(crate) fn system_time() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: std::time::Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_never_runs_backwards_across_restarts() {
        let tomorrow = system_time() + 86_400_000;
        let mut clock = Clock::new(ClockMode::Real, tomorrow);
        assert_eq!(clock.now(), tomorrow);
        assert!(Clock::new(ClockMode::Real, 0).now() >= tomorrow - 86_400_000);
    }

    #[test]
    fn a_jumping_clock_stands_still_while_nothing_runs() {
        let mut clock = Clock::new(
            ClockMode::Jumping {
                starts_at: 1_000,
                horizon: 5_000,
            },
            0,
        );
        assert_eq!(clock.now(), 1_000);
        clock.jump_to(4_000);
        assert_eq!(clock.now(), 4_000);
        clock.jump_to(9_000);
        assert_eq!(clock.now(), 5_000, "the horizon holds");
        clock.jump_to(2_000);
        assert_eq!(clock.now(), 5_000, "never backwards");
    }

    #[test]
    fn a_running_clock_does_not_jump() {
        let mut clock = Clock::new(
            ClockMode::Jumping {
                starts_at: 1_000,
                horizon: 5_000_000,
            },
            0,
        );
        clock.set_running(true);
        clock.jump_to(4_000_000);
        assert!(clock.now() < 4_000_000);
        clock.set_running(false);
        let stood = clock.now();
        assert_eq!(clock.now(), stood);
    }

    #[test]
    fn a_restart_continues_where_the_state_stood() {
        let mut clock = Clock::new(
            ClockMode::Jumping {
                starts_at: 1_000,
                horizon: 9_000,
            },
            7_000,
        );
        assert_eq!(clock.now(), 7_000);
    }
}
