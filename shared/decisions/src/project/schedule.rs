//! `cron(...)` and `rate(...)` as EventBridge Scheduler reads them: six fields, one `?`, Sunday is 1.

use croner::parser::CronParser;

use super::problem::{nearest, shown};

/// What is wrong, and what would be right.
pub(super) type Refusal = (String, String);

const EXAMPLE: &str = "write e.g. \"cron(0 6 * * ? *)\" (minute hour day month weekday year) or \"rate(6 hours)\"";
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Checks a schedule expression; `Ok` means that Scheduler takes it and that it comes due some day.
pub(super) fn check_schedule(text: &str) -> Result<(), Refusal> {
    if let Some(fields) = inside(text, "cron(") {
        return check_cron(fields);
    }
    if let Some(rate) = inside(text, "rate(") {
        return check_rate(rate);
    }
    let wrong = format!("{} is not a schedule", shown(text));
    if text.starts_with("at(") {
        return Err((wrong, format!("it would run only once; {EXAMPLE}")));
    }
    if matches!(text.split_whitespace().count(), 5 | 6) {
        return Err((wrong, format!("put it into cron(...), with six fields; {EXAMPLE}")));
    }
    Err((wrong, EXAMPLE.into()))
}

fn inside<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    text.strip_prefix(opening)?.strip_suffix(')')
}

fn check_rate(rate: &str) -> Result<(), Refusal> {
    let refuse = |wrong: &str| {
        Err((
            format!("{} {wrong}", shown(&format!("rate({rate})"))),
            EXAMPLE.to_owned(),
        ))
    };
    let [number, unit] = rate.split_whitespace().collect::<Vec<_>>()[..] else {
        return refuse("is not a number and a unit");
    };
    match (number.parse::<u32>(), unit) {
        (Ok(0), _) => refuse("never comes due"),
        (Ok(1), "minute" | "hour" | "day") => Ok(()),
        (Ok(2..), "minutes" | "hours" | "days") => Ok(()),
        (Ok(1), "minutes" | "hours" | "days") => refuse("wants the singular after 1"),
        (Ok(_), "minute" | "hour" | "day") => refuse("wants the plural"),
        (Ok(_), _) => refuse("has an unknown unit: minutes, hours and days are known"),
        (Err(_), _) => refuse("is not a whole number and a unit"),
    }
}

/// One of the six fields.
struct FieldRule {
    name: &'static str,
    least: u32,
    most: u32,
    words: &'static [&'static str],
    /// Number of the first word.
    first_word: u32,
}

const FIELDS: [FieldRule; 6] = [
    FieldRule {
        name: "minute",
        least: 0,
        most: 59,
        words: &[],
        first_word: 0,
    },
    FieldRule {
        name: "hour",
        least: 0,
        most: 23,
        words: &[],
        first_word: 0,
    },
    FieldRule {
        name: "day of the month",
        least: 1,
        most: 31,
        words: &[],
        first_word: 0,
    },
    FieldRule {
        name: "month",
        least: 1,
        most: 12,
        words: &MONTHS,
        first_word: 1,
    },
    FieldRule {
        name: "weekday",
        least: 1,
        most: 7,
        words: &WEEKDAYS,
        first_word: 1,
    },
    FieldRule {
        name: "year",
        least: 1970,
        most: 2199,
        words: &[],
        first_word: 0,
    },
];
const DAY: usize = 2;
const WEEKDAY: usize = 4;

fn check_cron(cron: &str) -> Result<(), Refusal> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let wrong = format!("{} has {} fields", shown(&format!("cron({cron})")), fields.len());
        let right = "write six: minute hour day month weekday year, e.g. cron(0 6 * * ? *)".to_owned();
        return Err((wrong, right));
    }
    for (at, (field, rule)) in fields.iter().zip(&FIELDS).enumerate() {
        if *field == "?" && (at == DAY || at == WEEKDAY) {
            continue;
        }
        for item in field.split(',') {
            check_item(item, rule, at).map_err(|why| (why, allowed(rule)))?;
        }
    }
    match (fields[DAY] == "?", fields[WEEKDAY] == "?") {
        (true, true) => Err((
            "both day of the month and weekday are `?`".into(),
            "put `*` or days into one of them, e.g. cron(0 6 * * ? *)".into(),
        )),
        (false, false) => Err((
            "day of the month and weekday are both given".into(),
            "put `?` into the one that does not matter, e.g. cron(0 6 * * ? *) or cron(0 6 ? * MON-FRI *)".into(),
        )),
        _ => comes_due(&fields),
    }
}

