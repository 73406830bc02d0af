//! When a delayed hint wakes start-training again.

use jiff::Timestamp;

/// Longest wait of a delayed hint.
const WAIT_S_MAX: i64 = 900;
/// Hints wake on whole minutes, so that those of many arrivals meet in one batch and become one again.
const WAKE_GRID_S: i64 = 60;

/// When to wake for something due at `due`: at the first whole minute from then, or, if that is too far, at the last
/// quarter of an hour in reach, where all chains of waiting hints meet.
pub fn wake_at(due: Timestamp, now: Timestamp) -> Timestamp {
    let up =
        |second: i64, grid: i64| second.div_euclid(grid) * grid + if second.rem_euclid(grid) > 0 { grid } else { 0 };
    let (due_s, now_s) = (
        due.as_second() + i64::from(due.subsec_nanosecond() > 0),
        now.as_second(),
    );
    let wanted = up(due_s, WAKE_GRID_S).max(now_s + 1);
    let latest = now_s + WAIT_S_MAX;
    let wake_s = if wanted <= latest {
        wanted
    } else {
        latest.div_euclid(WAIT_S_MAX) * WAIT_S_MAX
    };
    Timestamp::from_second(wake_s).unwrap_or(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(due: &str, now: &str, expected: &str) {
        let wake = wake_at(due.parse().unwrap(), now.parse().unwrap());
        assert_eq!(wake.to_string(), expected, "due {due}, now {now}");
    }

    #[test]
    fn a_due_time_in_reach_is_met_at_the_next_whole_minute() {
        check("2013-03-01T09:05:00Z", "2013-03-01T09:00:03Z", "2013-03-01T09:05:00Z");
        check(
            "2013-03-01T09:05:00.001Z",
            "2013-03-01T09:00:03Z",
            "2013-03-01T09:06:00Z",
        );
        check("2013-03-01T09:05:31Z", "2013-03-01T09:00:03.9Z", "2013-03-01T09:06:00Z");
    }

    #[test]
    fn a_due_time_out_of_reach_is_met_in_turns_where_all_hints_meet() {
        check("2013-03-01T15:00:00Z", "2013-03-01T09:00:03Z", "2013-03-01T09:15:00Z");
        check("2013-03-01T15:00:00Z", "2013-03-01T09:14:59Z", "2013-03-01T09:15:00Z");
        check("2013-03-01T15:00:00Z", "2013-03-01T09:15:00Z", "2013-03-01T09:30:00Z");
    }

    #[test]
    fn a_due_time_that_has_passed_wakes_at_once() {
        check("2013-03-01T08:00:00Z", "2013-03-01T09:00:03Z", "2013-03-01T09:00:04Z");
    }

    #[test]
    fn a_wait_is_never_longer_than_a_queue_can_wait() {
        let now: Timestamp = "2013-03-01T09:00:03Z".parse().unwrap();
        for due_s in (0..100_000).step_by(7) {
            let due = Timestamp::from_second(now.as_second() + due_s).unwrap();
            let wait_s = wake_at(due, now).as_second() - now.as_second();
            assert!((1..=WAIT_S_MAX).contains(&wait_s), "{due}: {wait_s}");
        }
    }
}
