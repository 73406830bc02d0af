//! Event patterns: whether an event is one that a rule asked for.
//!
//! All of EventBridge's operators; an operator that is none of them is refused by name when the pattern is read, never
//! ignored. SNS filter policies over message attributes are read by the same code.

mod parse;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod table;
mod text;

use std::net::IpAddr;

use serde_json::{Number, Value};

use text::TextTest;

/// A pattern that was read without complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    root: Node,
}

/// Every field and, for every `$or`, one of its alternatives must match.
#[derive(Debug, Clone, PartialEq, Default)]
struct Node {
    fields: Vec<(String, Field)>,
    alternatives: Vec<Vec<Node>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Object(Node),
    /// One of the conditions must hold for one of the values.
    Leaf(Vec<Condition>),
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Literal(Value),
    Text(TextTest),
    AnythingBut(Vec<Excluded>),
    Numeric(Vec<(Comparison, f64)>),
    Exists(bool),
    Cidr { network: IpAddr, bits: u32 },
}

#[derive(Debug, Clone, PartialEq)]
enum Excluded {
    Literal(Value),
    Text(TextTest),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Numeric matching works between these bounds; other numbers match no range.
const NUMERIC_MAX: f64 = 5.0e9;

impl Pattern {
    /// Read a pattern, or say what is wrong with it.
    pub fn parse(pattern: &Value) -> Result<Self, String> {
        parse::pattern(pattern)
            .map(|root| Self { root })
            .map_err(|why| one_line(&why))
    }

    pub fn parse_text(pattern: &str) -> Result<Self, String> {
        let pattern = serde_json::from_str(pattern).map_err(|error| one_line(&format!("not JSON: {error}")))?;
        Self::parse(&pattern)
    }

    pub fn matches(&self, event: &Value) -> bool {
        self.root.matches(
            event,
            &Here {
                event,
                path: Vec::new(),
            },
        )
    }
}

/// What a pattern says may be anything; what we say about it is one line that a terminal can show.
fn one_line(why: &str) -> String {
    const CHARS_MAX: usize = 500;
    let plain = |c: char| match c {
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    why.chars().take(CHARS_MAX).map(plain).collect()
}

/// Where in the event we are: absence is a matter of the whole event, also for fields of objects in arrays.
struct Here<'a> {
    event: &'a Value,
    path: Vec<&'a str>,
}

impl<'a> Here<'a> {
    fn below(&self, field: &'a str) -> Here<'a> {
        let mut path = self.path.clone();
        path.push(field);
        Here {
            event: self.event,
            path,
        }
    }

    fn has_leaf(&self) -> bool {
        fn any_leaf(value: &Value, path: &[&str]) -> bool {
            match (value, path) {
                (Value::Array(items), _) => items.iter().any(|item| any_leaf(item, path)),
                (Value::Object(fields), [first, rest @ ..]) => {
                    fields.get(*first).is_some_and(|value| any_leaf(value, rest))
                }
                (Value::Object(_), []) => false,
                (_, rest) => rest.is_empty(),
            }
        }
        any_leaf(self.event, &self.path)
    }
}

impl Node {
    /// In an array of objects, one and the same object must match all the fields.
    fn matches<'a>(&'a self, value: &'a Value, here: &Here<'a>) -> bool {
        if let Value::Array(items) = value {
            return items.iter().any(|item| self.matches(item, here));
        }
        let fields = self.fields.iter().all(|(name, field)| {
            let here = here.below(name);
            let value = value.get(name.as_str());
            match field {
                Field::Object(node) => node.matches(value.unwrap_or(&Value::Null), &here),
                Field::Leaf(conditions) => conditions.iter().any(|condition| condition.holds(value, &here)),
            }
        });
        fields
            && self
                .alternatives
                .iter()
                .all(|nodes| nodes.iter().any(|node| node.matches(value, here)))
    }
}

impl Condition {
    fn holds(&self, value: Option<&Value>, here: &Here) -> bool {
        match self {
            Self::Exists(false) => !here.has_leaf(),
            _ => value.is_some_and(|value| self.holds_for(value)),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        if let Value::Array(items) = value {
            return items.iter().any(|item| self.holds_for(item));
        }
        if value.is_object() {
            return false;
        }
        match self {
            Self::Exists(wanted) => *wanted,
            Self::Literal(literal) => literal == value,
            Self::Text(test) => value.as_str().is_some_and(|text| test.holds(text)),
            Self::AnythingBut(excluded) => !excluded.iter().any(|excluded| excluded.is(value)),
            Self::Numeric(bounds) => value.as_number().and_then(Number::as_f64).is_some_and(|number| {
                number.abs() <= NUMERIC_MAX
                    && bounds
                        .iter()
                        .all(|(comparison, bound)| comparison.holds(number, *bound))
            }),
            Self::Cidr { network, bits } => {
                let address = value.as_str().and_then(|text| text.parse().ok());
                address.is_some_and(|address| same_network(*network, address, *bits))
            }
        }
    }
}

impl Excluded {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Literal(literal) => literal == value,
            Self::Text(test) => value.as_str().is_some_and(|text| test.holds(text)),
        }
    }
}

impl Comparison {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Equal => number == bound,
            Self::Less => number < bound,
            Self::AtMost => number <= bound,
            Self::Greater => number > bound,
            Self::AtLeast => number >= bound,
        }
    }
}

fn same_network(network: IpAddr, address: IpAddr, bits: u32) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits() ^ address.to_bits())
                .checked_shr(32 - bits)
                .unwrap_or(0)
                == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits())
                .checked_shr(128 - bits)
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}
