//! Durations, counts and numbers of project.yaml, with their bounds and the reason for each.

use super::problem::{Problems, shown};
use super::section::Field;
use super::tree::Value;

pub(super) const MINUTE_S: i64 = 60;
pub(super) const HOUR_S: i64 = 60 * MINUTE_S;
pub(super) const DAY_S: i64 = 24 * HOUR_S;

const UNITS: [(&str, i64); 5] = [("s", 1), ("m", MINUTE_S), ("h", HOUR_S), ("d", DAY_S), ("w", 7 * DAY_S)];

/// Allowed range of a duration, and why it has an end.
pub(super) struct Bounds {
    pub least_s: i64,
    pub most_s: i64,
    pub why: &'static str,
}

/// `90` as `90s`, `3600` as `1h`: the largest unit that divides it.
pub fn written_duration(seconds: i64) -> String {
    let (unit, size) = UNITS
        .iter()
        .rev()
        .find(|(_, size)| seconds != 0 && seconds % size == 0)
        .copied()
        .unwrap_or(("s", 1));
    format!("{}{unit}", seconds / size)
}

pub(super) fn duration_s(field: &Field, bounds: &Bounds, problems: &mut Problems) -> Option<i64> {
    let text = field.text(problems)?;
    let Some(seconds) = parse_duration(text) else {
        let (wrong, right) = why_not_duration(text);
        field.refuse(problems, wrong, right);
        return None;
    };
    let (least, most) = (written_duration(bounds.least_s), written_duration(bounds.most_s));
    if seconds > bounds.most_s {
        let wrong = format!("{} is longer than {most}", shown(text));
        field.refuse(problems, wrong, format!("write {most} or less: {}", bounds.why));
        return None;
    }
    if seconds < bounds.least_s {
        let wrong = format!("{} is shorter than {least}", shown(text));
        field.refuse(problems, wrong, format!("write {least} or more: {}", bounds.why));
        return None;
    }
    Some(seconds)
}

/// A whole number and one unit: `30s`, `5m`, `6h`, `365d`, `1w`. More than i64 holds counts as for ever.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let size = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    if number.is_empty() {
        return None;
    }
    Some(number.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(size))
}

fn why_not_duration(text: &str) -> (String, String) {
    let example = "write a whole number and one unit: 30s, 5m, 6h, 365d or 1w".to_owned();
    let shown = shown(text);
    if text.starts_with('-') {
        return (format!("{shown} is negative"), example);
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let short: String = text.chars().take(6).collect();
        let right = format!("write {short}s, {short}m, {short}h, {short}d or {short}w");
        return (
            format!("{shown} has no unit"),
            if short == text { right } else { example },
        );
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].trim().to_lowercase();
    let meant = match unit.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        "w" | "week" | "weeks" => Some("w"),
        _ => None,
    };
    match meant {
        Some(unit) if !digits.is_empty() => (format!("{shown} is not a duration"), format!("write {digits}{unit}")),
        _ => (format!("{shown} is not a duration"), example),
    }
}

/// A whole number between two bounds.
pub(super) fn count(field: &Field, least: u64, most: u64, why: &str, problems: &mut Problems) -> Option<u64> {
    let text = field.text(problems)?;
    let right = || format!("write a whole number from {least} to {most}: {why}");
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) || is_quoted(field) {
        field.refuse(
            problems,
            format!("{} is not a whole number", shown_as_written(field, text)),
            right(),
        );
        return None;
    }
    let number = text.parse::<u64>().unwrap_or(u64::MAX);
    if !(least..=most).contains(&number) {
        field.refuse(problems, format!("{} is out of range", shown(text)), right());
        return None;
    }
    Some(number)
}

/// A finite number, written with a point.
pub(super) fn number(field: &Field, problems: &mut Problems) -> Option<f64> {
    let text = field.text(problems)?;
    if is_quoted(field) {
        let wrong = format!("{} is quoted text", shown_as_written(field, text));
        field.refuse(problems, wrong, "write the number without quotes");
        return None;
    }
    match parse_number(text) {
        Ok(number) => Some(number),
        Err((wrong, right)) => {
            field.refuse(problems, wrong, right);
            None
        }
    }
}

pub(super) fn parse_number(text: &str) -> Result<f64, (String, String)> {
    let commas = text.matches(',').count();
    if commas == 1 && parse_number(&text.replace(',', ".")).is_ok() {
        let right = format!("write {} with a point", text.replace(',', "."));
        return Err((format!("{} has a comma", shown(text)), right));
    }
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(number) if plain && number.is_finite() => Ok(number),
        Ok(_) => Err((
            format!("{} is not a finite number", shown(text)),
            "write a number such as 0.2".into(),
        )),
        Err(_) => Err((
            format!("{} is not a number", shown(text)),
            "write a number such as 0.2".into(),
        )),
    }
}

/// Above 0 and at most `most`.
pub(super) fn share(field: &Field, most: f64, why: &str, problems: &mut Problems) -> Option<f64> {
    let number = number(field, problems)?;
    if number > 0.0 && number <= most {
        return Some(number);
    }
    let wrong = format!("{} is out of range", shown(field.text(problems)?));
    field.refuse(
        problems,
        wrong,
        format!("write a number above 0 and at most {most}: {why}"),
    );
    None
}

fn is_quoted(field: &Field) -> bool {
    matches!(field.node.value, Value::Scalar { quoted: true, .. })
}

fn shown_as_written(field: &Field, text: &str) -> String {
    if is_quoted(field) {
        shown(&format!("\"{text}\""))
    } else {
        shown(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_they_were_meant() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("5m", 300),
            ("6h", 21_600),
            ("365d", 31_536_000),
            ("1w", 604_800),
        ] {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
        for text in ["", "5", "m", "5 m", "1h30m", "-5m", "1.5h", "5M", "٣m", "5mm"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_duration("1000000000000000000w"), Some(i64::MAX));
        assert_eq!(written_duration(900), "15m");
        assert_eq!(written_duration(0), "0s");
    }

    #[test]
    fn numbers_are_finite_and_have_a_point() {
        for (text, number) in [("0.2", 0.2), ("1", 1.0), ("1e-3", 0.001), ("-0.5", -0.5), (".5", 0.5)] {
            assert_eq!(parse_number(text), Ok(number), "{text}");
        }
        for text in [
            "0,2",
            "nan",
            "inf",
            ".inf",
            "1e309",
            "0x10",
            "1_000",
            "1,000,000",
            "",
            "١٢٣",
        ] {
            assert!(parse_number(text).is_err(), "{text}");
        }
    }
}
