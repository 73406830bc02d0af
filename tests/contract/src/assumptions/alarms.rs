//! CloudWatch's alarms: what they do when no numbers come.

use std::time::Duration;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, StateValue, Statistic};

use crate::{
    assumption::{Assumption, Outcome, Service::CloudWatch, Source::Documented, Trouble, expect},
    assumptions::numbers::point,
    bench::{Bench, PREFIX},
    made::Made,
};

/// CloudWatch's shortest for a metric of normal resolution.
const PERIOD_S: i32 = 60;
/// The number's own period, a whole silent one, and what an evaluation may take.
const SILENCE: Duration = Duration::from_secs(130);

pub const ALL: &[Assumption] = &[Assumption {
    name: "cloudwatch/ignore-missing",
    service: CloudWatch,
    says: "An alarm with TreatMissingData=ignore keeps its state when a period passes without a number.",
    source: Documented("CloudWatch User Guide, configuring how alarms treat missing data"),
    trial: |bench| Box::pin(ignore_missing(bench)),
}];

async fn ignore_missing(bench: &Bench) -> Outcome {
    let name = bench.name();
    bench.will_make(Made::Alarm(name.clone()));
    let alarm = bench
        .cloudwatch
        .put_metric_alarm()
        .alarm_name(&name)
        .namespace(PREFIX)
        .metric_name("Score");
    let run = Dimension::builder().name("Run").value(&bench.prefix).build();
    let alarm = alarm
        .dimensions(run)
        .statistic(Statistic::Maximum)
        .period(PERIOD_S)
        .evaluation_periods(1);
    let alarm = alarm
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .threshold(1.0);
    alarm.treat_missing_data("ignore").send().await?;
    let put = bench
        .cloudwatch
        .put_metric_data()
        .namespace(PREFIX)
        .metric_data(point(bench, 2.0)?);
    put.send().await?;
    let alarmed = bench.see(|| async {
        let state = state(bench, &name).await?;
        Ok((state == StateValue::Alarm).then_some(()))
    });
    let Some((_, took)) = alarmed.await? else {
        return Err(Trouble::DoesNotHold(
            "a number above the threshold did not alarm".into(),
        ));
    };
    tokio::time::sleep(SILENCE).await;
    let state = state(bench, &name).await?;
    expect(state == StateValue::Alarm, || {
        format!("{state} after {} s of silence", SILENCE.as_secs())
    })?;
    Ok(format!(
        "ALARM after {:.1} s, and still after {} s",
        took.as_secs_f64(),
        SILENCE.as_secs()
    ))
}

async fn state(bench: &Bench, name: &str) -> Result<StateValue, Trouble> {
    let answer = bench.cloudwatch.describe_alarms().alarm_names(name).send().await?;
    let alarm = answer.metric_alarms().first();
    let state = alarm.and_then(|alarm| alarm.state_value()).cloned();
    state.ok_or_else(|| Trouble::DoesNotHold(format!("alarm {name} is not described")))
}
