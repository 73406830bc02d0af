//! Values of parquet's types as text, as a CSV file would have them: numbers with as few digits as tell them from all
//! others (a fraction keeps its point), times as ISO 8601, with a `Z` where the file says that they are in UTC.

use std::fmt::{Arguments, Debug, Display, LowerExp};
use std::io::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::data_type::Int96;
use parquet::schema::types::Type;

/// What the stored number or bytes stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Themselves.
    Plain,
    Unsigned,
    Decimal {
        scale: usize,
    },
    Date,
    Time {
        unit_ns: i64,
    },
    Timestamp {
        unit_ns: i64,
        utc: bool,
    },
    Uuid,
    Float16,
}

const MILLI_NS: i64 = 1_000_000;
const MICRO_NS: i64 = 1_000;
const DAY_NS: i64 = 86_400_000 * MILLI_NS;
/// What 16 bytes can hold.
const DECIMAL_DIGITS_MAX: usize = 38;

impl Meaning {
    /// What a column's values mean, or the name of the type that has no text.
    pub fn of(column: &Type) -> Result<Meaning, String> {
        let meaning = match column.get_basic_info().logical_type_ref() {
            Some(logical) => of_logical(logical)?,
            None => of_converted(column.get_basic_info().converted_type(), column.get_scale())?,
        };
        match fits(meaning, column.get_physical_type()) {
            true => Ok(meaning),
            false => Err(format!("{meaning:?} in {}", column.get_physical_type())),
        }
    }
}

fn of_logical(logical: &LogicalType) -> Result<Meaning, String> {
    Ok(match logical {
        LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Unknown => Meaning::Plain,
        LogicalType::Integer(integer) if integer.is_signed => Meaning::Plain,
        LogicalType::Integer(_) => Meaning::Unsigned,
        LogicalType::Decimal(decimal) => of_decimal(decimal.scale)?,
        LogicalType::Date => Meaning::Date,
        LogicalType::Time(time) => Meaning::Time {
            unit_ns: unit_ns(&time.unit),
        },
        LogicalType::Timestamp(timestamp) => Meaning::Timestamp {
            unit_ns: unit_ns(&timestamp.unit),
            utc: timestamp.is_adjusted_to_u_t_c,
        },
        LogicalType::Uuid => Meaning::Uuid,
        LogicalType::Float16 => Meaning::Float16,
        other => {
            let name = format!("{other:?}");
            return Err(name.split(['(', ' ']).next().unwrap_or_default().to_uppercase());
        }
    })
}

/// What files of before 2018 say.
fn of_converted(converted: ConvertedType, scale: i32) -> Result<Meaning, String> {
    let utc = |unit_ns| Meaning::Timestamp { unit_ns, utc: true };
    Ok(match converted {
        ConvertedType::DECIMAL => of_decimal(scale)?,
        ConvertedType::DATE => Meaning::Date,
        ConvertedType::TIME_MILLIS => Meaning::Time { unit_ns: MILLI_NS },
        ConvertedType::TIME_MICROS => Meaning::Time { unit_ns: MICRO_NS },
        ConvertedType::TIMESTAMP_MILLIS => utc(MILLI_NS),
        ConvertedType::TIMESTAMP_MICROS => utc(MICRO_NS),
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
            Meaning::Unsigned
        }
        ConvertedType::BSON | ConvertedType::INTERVAL => return Err(converted.to_string()),
        _ => Meaning::Plain,
    })
}

fn of_decimal(scale: i32) -> Result<Meaning, String> {
    match usize::try_from(scale) {
        Ok(scale) if scale <= DECIMAL_DIGITS_MAX => Ok(Meaning::Decimal { scale }),
        _ => Err(format!("DECIMAL with {scale} digits behind the point")),
    }
}

/// A mangled schema may call a boolean a date.
fn fits(meaning: Meaning, physical: Physical) -> bool {
    let whole = matches!(physical, Physical::INT32 | Physical::INT64);
    let bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
    match meaning {
        Meaning::Plain => true,
        Meaning::Decimal { .. } => whole || bytes,
        Meaning::Uuid | Meaning::Float16 => bytes,
        Meaning::Unsigned | Meaning::Date | Meaning::Time { .. } | Meaning::Timestamp { .. } => whole,
    }
}

fn unit_ns(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => MILLI_NS,
        TimeUnit::MICROS => MICRO_NS,
        TimeUnit::NANOS => 1,
    }
}

fn print(into: &mut Vec<u8>, text: Arguments) {
    // Memory takes all that is written.
    let _ = into.write_fmt(text);
}

pub fn boolean(value: &bool, _: Meaning, into: &mut Vec<u8>) {
    print(into, format_args!("{value}"));
}

