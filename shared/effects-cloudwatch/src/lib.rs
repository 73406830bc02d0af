//! CloudWatch: metrics of ours, and the alarms that watch them.

use anyhow::Context;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{AlarmType, Dimension, MetricDatum, StandardUnit, Statistic};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use windsock_events::status::AlarmValue;

/// CloudWatch's limit per call.
const METRICS_PER_CALL_MAX: usize = 1000;
/// Width of the periods that `last_datapoint` asks for, in seconds.
const PERIOD_S: i32 = 3600;
/// CloudWatch gives at most 1,440 datapoints per call.
const DATAPOINTS_MAX: i64 = 1440;

#[derive(Debug, Clone)]
pub struct CloudWatch {
    client: aws_sdk_cloudwatch::Client,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: String,
    /// Name and value.
    pub dimensions: Vec<(String, String)>,
    pub value: f64,
    /// A StandardUnit of CloudWatch, e.g. `None` or `Count`.
    pub unit: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub name: String,
    pub state: AlarmValue,
    pub state_updated_at: Timestamp,
    pub reason: String,
    /// None of an alarm that compares with something else than a number.
    pub threshold: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Datapoint {
    pub at: Timestamp,
    pub maximum: f64,
}

impl CloudWatch {
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_cloudwatch::Client::new(aws),
        }
    }

    /// Points carry no time: CloudWatch stamps them on arrival, and points dated back appear late.
    pub async fn put_metrics(&self, namespace: &str, metrics: &[Metric]) -> anyhow::Result<()> {
        for metrics in metrics.chunks(METRICS_PER_CALL_MAX) {
            let datums = metrics.iter().map(datum).collect();
            let put = self
                .client
                .put_metric_data()
                .namespace(namespace)
                .set_metric_data(Some(datums));
            let put = put.send().await;
            put.with_context(|| format!("put {} metrics into `{namespace}`", metrics.len()))?;
        }
        Ok(())
    }

    /// Metric alarms whose names begin with the prefix.
    pub async fn describe_alarms(&self, prefix: &str) -> anyhow::Result<Vec<Alarm>> {
        let mut alarms = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.describe_alarms().alarm_name_prefix(prefix);
            let request = request.alarm_types(AlarmType::MetricAlarm).max_records(100);
            let page = request.set_next_token(token).send().await;
            let page = page.with_context(|| format!("describe alarms `{prefix}*`"))?;
            for alarm in page.metric_alarms() {
                alarms.push(described(alarm).with_context(|| format!("describe alarms `{prefix}*`"))?);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(alarms);
            }
        }
    }

    /// The newest hourly maximum of a metric of one project in (since, now]; None when there was none.
    pub async fn last_datapoint(
        &self,
        namespace: &str,
        metric: &str,
        project: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<Option<Datapoint>> {
        let oldest_s = now.as_second() - DATAPOINTS_MAX * i64::from(PERIOD_S);
        let dimension = Dimension::builder().name("Project").value(project).build();
        let request = self
            .client
            .get_metric_statistics()
            .namespace(namespace)
            .metric_name(metric);
        let request = request
            .dimensions(dimension)
            .statistics(Statistic::Maximum)
            .period(PERIOD_S);
        let request = request
            .start_time(DateTime::from_secs(since.as_second().max(oldest_s)))
            .end_time(DateTime::from_secs(now.as_second() + 1));
        let answer = request.send().await;
        let answer = answer.with_context(|| format!("get statistics of `{metric}` of project `{project}`"))?;
        let mut newest: Option<Datapoint> = None;
        for point in answer.datapoints() {
            let (Some(at), Some(maximum)) = (point.timestamp(), point.maximum()) else {
                continue;
            };
            let at = windsock_effects::timestamp(at)?;
            if newest.as_ref().is_none_or(|newest| newest.at < at) {
                newest = Some(Datapoint { at, maximum });
            }
        }
        Ok(newest)
    }
}

fn datum(metric: &Metric) -> MetricDatum {
    let dimensions = metric.dimensions.iter();
    let dimensions = dimensions.map(|(name, value)| Dimension::builder().name(name).value(value).build());
    MetricDatum::builder()
        .metric_name(&metric.name)
        .set_dimensions(Some(dimensions.collect()))
        .value(metric.value)
        .unit(StandardUnit::from(metric.unit.as_str()))
        .build()
}

fn described(alarm: &aws_sdk_cloudwatch::types::MetricAlarm) -> anyhow::Result<Alarm> {
    let name = alarm.alarm_name().context("an alarm has no name")?;
    let state = alarm
        .state_value()
        .with_context(|| format!("alarm `{name}` has no state"))?;
    let updated = alarm
        .state_updated_timestamp()
        .with_context(|| format!("alarm `{name}` has no state time"))?;
    Ok(Alarm {
        name: name.to_owned(),
        state: state.as_str().into(),
        state_updated_at: windsock_effects::timestamp(updated)?,
        reason: alarm.state_reason().unwrap_or_default().to_owned(),
        threshold: alarm.threshold(),
    })
}
