//! How long a delayed hint waits in the queue of the function that sent it to itself.

use jiff::Timestamp;

/// SQS's longest delay.
const WAIT_S_MAX: i64 = 900;

/// Seconds to wait for something due at `due`: whole ones, rounded down, because the queue's batch window of one second
/// comes on top; so the function looks within a second after the due time. Hints of many arrivals that wait for the
/// same moment meet in one batch there, and become one again. What is too far away is reached in turns, each at the
/// last quarter of an hour in reach, where all chains of waiting hints meet.
pub fn wait_s(due: Timestamp, now: Timestamp) -> i64 {
    let wanted_s = due.duration_since(now).as_secs().max(0);
    if wanted_s <= WAIT_S_MAX {
        return wanted_s;
    }
    let latest_s = now.as_second() + WAIT_S_MAX;
    (latest_s.div_euclid(WAIT_S_MAX) * WAIT_S_MAX - now.as_second()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(due: &str, now: &str, expected_s: i64) {
        assert_eq!(
            wait_s(due.parse().unwrap(), now.parse().unwrap()),
            expected_s,
            "due {due}, now {now}"
        );
    }

    #[test]
    fn a_due_time_in_reach_is_met_within_a_second_of_the_batch_window() {
        check("2013-03-01T09:05:00Z", "2013-03-01T09:00:00Z", 300);
        check("2013-03-01T09:05:00.186Z", "2013-03-01T09:00:00.273Z", 299);
        check("2013-03-01T09:05:00.5Z", "2013-03-01T09:05:00Z", 0);
    }

    #[test]
    fn a_due_time_out_of_reach_is_met_in_turns_where_all_hints_meet() {
        check("2013-03-01T15:00:00Z", "2013-03-01T09:00:03Z", 897);
        check("2013-03-01T15:00:00Z", "2013-03-01T09:14:59Z", 1);
        check("2013-03-01T15:00:00Z", "2013-03-01T09:15:00Z", 900);
    }

    #[test]
    fn a_due_time_that_has_passed_does_not_wait() {
        check("2013-03-01T08:00:00Z", "2013-03-01T09:00:03Z", 0);
    }

    #[test]
    fn a_wait_is_never_longer_than_a_queue_can_wait() {
        let now: Timestamp = "2013-03-01T09:00:03Z".parse().unwrap();
        for due_s in (0..100_000).step_by(7) {
            let due = Timestamp::from_second(now.as_second() + due_s).unwrap();
            assert!((0..=WAIT_S_MAX).contains(&wait_s(due, now)), "{due}");
        }
    }
}
