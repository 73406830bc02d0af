//! PutMetricData: what CloudWatch takes and what it refuses.

use serde_json::{Value, json};

use super::{
    invalid, missing,
    series::{Folded, Metric, check_namespace},
};
use crate::{
    ApiError, Millis, Record, World,
    input::{Members, time_of},
};

const METRICS_MAX: usize = 1000;
/// Unique values of one metric in one call.
const VALUES_MAX: usize = 150;
const AGE_MAX: Millis = 14 * 24 * 3_600_000;
const AHEAD_MAX: Millis = 2 * 3_600_000;
const DATUM_MEMBERS: [&str; 9] = [
    "MetricName",
    "Dimensions",
    "Timestamp",
    "Value",
    "StatisticValues",
    "Values",
    "Counts",
    "Unit",
    "StorageResolution",
];

struct Datum {
    metric: Metric,
    at: Millis,
    numbers: Folded,
    unit: Option<String>,
}

impl World {
    /// All or nothing: one refused number refuses the call.
    pub(super) fn put_metric_data(&mut self, members: Members) -> Result<Value, ApiError> {
        let namespace = members.required("Namespace").map_err(|_| missing("Namespace"))?;
        check_namespace(namespace)?;
        if namespace.starts_with("AWS/") {
            return Err(invalid("The value AWS/ for parameter Namespace is invalid."));
        }
        let listed = members.list("MetricData")?;
        if listed.is_empty() {
            return Err(missing("MetricData"));
        }
        if listed.len() > METRICS_MAX {
            return Err(invalid(format!(
                "The collection MetricData must not have a size greater than {METRICS_MAX}."
            )));
        }
        let data = listed.iter().map(|datum| read(namespace, Members::of(datum), self.now));
        for datum in data.collect::<Result<Vec<_>, _>>()? {
            self.add_datum(datum);
        }
        Ok(json!({}))
    }

    fn add_datum(&mut self, datum: Datum) {
        self.journal(Record::Metric {
            namespace: datum.metric.namespace.clone(),
            name: datum.metric.name.clone(),
            dimensions: json!(datum.metric.dimensions),
            value: datum.numbers.sum / datum.numbers.count,
        });
        self.add_numbers(datum.metric, datum.at, datum.numbers, datum.unit);
    }

    /// Add to a metric and let the alarms on it look.
    pub(super) fn add_numbers(&mut self, metric: Metric, at: Millis, numbers: Folded, unit: Option<String>) {
        let series = self.cloudwatch.metrics.entry(metric.clone()).or_default();
        series.add(at, numbers);
        series.unit = unit.or(series.unit.take());
        let alarms = self.cloudwatch.alarms.values().filter(|alarm| alarm.metric == metric);
        let names: Vec<String> = alarms.map(|alarm| alarm.name.clone()).collect();
        for name in names {
            self.evaluate_alarm(&name);
        }
    }
}

fn read(namespace: &str, datum: Members, now: Millis) -> Result<Datum, ApiError> {
    let datum = datum.only(&DATUM_MEMBERS)?;
    let metric = Metric::read(namespace, datum)?;
    let at = match datum.get("Timestamp") {
        None => now,
        Some(value) => time_of(value).ok_or_else(|| invalid(format!("Timestamp is no time: {value}")))?,
    };
    if at < now - AGE_MAX || at > now + AHEAD_MAX {
        return Err(invalid(format!(
            "The parameter MetricData.member.Timestamp must specify a time within the past two weeks and the next two \
             hours: {}",
            crate::input::rfc3339(at)
        )));
    }
    let unit = datum.text("Unit")?.map(str::to_owned);
    Ok(Datum {
        numbers: numbers(datum)?,
        metric,
        at,
        unit,
    })
}

fn numbers(datum: Members) -> Result<Folded, ApiError> {
    let given = ["Value", "Values", "StatisticValues"]
        .iter()
        .filter(|member| datum.get(member).is_some())
        .count();
    if given != 1 {
        let message = "At least one, and only one, of the parameters Value, Values, StatisticValues must be specified.";
        return Err(ApiError::new(400, "InvalidParameterCombination", message));
    }
    if let Some(value) = datum.get("Value") {
        return finite("Value", value).map(|value| Folded::of(value, 1.0));
    }
    if let Some(set) = datum.get("StatisticValues") {
        let member = |name: &str| finite(name, set.get(name).unwrap_or(&Value::Null));
        let (count, sum) = (member("SampleCount")?, member("Sum")?);
        if count <= 0.0 {
            return Err(invalid("StatisticValues.SampleCount must be greater than 0"));
        }
        return Ok(Folded {
            count,
            sum,
            least: member("Minimum")?,
            greatest: member("Maximum")?,
        });
    }
    let (values, counts) = (datum.list("Values")?, datum.list("Counts")?);
    if values.is_empty() || values.len() > VALUES_MAX {
        return Err(invalid(format!(
            "Values must have 1 to {VALUES_MAX} members, not {}",
            values.len()
        )));
    }
    if !counts.is_empty() && counts.len() != values.len() {
        return Err(invalid("The number of Values and of Counts must be the same"));
    }
    let mut folded: Option<Folded> = None;
    for (place, value) in values.iter().enumerate() {
        let count = counts.get(place).map_or(Ok(1.0), |count| finite("Counts", count))?;
        let one = Folded::of(finite("Values", value)?, count);
        match &mut folded {
            Some(folded) => folded.fold(one),
            None => folded = Some(one),
        }
    }
    folded
        .filter(|folded| folded.count > 0.0)
        .ok_or_else(|| invalid("Counts must not all be 0"))
}

/// NaN and infinities come as text (or as null, where JSON lost them), and are refused like too large a number.
fn finite(member: &str, value: &Value) -> Result<f64, ApiError> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let largest = 2f64.powi(360);
    number
        .filter(|number| number.is_finite() && number.abs() <= largest)
        .ok_or_else(|| {
            invalid(format!(
                "The value {value} for parameter MetricData.member.{member} is invalid: it must be a finite number."
            ))
        })
}
