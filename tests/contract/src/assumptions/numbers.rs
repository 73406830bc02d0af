//! CloudWatch's metrics: which numbers it takes.

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};

use crate::{
    assumption::{Assumption, Outcome, Service::CloudWatch, Source::Documented, Trouble, expect, refused},
    bench::{Bench, PREFIX},
};

const PAGE: &str = "CloudWatch API Reference, MetricDatum";
/// Refusals of a parameter, in their two spellings.
const INVALID: [&str; 2] = ["InvalidParameterValue", "InvalidParameterValueException"];

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "cloudwatch/finite",
        service: CloudWatch,
        says: "PutMetricData refuses NaN and both infinities with InvalidParameterValue.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(finite(bench)),
    },
    Assumption {
        name: "cloudwatch/range",
        service: CloudWatch,
        says: "PutMetricData refuses 2^361 with InvalidParameterValue, and takes 2^360.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(range(bench)),
    },
    Assumption {
        name: "cloudwatch/old-points",
        service: CloudWatch,
        says: "PutMetricData refuses a point that is more than two weeks old.",
        source: Documented("CloudWatch API Reference, PutMetricData"),
        trial: |bench| Box::pin(old_points(bench)),
    },
];

/// One point of a run's own metric.
pub fn point(bench: &Bench, value: f64) -> Result<MetricDatum, Trouble> {
    let run = Dimension::builder().name("Run").value(&bench.prefix).build();
    Ok(MetricDatum::builder()
        .metric_name("Score")
        .dimensions(run)
        .value(value)
        .build())
}

/// How it was refused.
async fn refused_value(bench: &Bench, value: f64) -> Result<String, Trouble> {
    let datum = MetricDatum::builder().metric_name("Refused").value(value).build();
    let answer = bench
        .cloudwatch
        .put_metric_data()
        .namespace(PREFIX)
        .metric_data(datum)
        .send()
        .await;
    expect(answer.is_err(), || format!("{value:e} was accepted"))?;
    Ok(refused(answer, &INVALID)?.remark())
}

async fn finite(bench: &Bench) -> Outcome {
    let mut remark = String::new();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        remark = refused_value(bench, value).await?;
    }
    Ok(remark)
}

async fn range(bench: &Bench) -> Outcome {
    let datum = MetricDatum::builder()
        .metric_name("Taken")
        .value(2f64.powi(360))
        .build();
    let put = bench.cloudwatch.put_metric_data().namespace(PREFIX).metric_data(datum);
    put.send().await?;
    refused_value(bench, 2f64.powi(361)).await
}

async fn old_points(bench: &Bench) -> Outcome {
    let now = std::time::SystemTime::now();
    let old = now.checked_sub(std::time::Duration::from_secs(15 * 24 * 3600));
    let old = old.ok_or_else(|| Trouble::DoesNotHold("this machine's clock is at its beginning".into()))?;
    let datum = MetricDatum::builder()
        .metric_name("Refused")
        .value(1.0)
        .timestamp(old.into())
        .build();
    let answer = bench
        .cloudwatch
        .put_metric_data()
        .namespace(PREFIX)
        .metric_data(datum)
        .send()
        .await;
    Ok(refused(answer, &INVALID)?.remark())
}
