//! Schedule expressions: `at()`, `rate()` and AWS's six-field `cron()`, in a time zone.
//!
//! Days of the week count from 1 = SUN. A local time that daylight saving skips does not come; one that it repeats
//! comes once, the first time: so does EventBridge Scheduler.

#[cfg(test)]
mod tests;

use croner::{Cron, parser::CronParser};
use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::Millis;

#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    At { local: DateTime, zone: TimeZone },
    Rate { every: Millis },
    Cron { cron: Box<Cron>, zone: TimeZone },
}

/// A pattern that never matches (30 February) is searched for no further than this many candidates.
const CANDIDATES_MAX: usize = 10_000;
const YEARS: std::ops::RangeInclusive<i64> = 1970..=2199;

impl Schedule {
    /// Read an expression, or say what is wrong with it.
    pub(crate) fn parse(expression: &str, zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("Provided timezone {zone:?} is invalid."))?;
        let call = expression
            .strip_suffix(')')
            .and_then(|expression| expression.split_once('('));
        match call {
            Some(("at", time)) => {
                let local = time
                    .parse()
                    .map_err(|_| format!("{time:?} is not yyyy-mm-ddThh:mm:ss"))?;
                Ok(Self::At { local, zone })
            }
            Some(("rate", rate)) => rate_of(rate).map(|every| Self::Rate { every }),
            Some(("cron", fields)) => cron_of(fields).map(|cron| Self::Cron {
                cron: Box::new(cron),
                zone,
            }),
            _ => Err(format!("{expression:?} is none of at(...), rate(...), cron(...)")),
        }
    }

    /// The first time after `now`. A rate counts from `start`, which is itself the first.
    pub(crate) fn next_after(&self, now: Millis, start: Millis) -> Option<Millis> {
        match self {
            Self::At { local, zone } => instant(*local, zone).filter(|at| *at > now),
            Self::Rate { every } => Some(match now < start {
                true => start,
                false => start + ((now - start) / every + 1) * every,
            }),
            Self::Cron { cron, zone } => {
                let mut local = jiff::Timestamp::from_millisecond(now)
                    .ok()?
                    .to_zoned(zone.clone())
                    .datetime();
                for _ in 0..CANDIDATES_MAX {
                    local = cron.find_next_occurrence(&local, false).ok()?;
                    // In a skipped hour there is no such instant; in the second pass of a repeated one it is over.
                    if let Some(at) = existing_instant(local, zone).filter(|at| *at > now) {
                        return Some(at);
                    }
                }
                None
            }
        }
    }

    pub(crate) fn is_once(&self) -> bool {
        matches!(self, Self::At { .. })
    }
}

fn instant(local: DateTime, zone: &TimeZone) -> Option<Millis> {
    let zoned = zone.to_ambiguous_zoned(local).compatible().ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn existing_instant(local: DateTime, zone: &TimeZone) -> Option<Millis> {
    if matches!(zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Gap { .. }) {
        return None;
    }
    instant(local, zone)
}

/// Milliseconds of a unit whose name agrees with its number, as AWS insists.
fn unit_of(value: i64, unit: &str) -> Option<Millis> {
    let minutes = match unit.strip_suffix('s').unwrap_or(unit) {
        "minute" => 1,
        "hour" => 60,
        "day" => 24 * 60,
        _ => return None,
    };
    ((value == 1) != unit.ends_with('s')).then_some(minutes * 60_000)
}

fn rate_of(rate: &str) -> Result<Millis, String> {
    let wrong = || format!("rate({rate}) must be such as rate(1 hour) or rate(15 minutes)");
    let (value, unit) = rate.split_once(' ').ok_or_else(wrong)?;
    let value: i64 = value.parse().ok().filter(|value| *value > 0).ok_or_else(wrong)?;
    let unit = unit_of(value, unit).ok_or_else(wrong)?;
    value.checked_mul(unit).ok_or_else(wrong)
}

fn cron_of(fields: &str) -> Result<Cron, String> {
    let [minute, hour, day, month, weekday, year] = fields.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(format!(
            "cron({fields}) must have six fields: minutes hours day-of-month month day-of-week year"
        ));
    };
    if (day == "?") == (weekday == "?") {
        return Err(format!(
            "cron({fields}): exactly one of day-of-month and day-of-week must be ?"
        ));
    }
    let years = year
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| number.len() > 3);
    if years
        .filter_map(|year| year.parse().ok())
        .any(|year: i64| !YEARS.contains(&year))
    {
        return Err(format!(
            "cron({fields}): years lie between {} and {}",
            YEARS.start(),
            YEARS.end()
        ));
    }
    if weekday
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|number| number == "0")
    {
        return Err(format!("cron({fields}): days of the week are 1 (SUN) to 7 (SAT)"));
    }
    // croner's alternative weekdays are AWS's; what AWS writes as `0/10` croner calls sloppy.
    let parser = CronParser::builder()
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    let pattern = format!("0 {minute} {hour} {day} {month} {weekday} {year}");
    parser
        .parse(&pattern)
        .map_err(|error| format!("cron({fields}): {error}"))
}
