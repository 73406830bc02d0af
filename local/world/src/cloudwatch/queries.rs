//! Reading metrics back.

use serde_json::{Value, json};

use super::{
    invalid,
    series::{Metric, Statistic},
};
use crate::{
    ApiError, Millis, World,
    input::{Members, seconds, time_of},
};

impl World {
    pub(super) fn list_metrics(&self, members: Members) -> Result<Value, ApiError> {
        let (namespace, name) = (members.text("Namespace")?, members.text("MetricName")?);
        let dimensions = members.list("Dimensions")?;
        let has = |metric: &Metric, wanted: &Value| {
            let value = wanted["Name"].as_str().and_then(|name| metric.dimensions.get(name));
            value.is_some_and(|value| wanted["Value"].as_str().is_none_or(|wanted| wanted == value))
        };
        let metrics = self.metrics().into_iter().filter(|metric| {
            namespace.is_none_or(|wanted| wanted == metric.namespace)
                && name.is_none_or(|wanted| wanted == metric.name)
                && dimensions.iter().all(|wanted| has(metric, wanted))
        });
        let shown = metrics.map(|metric| {
            json!({
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": metric.shown_dimensions(),
            })
        });
        Ok(json!({ "Metrics": shown.collect::<Vec<_>>() }))
    }

    pub(super) fn get_metric_statistics(&self, members: Members) -> Result<Value, ApiError> {
        let metric = Metric::read(members.required("Namespace")?, members)?;
        let (from, until) = (time(members, "StartTime")?, time(members, "EndTime")?);
        let period = period(members)?;
        let statistics = members.texts("Statistics")?;
        let statistics = statistics
            .iter()
            .map(|name| Statistic::read(name))
            .collect::<Result<Vec<_>, _>>()?;
        if statistics.is_empty() {
            return Err(invalid(
                "At least one of Statistics must be given; ExtendedStatistics are not part of this world",
            ));
        }
        let numbers = self.numbers(&metric, from);
        let points = numbers.periods(from, until, period, self.now).into_iter();
        let points = points.map(|(start, folded)| {
            let mut point = json!({ "Timestamp": seconds(start), "Unit": numbers.unit() });
            for statistic in &statistics {
                point[statistic.name()] = json!(folded.statistic(*statistic));
            }
            point
        });
        Ok(json!({ "Label": metric.name, "Datapoints": points.collect::<Vec<_>>() }))
    }

    pub(super) fn get_metric_data(&self, members: Members) -> Result<Value, ApiError> {
        let (from, until) = (time(members, "StartTime")?, time(members, "EndTime")?);
        let newest_first = members.text("ScanBy")?.unwrap_or("TimestampDescending") == "TimestampDescending";
        let mut results = Vec::new();
        for query in members.list("MetricDataQueries")? {
            let query = Members::of(query);
            if query.flag("ReturnData")?.unwrap_or(true) {
                results.push(self.answer_query(query, (from, until), newest_first)?);
            }
        }
        Ok(json!({ "MetricDataResults": results, "Messages": [] }))
    }

    fn answer_query(
        &self,
        query: Members,
        (from, until): (Millis, Millis),
        newest_first: bool,
    ) -> Result<Value, ApiError> {
        let Some(stat) = query.get("MetricStat").map(Members::of) else {
            return Err(invalid(
                "MetricDataQueries: only MetricStat is part of this world, not Expression",
            ));
        };
        let metric = stat
            .get("Metric")
            .map(Members::of)
            .ok_or_else(|| invalid("MetricStat.Metric is required"))?;
        let metric = Metric::read(metric.required("Namespace")?, metric)?;
        let statistic = Statistic::read(stat.required("Stat")?)?;
        let mut points = self
            .numbers(&metric, from)
            .periods(from, until, period(stat)?, self.now);
        if newest_first {
            points.reverse();
        }
        let values: Vec<_> = points.iter().map(|(_, numbers)| numbers.statistic(statistic)).collect();
        let timestamps: Vec<_> = points.iter().map(|(start, _)| seconds(*start)).collect();
        Ok(json!({
            "Id": query.required("Id")?,
            "Label": query.text("Label")?.unwrap_or(&metric.name),
            "Timestamps": timestamps,
            "Values": values,
            "StatusCode": "Complete",
        }))
    }
}

fn time(members: Members, member: &str) -> Result<Millis, ApiError> {
    let at = members.get(member).and_then(time_of);
    at.ok_or_else(|| invalid(format!("The parameter {member} is required, as a time.")))
}

/// A period in milliseconds: whole minutes.
pub(super) fn period(members: Members) -> Result<Millis, ApiError> {
    let seconds = members
        .number("Period")?
        .filter(|seconds| *seconds > 0 && seconds % 60 == 0);
    let seconds = seconds.ok_or_else(|| invalid("The parameter Period must be a multiple of 60 seconds."))?;
    Ok(seconds * 1000)
}
