//! Small words of letters and of the dashboard's rows: numbers, times, counts, and the file of each letter's words.

use jiff::Timestamp;

/// Name, subject and body of a letter, from its folder.
macro_rules! words {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/letters/", $name, "/subject.txt")),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/letters/", $name, "/body.txt")),
        )
    };
}

pub(super) use words;

pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `1 file`, `12,345 files`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", thousands(number))
}

pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Four decimals, fewer where the number is large; a number that is none says so.
pub(crate) fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return "none".to_owned();
    }
    if number.abs() >= 1000.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.4}")
    }
}

/// With its sign.
pub(crate) fn signed(number: f64) -> String {
    let text = decimal(number);
    if text.starts_with('-') || text == "none" {
        text
    } else {
        format!("+{text}")
    }
}
