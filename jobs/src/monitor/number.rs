//! A field as the monitor sees it: missing, a number with the type that it was written as, or a text.
//!
//! Nearly all numbers are a few digits with a point among them; those are read here, exactly. Everything else goes the
//! way that every job's fields go.

use crate::common::values::{self, Number};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field {
    Missing,
    /// Written as an integer: `3.0` is fractional whatever its value.
    Integral(f64),
    Fractional(f64),
    Text,
}

/// So many decimal digits cannot overflow 64 bits.
const DIGITS_MAX: usize = 19;
/// Below, a double holds every integer.
const EXACT_MAX: u64 = 1 << 53;

/// A double holds these exactly, so that one division rounds once, and correctly.
const POWERS: [f64; DIGITS_MAX] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
];

/// `field` is valid UTF-8.
#[inline]
pub fn read(field: &[u8]) -> Field {
    let (negative, digits) = match field {
        [] => return Field::Missing,
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, field),
    };
    if digits.len() > DIGITS_MAX {
        return rare(field);
    }
    if let Some((mantissa, places)) = in_one_word(digits) {
        let value = if negative { -(mantissa as f64) } else { mantissa as f64 };
        return match places {
            None => Field::Integral(value),
            Some(places) => Field::Fractional(value / POWERS[places]),
        };
    }
    let mut mantissa = 0u64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return stopped(field, *byte, at > 0);
        }
    }
    let signed = |value: f64| if negative { -value } else { value };
    match point {
        None if digits.is_empty() => rare(field),
        None => Field::Integral(signed(mantissa as f64)),
        Some(at) if digits.len() > 1 && mantissa <= EXACT_MAX => {
            Field::Fractional(signed(mantissa as f64 / POWERS[digits.len() - at - 1]))
        }
        Some(_) => rare(field),
    }
}

/// Up to eight characters are read at once, in one 64-bit word: digits, and a point with its decimal places.
#[inline]
fn in_one_word(digits: &[u8]) -> Option<(u64, Option<usize>)> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x80 * ONES;
    let length = digits.len();
    let half = |at: usize| digits[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
    let byte = |at: usize| u64::from(digits[at]) << (8 * at);
    // Parts of a short text overlap, in the same characters.
    let mut word = match length {
        1..=3 => byte(0) | byte(length / 2) | byte(length - 1),
        4..=8 => u64::from(half(0)) | u64::from(half(length - 4)) << (8 * (length - 4)),
        _ => return None,
    };
    let (mut length, mut places) = (length, None);
    let unlike_points = word ^ (u64::from(b'.') * ONES);
    let points = unlike_points.wrapping_sub(ONES) & !unlike_points & HIGHS;
    if points != 0 {
        let at = points.trailing_zeros() as usize / 8;
        let before = (1 << (8 * at)) - 1;
        word = (word & before) | ((word >> 8) & !before);
        length -= 1;
        places = Some(length - at);
    }
    // A point alone is no number.
    if length == 0 {
        return None;
    }
    // The last digit last, with zeros before the first one.
    let free = 8 * (8 - length);
    word = (word << free) | ((u64::from(b'0') * ONES) & ((1 << free) - 1));
    let values = word.wrapping_sub(u64::from(b'0') * ONES);
    if (values | word.wrapping_add(0x46 * ONES)) & HIGHS != 0 {
        return None;
    }
    // Pairs of digits, then pairs of pairs, then both halves.
    let pairs = values * 10 + (values >> 8);
    const LANES: u64 = 0x0000_00ff_0000_00ff;
    let upper = (pairs & LANES).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((pairs >> 16) & LANES).wrapping_mul(1 + (10_000 << 32));
    Some((upper.wrapping_add(lower) >> 32, places))
}

/// At a byte that is neither digit nor point: most texts are known by it.
fn stopped(field: &[u8], byte: u8, after_digits: bool) -> Field {
    let may_go_on = match after_digits {
        true => matches!(byte, b'e' | b'E'),
        // `nan`, `NA`, `inf` and `infinity`.
        false => matches!(byte, b'n' | b'N' | b'i' | b'I'),
    };
    if byte.is_ascii() && !byte.is_ascii_whitespace() && byte != 0x0b && !may_go_on {
        return Field::Text;
    }
    rare(field)
}

#[cold]
fn rare(field: &[u8]) -> Field {
    let text = std::str::from_utf8(field).unwrap_or_default();
    match values::number(text) {
        Number::Missing => Field::Missing,
        Number::Finite(value) if is_integral(text) => Field::Integral(value),
        Number::Finite(value) => Field::Fractional(value),
        // An infinity is no number that a statistic could hold.
        Number::Infinite | Number::Text => Field::Text,
    }
}

fn is_integral(field: &str) -> bool {
    let field = field.trim();
    let digits = field.strip_prefix(['-', '+']).unwrap_or(field);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::Random;

    #[test]
    fn short_cuts_lead_where_the_long_way_leads() {
        for field in [
            "",
            " ",
            "3",
            "-3",
            "+3",
            " 3 ",
            "3.",
            ".5",
            ".",
            "-",
            "+",
            "-.",
            "1e3",
            "1E-3",
            "1e",
            "NaN",
            "nan",
            "NA",
            "na",
            "inf",
            "-inf",
            "Infinity",
            "1e309",
            "0.1.2",
            "1-2",
            "2013-01-01",
            "x1",
            "1x",
            "-x",
            "--1",
            "9007199254740993",
            "9007199254740993.0",
            "0.30000000000000004",
            "1234567890123456789",
            "12345678901234567890",
            "99999999999999999999",
            "0.000000000000000001",
            "١٢٣",
            "1\u{a0}",
            "\u{b}1",
            "1\u{b}",
            "-0",
            "-0.0",
            "1_000",
            "12345678",
            "1234.678",
            ".1234567",
            "1234567.",
            "-1.2.3",
            "1..2",
            "12:3",
            "12/3",
            "1234\0",
            "123é",
            "0000",
            "-00.10",
            "0x10",
            "=1+1",
        ] {
            assert_eq!(read(field.as_bytes()), rare(field.as_bytes()), "{field:?}");
        }
    }

    #[test]
    fn values_are_those_of_the_standard_library_to_the_last_bit() {
        let mut random = Random::new(3);
        for _ in 0..100_000 {
            let (digits, places) = (random.draw() >> (random.draw() % 64), random.below(19));
            let field = format!("{}.{:0width$}", digits % 1_000, digits / 1_000, width = places);
            let Field::Fractional(value) = read(field.as_bytes()) else {
                panic!("{field}");
            };
            assert_eq!(value.to_bits(), field.parse::<f64>().unwrap().to_bits(), "{field}");
        }
    }
}
