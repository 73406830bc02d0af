//! Schedules and time zones: what Scheduler takes, and the sentence for what it would not.

use crate::project::schedule::{check_schedule, check_timezone};

#[test]
fn schedules_that_scheduler_takes_are_taken() {
    for text in [
        "cron(0 6 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(*/5 * * * ? *)",
        "cron(0 12 L * ? *)",
        "cron(0 12 15W * ? *)",
        "cron(0 12 ? * 6L *)",
        "cron(0 12 ? JAN,JUL 2#1 2027-2030)",
        "cron(0 0 29 2 ? *)",
        "cron(30 4 ? * SUN *)",
        "rate(1 hour)",
        "rate(15 minutes)",
        "rate(7 days)",
    ] {
        assert_eq!(check_schedule(text), Ok(()), "{text}");
    }
}

#[test]
fn impossible_schedules_say_what_would_be_right() {
    let mut told = String::new();
    for text in [
        "cron(61 25 * * ? *)",
        "cron(0 6 * * *)",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)",
        "cron(0 6 ? * FRI-MON *)",
        "cron(0 6 ? * 0 *)",
        "cron(0 6 30 2 ? *)",
        "cron(0 6 * * ? 2020)",
        "cron(0 6 * 13 ? *)",
        "cron(0/0 6 * * ? *)",
        "cron(a 6 * * ? *)",
        "0 6 * * *",
        "rate(1 hours)",
        "rate(5 minute)",
        "rate(0 days)",
        "rate(2 weeks)",
        "rate(often)",
        "at(2027-01-01T00:00:00)",
        "daily",
    ] {
        let (wrong, right) = check_schedule(text).expect_err(text);
        told.push_str(&format!("{wrong}; {right}\n"));
    }
    expect_test::expect![[r#"
        `61` is not a minute; the minute goes from 0 to 59
        `cron(0 6 * * *)` has 5 fields; write six: minute hour day month weekday year, e.g. cron(0 6 * * ? *)
        day of the month and weekday are both given; put `?` into the one that does not matter, e.g. cron(0 6 * * ? *) or cron(0 6 ? * MON-FRI *)
        both day of the month and weekday are `?`; put `*` or days into one of them, e.g. cron(0 6 * * ? *)
        `FRI-MON` runs backwards, as a weekday; the weekday goes from 1 to 7 or SUN to SAT
        `0` is not a weekday; the weekday goes from 1 to 7 or SUN to SAT
        cron(0 6 30 2 ? *) never comes due; name a day that exists and a year that is not over
        cron(0 6 * * ? 2020) never comes due; name a day that exists and a year that is not over
        `13` is not a month; the month goes from 1 to 12 or JAN to DEC
        `0/0` has an impossible step for the minute; the minute goes from 0 to 59
        `a` is not a minute; the minute goes from 0 to 59
        `0 6 * * *` is not a schedule; put it into cron(...), with six fields; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `rate(1 hours)` wants the singular after 1; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `rate(5 minute)` wants the plural; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `rate(0 days)` never comes due; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `rate(2 weeks)` has an unknown unit: minutes, hours and days are known; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `rate(often)` is not a number and a unit; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `at(2027-01-01T00:00:00)` is not a schedule; it would run only once; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
        `daily` is not a schedule; write e.g. "cron(0 6 * * ? *)" (minute hour day month weekday year) or "rate(6 hours)"
    "#]].assert_eq(&told);
}

#[test]
fn time_zones_are_known_by_name() {
    assert_eq!(check_timezone("America/New_York"), Ok(()));
    assert_eq!(check_timezone("UTC"), Ok(()));
    assert!(
        check_timezone("America/New_Yrok")
            .unwrap_err()
            .1
            .contains("America/New_York")
    );
    assert!(check_timezone("Mars/Olympus").is_err());
}