pub fn int32(value: &i32, meaning: Meaning, into: &mut Vec<u8>) {
    match meaning {
        Meaning::Unsigned => print(into, format_args!("{}", value.cast_unsigned())),
        meaning => int64(&i64::from(*value), meaning, into),
    }
}

pub fn int64(value: &i64, meaning: Meaning, into: &mut Vec<u8>) {
    let ns = |unit_ns: i64| i128::from(*value) * i128::from(unit_ns);
    match meaning {
        Meaning::Unsigned => print(into, format_args!("{}", value.cast_unsigned())),
        Meaning::Decimal { scale } => decimal(i128::from(*value), scale, into),
        Meaning::Date => written(at(ns(DAY_NS)).map(DateTime::date), *value, "", into),
        Meaning::Time { unit_ns } => {
            let time = (0..i128::from(DAY_NS))
                .contains(&ns(unit_ns))
                .then(|| at(ns(unit_ns)))
                .flatten();
            written(time.map(DateTime::time), *value, "", into);
        }
        Meaning::Timestamp { unit_ns, utc } => timestamp(ns(unit_ns), utc, *value, into),
        Meaning::Plain | Meaning::Uuid | Meaning::Float16 => print(into, format_args!("{value}")),
    }
}

/// Nanoseconds of a day and a Julian day: how writers of old kept times.
pub fn int96(value: &Int96, _: Meaning, into: &mut Vec<u8>) {
    const JULIAN_DAY_OF_1970: i128 = 2_440_588;
    let [low, high, day] = *value.data() else { return };
    let ns = i128::from(u64::from(high) << 32 | u64::from(low));
    let ns = (i128::from(day) - JULIAN_DAY_OF_1970) * i128::from(DAY_NS) + ns;
    timestamp(ns, false, value.to_seconds(), into);
}

pub fn float(value: &f32, _: Meaning, into: &mut Vec<u8>) {
    fraction(*value, f64::from(*value), into);
}

pub fn double(value: &f64, _: Meaning, into: &mut Vec<u8>) {
    fraction(*value, *value, into);
}

/// As Python writes it, and with it most programs that write CSV files: so the row's hash is the same in both formats.
fn fraction(shortest: impl Display + Debug + LowerExp, value: f64, into: &mut Vec<u8>) {
    let scientific = format!("{shortest:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) => {
            let (sign, exponent) = exponent
                .strip_prefix('-')
                .map_or(('+', exponent), |exponent| ('-', exponent));
            print(into, format_args!("{digits}e{sign}{exponent:0>2}"));
        }
        // Without a point only where there is none to write.
        Some(_) if value.fract() == 0.0 => print(into, format_args!("{shortest}.0")),
        Some(_) => print(into, format_args!("{shortest}")),
        None => print(into, format_args!("{shortest:?}")),
    }
}

pub fn bytes(value: &[u8], meaning: Meaning, into: &mut Vec<u8>) {
    match (meaning, value.len()) {
        (Meaning::Decimal { scale }, 1..=16) => decimal(big_endian(value), scale, into),
        (Meaning::Float16, 2) => {
            float(&half(u16::from_le_bytes([value[0], value[1]])), meaning, into);
        }
        (Meaning::Uuid, 16) => {
            let digits = hex::encode(value);
            let parts = [
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..],
            ];
            into.extend_from_slice(parts.join("-").as_bytes());
        }
        _ => into.extend_from_slice(value),
    }
}

fn timestamp(ns: i128, utc: bool, value: i64, into: &mut Vec<u8>) {
    // With a space, as most programs write it into a CSV file.
    let text = at(ns).map(|at| format!("{} {}", at.date(), at.time()));
    written(text, value, if utc { "Z" } else { "" }, into);
}

/// So many nanoseconds after 1970.
fn at(ns: i128) -> Option<DateTime> {
    let at = Timestamp::from_nanosecond(ns).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}

fn written(text: Option<impl Display>, value: i64, end: &str, into: &mut Vec<u8>) {
    match text {
        Some(text) => print(into, format_args!("{text}{end}")),
        // Beyond every calendar the number itself says most, and the row is judged by it.
        None => print(into, format_args!("{value}")),
    }
}

fn big_endian(value: &[u8]) -> i128 {
    let sign = if value.first().is_some_and(|byte| byte & 0x80 != 0) {
        -1
    } else {
        0
    };
    value.iter().fold(sign, |number, byte| number << 8 | i128::from(*byte))
}

fn decimal(unscaled: i128, scale: usize, into: &mut Vec<u8>) {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale > 0 { "." } else { "" };
    print(into, format_args!("{sign}{whole}{point}{fraction}"));
}

/// Half a float: a sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * (-24_f32).exp2(),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1024.0 + fraction) * ((exponent - 25) as f32).exp2(),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}
