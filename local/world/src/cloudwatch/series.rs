//! One metric's numbers, and their statistics over periods.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{MINUTE, invalid, missing};
use crate::{ApiError, Millis, input::Members};

/// What tells one metric from another: every set of dimensions is a metric of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
}

/// Numbers of one minute, folded as they arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Folded {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Series {
    /// By the minute's start.
    minutes: BTreeMap<Millis, Folded>,
    pub(super) unit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

const DIMENSIONS_MAX: usize = 30;

impl Metric {
    pub(super) fn read(namespace: &str, members: Members) -> Result<Self, ApiError> {
        check_namespace(namespace)?;
        let name = members.required("MetricName").map_err(|_| missing("MetricName"))?;
        check_name("MetricName", name, 255)?;
        Ok(Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions: read_dimensions(members)?,
        })
    }

    /// The dimensions as the API lists them.
    pub(super) fn shown_dimensions(&self) -> Value {
        let dimensions = self
            .dimensions
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }));
        Value::Array(dimensions.collect())
    }
}

fn read_dimensions(members: Members) -> Result<BTreeMap<String, String>, ApiError> {
    let listed = members.list("Dimensions")?;
    if listed.len() > DIMENSIONS_MAX {
        return Err(invalid(format!(
            "The collection MetricData.member.Dimensions must not have a size greater than {DIMENSIONS_MAX}."
        )));
    }
    let mut dimensions = BTreeMap::new();
    for dimension in listed {
        let dimension = Members::of(dimension);
        let (name, value) = (dimension.required("Name")?, dimension.required("Value")?);
        check_name("Dimensions.Name", name, 255)?;
        check_name("Dimensions.Value", value, 1024)?;
        if dimensions.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("No duplicate dimension names allowed: {name}")));
        }
    }
    Ok(dimensions)
}

pub(super) fn check_namespace(namespace: &str) -> Result<(), ApiError> {
    check_name("Namespace", namespace, 255)?;
    if namespace.starts_with(':') {
        return Err(invalid(
            "The value for parameter Namespace is invalid: it must not begin with a colon.",
        ));
    }
    Ok(())
}

fn check_name(what: &str, name: &str, chars_max: usize) -> Result<(), ApiError> {
    let printable = name.bytes().all(|b| (b' '..=b'~').contains(&b));
    if name.trim().is_empty() || name.len() > chars_max || !printable {
        return Err(invalid(format!(
            "The value {name:?} for parameter {what} must have 1 to {chars_max} ASCII characters."
        )));
    }
    Ok(())
}

impl Series {
    pub(super) fn add(&mut self, at: Millis, numbers: Folded) {
        let minute = at.div_euclid(MINUTE) * MINUTE;
        self.minutes
            .entry(minute)
            .and_modify(|old| old.fold(numbers))
            .or_insert(numbers);
    }

    /// The minutes after a time that hold numbers already.
    pub(super) fn ahead(&self, now: Millis) -> Vec<Millis> {
        self.minutes.range(now + 1..).map(|(minute, _)| *minute).collect()
    }

    /// The periods of `[from, until)` that hold numbers, with their starts.
    pub(super) fn periods(&self, from: Millis, until: Millis, period: Millis) -> Vec<(Millis, Folded)> {
        let mut periods: BTreeMap<Millis, Folded> = BTreeMap::new();
        for (minute, numbers) in self.minutes.range(from..until.max(from)) {
            let start = minute.div_euclid(period) * period;
            periods
                .entry(start)
                .and_modify(|old| old.fold(*numbers))
                .or_insert(*numbers);
        }
        periods.into_iter().collect()
    }
}

impl Folded {
    /// A value that was seen `count` times.
    pub(super) fn of(value: f64, count: f64) -> Self {
        Self {
            count,
            sum: value * count,
            least: value,
            greatest: value,
        }
    }

    pub(super) fn fold(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    pub(super) fn statistic(self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Average => self.sum / self.count,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.least,
            Statistic::Maximum => self.greatest,
        }
    }
}

impl Statistic {
    pub(super) fn read(name: &str) -> Result<Self, ApiError> {
        match name {
            "SampleCount" => Ok(Self::SampleCount),
            "Average" => Ok(Self::Average),
            "Sum" => Ok(Self::Sum),
            "Minimum" => Ok(Self::Minimum),
            "Maximum" => Ok(Self::Maximum),
            other => Err(invalid(format!("the statistic {other} is not part of this world"))),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SampleCount => "SampleCount",
            Self::Average => "Average",
            Self::Sum => "Sum",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
        }
    }
}
