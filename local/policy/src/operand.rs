//! One value of a condition, read once for its operator, and whether a value of the request satisfies it.

use std::{cmp::Ordering, net::IpAddr};

use serde_json::Value;

use crate::{Context, Malformed, Pattern, arn::ArnPattern, wildcard::Reading};

/// What an operator compares as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Text { like: bool, folded: bool },
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds(self, present: Ordering) -> bool {
        match self {
            Self::Equal => present.is_eq(),
            Self::Less => present.is_lt(),
            Self::LessOrEqual => present.is_le(),
            Self::Greater => present.is_gt(),
            Self::GreaterOrEqual => present.is_ge(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Text(Pattern),
    Arn(ArnPattern),
    Number(Order, f64),
    /// Seconds and nanoseconds since 1970.
    Date(Order, jiff::Timestamp),
    Bool(bool),
    /// Base64, as keys of this kind are written too.
    Binary(String),
    Address(IpAddr, u32),
    Null(bool),
}

impl Operand {
    /// Variables are for texts and ARNs alone.
    pub(crate) fn read(test: Test, value: &Value, variables: bool) -> Result<Self, Malformed> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => return Err(Malformed::new(format!("the condition's value {other} is no text"))),
        };
        let expected = |what: &str| Malformed::new(format!("the condition's value `{text}` is no {what}"));
        let flag = || match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(expected("`true` or `false`")),
        };
        match test {
            Test::Text { like, folded } => {
                let reading = Reading {
                    wildcards: like,
                    variables,
                    folded,
                };
                Pattern::read(&text, reading).map(Self::Text)
            }
            Test::Arn => {
                let reading = Reading {
                    wildcards: true,
                    variables,
                    folded: false,
                };
                ArnPattern::read(&text, reading).map(Self::Arn)
            }
            Test::Number(order) => {
                let number = number(&text).ok_or_else(|| expected("number"))?;
                Ok(Self::Number(order, number))
            }
            Test::Date(order) => {
                let time = time(&text).ok_or_else(|| expected("time such as 2026-11-27T00:00:00Z"))?;
                Ok(Self::Date(order, time))
            }
            Test::Bool => flag().map(Self::Bool),
            Test::Null => flag().map(Self::Null),
            Test::Binary => Ok(Self::Binary(text)),
            Test::Address => {
                let (address, prefix) =
                    range(&text).ok_or_else(|| expected("IP address or range such as 10.0.0.0/8"))?;
                Ok(Self::Address(address, prefix))
            }
        }
    }

    /// A value that cannot be read as what the operator compares satisfies nothing.
    pub(crate) fn accepts(&self, present: &str, context: &Context) -> bool {
        match self {
            Self::Text(pattern) => pattern.matches(present, context),
            Self::Arn(pattern) => pattern.matches(present, context),
            Self::Number(order, wanted) => number(present)
                .and_then(|present| present.partial_cmp(wanted))
                .is_some_and(|present| order.holds(present)),
            Self::Date(order, wanted) => time(present).is_some_and(|present| order.holds(present.cmp(wanted))),
            Self::Bool(wanted) => present.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
            Self::Binary(wanted) => wanted == present,
            Self::Address(network, prefix) => present
                .parse()
                .is_ok_and(|present: IpAddr| is_in(present, *network, *prefix)),
            // Whether the key is there is asked before any value is.
            Self::Null(_) => false,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A time of ISO 8601, a day of it, or seconds since 1970.
fn time(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(seconds) = text.parse() {
        return jiff::Timestamp::from_second(seconds).ok();
    }
    let day = || format!("{text}T00:00:00Z").parse().ok();
    text.parse().ok().or_else(day)
}

fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(longest);
    (prefix <= longest).then_some((address, prefix))
}

fn is_in(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    let differing = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => u128::from(one.to_bits() ^ other.to_bits()) << 96,
        (IpAddr::V6(one), IpAddr::V6(other)) => one.to_bits() ^ other.to_bits(),
        _ => return false,
    };
    differing.leading_zeros() >= prefix
}
