//! When a schedule was last due: how the sweep sees that a tick never came.
//!
//! AWS's cron has six fields (minute, hour, day of month, month, day of week with 1 = Sunday, year).

use croner::parser::{CronParser, Seconds, Year};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// The last time not after `now` at which the expression was due; None if there is none, or if it cannot be read
/// (`windsock apply` refuses such an expression, so a stored project has none).
pub fn last_due(expression: &str, timezone: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(rate) = inner(expression, "rate") {
        // A rate counts from the schedule's creation, which is not known here: at the latest, one period ago.
        return now.checked_sub(period(rate)?).ok();
    }
    let cron = parse(inner(expression, "cron")?)?;
    let zone = TimeZone::get(timezone).ok()?;
    let found = cron.find_previous_occurrence(&now.to_zoned(zone), true).ok()?;
    Some(found.timestamp())
}

fn inner<'a>(expression: &'a str, kind: &str) -> Option<&'a str> {
    expression
        .trim()
        .strip_prefix(kind)?
        .strip_prefix('(')?
        .strip_suffix(')')
}

fn parse(fields: &str) -> Option<croner::Cron> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday, year] = fields.as_slice() else {
        return None;
    };
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .build();
    parser
        .parse(&format!("0 {minute} {hour} {day} {month} {weekday} {year}"))
        .ok()
}

fn period(rate: &str) -> Option<SignedDuration> {
    let (count, unit) = rate.trim().split_once(' ')?;
    let count: i64 = count.parse().ok()?;
    let unit_s = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    Some(SignedDuration::from_secs(count.checked_mul(unit_s)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, timezone: &str, now: &str, expected: Option<&str>) {
        let due = last_due(expression, timezone, now.parse().unwrap());
        assert_eq!(
            due,
            expected.map(|at| at.parse().unwrap()),
            "{expression} in {timezone} at {now}"
        );
    }

    #[test]
    fn daily_in_a_time_zone_follows_its_summer_time() {
        let daily = "cron(0 6 * * ? *)";
        check(
            daily,
            "America/New_York",
            "2013-03-09T12:00:00Z",
            Some("2013-03-09T11:00:00Z"),
        );
        check(
            daily,
            "America/New_York",
            "2013-03-10T12:00:00Z",
            Some("2013-03-10T10:00:00Z"),
        );
        check(
            daily,
            "America/New_York",
            "2013-03-10T09:59:00Z",
            Some("2013-03-09T11:00:00Z"),
        );
    }

    #[test]
    fn weekdays_count_from_sunday_as_one() {
        // 2013-04-01 was a Monday: day 2 for AWS.
        check(
            "cron(0 6 ? * 2 *)",
            "UTC",
            "2013-04-03T00:00:00Z",
            Some("2013-04-01T06:00:00Z"),
        );
        check(
            "cron(0 6 ? * MON *)",
            "UTC",
            "2013-04-03T00:00:00Z",
            Some("2013-04-01T06:00:00Z"),
        );
    }

    #[test]
    fn a_rate_was_due_one_period_ago_at_the_latest() {
        check(
            "rate(6 hours)",
            "UTC",
            "2013-04-03T06:00:00Z",
            Some("2013-04-03T00:00:00Z"),
        );
    }

    #[test]
    fn what_cannot_be_read_was_never_due() {
        check("cron(61 25 * * ? *)", "UTC", "2013-04-03T06:00:00Z", None);
        check("every day", "UTC", "2013-04-03T06:00:00Z", None);
        check("cron(0 6 * * ? *)", "Mars/Olympus", "2013-04-03T06:00:00Z", None);
    }
}
