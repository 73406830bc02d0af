//! The alarm as it stands now, the newest incident, the report that shows the drift, and what there is to learn.

use jiff::Timestamp;
use windsock_decisions::{
    Project, layout,
    respond_to_drift::Observed,
    state::{DriftReport, Incident, Verdict},
};
use windsock_effects_s3::waiting;
use windsock_events::{facts::PipelineKind, status::AlarmValue};

use crate::Aws;

/// Incidents of one project that are listed; the names sort by time.
const INCIDENTS_MAX: usize = 100_000;
/// Newest inference runs searched for the report that drifts.
const REPORTS_MAX: usize = 20;

pub async fn observe(aws: &Aws, project: &str, now: Timestamp) -> anyhow::Result<Observed> {
    let newest = waiting::newest_run(&aws.work, PipelineKind::Training, project).await?;
    let arrivals = waiting::waiting(&aws.data, PipelineKind::Training, project, newest.as_ref()).await?;
    Ok(Observed {
        project: aws
            .work
            .get_json::<Project>(&layout::project_json(project))
            .await?
            .map(|(project, _)| project),
        now,
        alarm: alarm(aws, project).await?,
        last: newest_incident(aws, project).await?,
        report: newest_drift(aws, project).await?,
        new_arrivals: arrivals.len(),
    })
}

async fn alarm(aws: &Aws, project: &str) -> anyhow::Result<Option<(AlarmValue, Timestamp)>> {
    let name = layout::alarm_name(&aws.config.name_prefix, project);
    let alarms = aws.cloudwatch.describe_alarms(&name).await?;
    let alarm = alarms.into_iter().find(|alarm| alarm.name == name);
    Ok(alarm.map(|alarm| (alarm.state, alarm.state_updated_at)))
}

async fn newest_incident(aws: &Aws, project: &str) -> anyhow::Result<Option<(Incident, String)>> {
    let listing = aws.work.list(&layout::incidents(project), INCIDENTS_MAX).await?;
    match listing.objects.last() {
        Some(newest) => aws.work.get_json::<Incident>(&newest.key).await,
        None => Ok(None),
    }
}

async fn newest_drift(aws: &Aws, project: &str) -> anyhow::Result<Option<(String, DriftReport)>> {
    let slots = waiting::started_slots(&aws.work, PipelineKind::Inference, project).await?;
    for slot in slots.into_iter().take(REPORTS_MAX) {
        let report = aws
            .work
            .get_json::<DriftReport>(&layout::drift_report(project, &slot))
            .await?;
        if let Some((report, _)) = report.filter(|(report, _)| report.verdict == Verdict::Drift) {
            return Ok(Some((slot, report)));
        }
    }
    Ok(None)
}
