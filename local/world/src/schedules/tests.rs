//! When schedules come, in which zone, and which are refused.

use super::Schedule;

fn millis(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

/// The next times after `from`, in UTC.
fn next(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(expression, zone).expect("an expression");
    let (mut now, start) = (millis(from), millis(from));
    let mut times = Vec::new();
    while times.len() < count {
        let Some(at) = schedule.next_after(now, start) else {
            break;
        };
        times.push(jiff::Timestamp::from_millisecond(at).expect("a time").to_string());
        now = at;
    }
    times
}

#[test]
fn cron_keeps_local_time_when_daylight_saving_changes() {
    let six = "cron(0 6 * * ? *)";
    assert_eq!(
        next(six, "America/New_York", "2026-03-07T00:00:00Z", 2),
        ["2026-03-07T11:00:00Z", "2026-03-08T10:00:00Z"]
    );
    assert_eq!(
        next(six, "America/New_York", "2026-10-31T11:00:00Z", 2),
        ["2026-11-01T11:00:00Z", "2026-11-02T11:00:00Z"]
    );
}

#[test]
fn a_skipped_time_does_not_come_and_a_repeated_one_comes_once() {
    let gap = next("cron(30 2 * * ? *)", "America/New_York", "2026-03-07T00:00:00Z", 2);
    assert_eq!(gap, ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"]);
    let fold = next("cron(30 1 * * ? *)", "America/New_York", "2026-11-01T00:00:00Z", 2);
    assert_eq!(fold, ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
    // Asked within the second pass, too.
    let fold = next("cron(0/30 1 * * ? *)", "America/New_York", "2026-11-01T06:15:00Z", 1);
    assert_eq!(fold, ["2026-11-02T06:00:00Z"]);
}

#[test]
fn days_of_the_week_count_from_sunday_and_years_end() {
    // 22 November 2026 is a Sunday.
    assert_eq!(
        next("cron(0 12 ? * 1 *)", "UTC", "2026-11-22T00:00:00Z", 1),
        ["2026-11-22T12:00:00Z"]
    );
    assert_eq!(
        next("cron(0 12 ? * MON-FRI *)", "UTC", "2026-11-22T00:00:00Z", 1),
        ["2026-11-23T12:00:00Z"]
    );
    assert_eq!(
        next("cron(0 12 L * ? *)", "UTC", "2026-11-22T00:00:00Z", 1),
        ["2026-11-30T12:00:00Z"]
    );
    assert_eq!(
        next("cron(0 12 ? * 6L *)", "UTC", "2026-11-22T00:00:00Z", 1),
        ["2026-11-27T12:00:00Z"]
    );
    assert_eq!(
        next("cron(0/15 * * * ? *)", "UTC", "2026-11-22T00:50:00Z", 1),
        ["2026-11-22T01:00:00Z"]
    );
    assert!(next("cron(0 12 1 1 ? 2026)", "UTC", "2026-11-22T00:00:00Z", 1).is_empty());
}

#[test]
fn rates_count_from_their_start_and_at_comes_once() {
    let rate = next("rate(15 minutes)", "UTC", "2026-11-22T00:00:00Z", 2);
    assert_eq!(rate, ["2026-11-22T00:15:00Z", "2026-11-22T00:30:00Z"]);
    let at = next("at(2026-11-22T08:00:00)", "Europe/Paris", "2026-11-22T00:00:00Z", 2);
    assert_eq!(at, ["2026-11-22T07:00:00Z"]);
}

#[test]
fn wrong_expressions_are_refused_with_what_would_be_right() {
    let rows = [
        ("rate(1 minutes)", "UTC", "rate(1 minutes) must be such as rate(1 hour)"),
        ("rate(0 hours)", "UTC", "rate(0 hours) must be"),
        ("rate(2 fortnights)", "UTC", "rate(2 fortnights) must be"),
        ("cron(0 6 * * *)", "UTC", "cron(0 6 * * *) must have six fields"),
        ("cron(0 6 * * * *)", "UTC", "cron(0 6 * * * *): exactly one of"),
        ("cron(0 6 ? * 0 *)", "UTC", "cron(0 6 ? * 0 *): days of the week"),
        ("cron(61 6 * * ? *)", "UTC", "cron(61 6 * * ? *): "),
        ("cron(0 6 * * ? 2500)", "UTC", "cron(0 6 * * ? 2500): years"),
        ("every day", "UTC", "\"every day\" is none of"),
        ("at(tomorrow)", "UTC", "\"tomorrow\" is not"),
        (
            "rate(1 hour)",
            "Mars/Olympus",
            "Provided timezone \"Mars/Olympus\" is invalid.",
        ),
    ];
    for (expression, zone, refusal) in rows {
        let answer = Schedule::parse(expression, zone).expect_err(expression);
        assert!(answer.starts_with(refusal), "{expression}: {answer}");
    }
}