fn allowed(rule: &FieldRule) -> String {
    let words = match rule.words {
        [first, .., last] => format!(" or {first} to {last}"),
        _ => String::new(),
    };
    format!("the {} goes from {} to {}{words}", rule.name, rule.least, rule.most)
}

/// One item between commas: `*`, `5`, `MON-FRI`, `0/15`, `*/15`, and `L`, `15W`, `6L`, `2#1` for days.
fn check_item(item: &str, rule: &FieldRule, at: usize) -> Result<(), String> {
    let refused = |why: &str| format!("{} {why} {}", shown(item), rule.name);
    if is_special_day(item, at) {
        return Ok(());
    }
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    if let Some(step) = step
        && !step.parse::<u32>().is_ok_and(|step| (1..=rule.most).contains(&step))
    {
        return Err(refused("has an impossible step for the"));
    }
    if range == "*" {
        return Ok(());
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (value(first, rule), value(last, rule)) {
        (Some(first), Some(last)) if first <= last => Ok(()),
        (Some(_), Some(_)) => Err(refused("runs backwards, as a")),
        _ => Err(refused("is not a")),
    }
}

fn is_special_day(item: &str, at: usize) -> bool {
    let within = |text: &str, most: u32| text.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n));
    match at {
        DAY => item == "L" || item == "LW" || item.strip_suffix('W').is_some_and(|day| within(day, 31)),
        WEEKDAY => {
            item == "L"
                || item
                    .strip_suffix('L')
                    .is_some_and(|day| value(day, &FIELDS[WEEKDAY]).is_some())
                || item
                    .split_once('#')
                    .is_some_and(|(day, nth)| value(day, &FIELDS[WEEKDAY]).is_some() && within(nth, 5))
        }
        _ => false,
    }
}

fn value(text: &str, rule: &FieldRule) -> Option<u32> {
    let upper = text.to_uppercase();
    if let Some(at) = rule.words.iter().position(|word| *word == upper) {
        return Some(rule.first_word + at as u32);
    }
    text.parse::<u32>()
        .ok()
        .filter(|number| (rule.least..=rule.most).contains(number))
}

/// A schedule may be well-formed and never come due (30 February, a year gone by); croner searches for a day. What it
/// cannot read it cannot refute.
fn comes_due(fields: &[&str]) -> Result<(), Refusal> {
    let pattern = format!("0 {}", fields.join(" "));
    let parser = CronParser::builder()
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    let Ok(cron) = parser.parse(&pattern) else {
        return Ok(());
    };
    let from = jiff::civil::date(2026, 1, 1)
        .at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC);
    let found = from.is_ok_and(|from| {
        cron.find_next_occurrence(&from, true)
            .is_ok_and(|day| day.year() < 2200)
    });
    if found {
        return Ok(());
    }
    let wrong = format!("cron({}) never comes due", fields.join(" "));
    Err((wrong, "name a day that exists and a year that is not over".into()))
}

/// The time zone's IANA name exists.
pub(super) fn check_timezone(name: &str) -> Result<(), Refusal> {
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    let known: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
    if known.iter().any(|zone| zone == name) {
        return Ok(());
    }
    let right = match nearest(name, known.iter().map(String::as_str)) {
        Some(zone) => format!("did you mean `{zone}`?"),
        None => "write an IANA name such as UTC, Europe/Berlin or America/New_York".into(),
    };
    Err((format!("there is no time zone {}", shown(name)), right))
}
