//! publish-drift: which numbers does this report hold?
//!
//! Wakes on the monitor's drift.json, on an inference run's end and on the sweep's hint. It puts metrics, always, zero
//! included, and a marker so that a report delivered again, or late, is not published as news.

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use tracing::info;
use windsock_decisions::{
    Plan, Project, Reason, layout,
    publish_drift::{self, Action, Observed, Row},
    state::{DriftReport, FORMAT},
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_cloudwatch::{CloudWatch, Metric};
use windsock_effects_s3::Store;
use windsock_events::{Event, Fact, facts::PipelineKind};

/// Runs that one hint of the sweep may look through; the next hint finds the rest.
const RUNS_MAX: usize = 2000;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub store: Store,
    pub cloudwatch: CloudWatch,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        let store = Store::new(aws, &config.work_bucket);
        Self {
            config,
            store,
            cloudwatch: CloudWatch::new(aws),
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let event = Event::from_value(&event).context("read the event")?;
    let reports = reports(aws, &event).await?;
    if reports.is_empty() {
        let plan = Plan::<Action>::StandDown(Reason::NotOurs);
        log_plan("publish-drift", "-", &plan);
        return Ok(plans(&[("-".to_owned(), plan)]));
    }
    let mut told = Vec::new();
    for (project, slot) in reports {
        let observed = observe(aws, &project, &slot)
            .await
            .with_context(|| format!("observe report {slot} of {project}"))?;
        let plan = publish_drift::decide(&observed);
        log_plan("publish-drift", &project, &plan);
        perform(aws, &project, &plan, now).await?;
        told.push((project, plan));
    }
    Ok(plans(&told))
}

/// The reports that an event is about, as (project, inference slot).
async fn reports(aws: &Aws, event: &Event) -> anyhow::Result<Vec<(String, String)>> {
    match event {
        Event::ObjectCreated(created) if created.bucket == aws.config.work_bucket => {
            Ok(report_of_key(&created.key).into_iter().collect())
        }
        Event::ExecutionStatus(status) => {
            let ours = layout::parse_pipeline(&aws.config.name_prefix, &status.pipeline_arn);
            let slot = status.display_name.as_deref().and_then(layout::parse_display_name);
            Ok(match (ours, slot) {
                (Some((project, PipelineKind::Inference)), Some(slot)) => vec![(project.to_owned(), slot.to_owned())],
                _ => Vec::new(),
            })
        }
        Event::Fact(Fact::HintDue { project, .. }) => {
            let slots = aws
                .store
                .list_folders(&layout::runs(PipelineKind::Inference, project))
                .await?;
            Ok(slots
                .into_iter()
                .take(RUNS_MAX)
                .map(|slot| (project.clone(), slot))
                .collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// `jobs/<project>/<slot>/monitor/drift.json`.
fn report_of_key(key: &str) -> Option<(String, String)> {
    let mut parts = key.strip_prefix("jobs/")?.split('/');
    let (project, slot) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    (layout::drift_report(&project, &slot) == key).then_some((project, slot))
}

async fn observe(aws: &Aws, project: &str, slot: &str) -> anyhow::Result<Observed> {
    let published = aws.store.exists(&layout::published(project, slot)).await?;
    let report = if published {
        None
    } else {
        aws.store
            .get_json::<DriftReport>(&layout::drift_report(project, slot))
            .await?
            .map(|(report, _)| report)
    };
    Ok(Observed {
        project: aws
            .store
            .get_json::<Project>(&layout::project_json(project))
            .await?
            .map(|(project, _)| project),
        slot: slot.to_owned(),
        report,
        published,
    })
}

async fn perform(aws: &Aws, project: &str, plan: &Plan<Action>, now: Timestamp) -> anyhow::Result<()> {
    let Plan::Act(actions) = plan else { return Ok(()) };
    for Action::Publish { slot, metrics, row } in actions {
        let metrics: Vec<Metric> = metrics
            .iter()
            .map(|metric| {
                let mut dimensions = vec![("Project".to_owned(), project.to_owned())];
                dimensions.extend(
                    metric
                        .feature
                        .iter()
                        .map(|feature| ("Feature".to_owned(), feature.clone())),
                );
                Metric {
                    name: metric.name.to_owned(),
                    dimensions,
                    value: metric.value,
                    unit: "None".to_owned(),
                }
            })
            .collect();
        aws.cloudwatch.put_metrics(layout::NAMESPACE, &metrics).await?;
        log_report(project, row);
        let marker = serde_json::json!({ "format": FORMAT, "slot": slot, "published_at": now });
        // Somebody else's marker is as good as ours.
        aws.store.put_new(&layout::published(project, slot), &marker).await?;
    }
    Ok(())
}

/// A row of the dashboard's table of batches.
fn log_report(project: &str, row: &Row) {
    let Row { verdict, rows, .. } = row;
    info!(
        event = "report",
        function = "publish-drift",
        project,
        verdict,
        score = row.score,
        column = row.column,
        distance = row.distance,
        threshold = row.threshold,
        rows,
        "publish-drift: {verdict} in {rows} rows of {project}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_monitor_report_is_a_report() {
        let key = layout::drift_report("flight-delay", "abc");
        assert_eq!(report_of_key(&key), Some(("flight-delay".to_owned(), "abc".to_owned())));
        assert_eq!(report_of_key("jobs/flight-delay/abc/monitor/statistics.json"), None);
        assert_eq!(report_of_key("jobs/flight-delay/abc/x/monitor/drift.json"), None);
        assert_eq!(report_of_key("state/flight-delay/abc/monitor/drift.json"), None);
    }
}
