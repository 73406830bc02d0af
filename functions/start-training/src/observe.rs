//! One project's training as it stands now.

use jiff::Timestamp;
use windsock_decisions::{
    Project, layout,
    runs::Arrivals,
    start_training::Observed,
    state::{ChampionRecord, ChampionVersion, Incident},
};
use windsock_effects_runs::{Hints, arrivals};
use windsock_events::facts::PipelineKind;

use crate::Aws;

/// Incidents of one project that are listed; their names sort by time.
const INCIDENTS_MAX: usize = 100_000;

/// S3 first: what is known of the project, and what has arrived.
pub async fn bucket(aws: &Aws, project: &str, hints: &Hints, now: Timestamp) -> anyhow::Result<Observed> {
    let mut observed = Observed {
        now,
        project: known(aws, project).await?,
        data_bucket: aws.config.data_bucket.clone(),
        work_bucket: aws.config.work_bucket.clone(),
        runs: None,
        arrivals: Arrivals::default(),
        incident: None,
        champion: None,
        tick: hints.tick,
    };
    if observed.project.is_some() {
        observed.arrivals = arrivals(&aws.data, PipelineKind::Training, project).await?;
    }
    Ok(observed)
}

/// The rest: what SageMaker says of the runs, and what a run of now would depend on.
pub async fn runs(aws: &Aws, project: &str, observed: &mut Observed) -> anyhow::Result<()> {
    // A frozen training run names a champion only to compare with: it may always be started.
    observed.runs = aws.chain(project).observe(async |_| Ok(false)).await?;
    if observed.runs.as_ref().is_some_and(|runs| runs.in_flight().is_none()) {
        // Once more: a list that is older than the newest run's would forget what that run accounts for.
        observed.arrivals = arrivals(&aws.data, PipelineKind::Training, project).await?;
        observed.incident = newest_incident(aws, project).await?;
        observed.champion = champion(aws, project).await?;
    }
    Ok(())
}

/// A name that cannot be a project's is not even looked up.
async fn known(aws: &Aws, project: &str) -> anyhow::Result<Option<Project>> {
    if !layout::is_project_name(project) {
        return Ok(None);
    }
    let found = aws.work.get_json::<Project>(&layout::project_json(project)).await?;
    Ok(found.map(|(project, _)| project))
}

async fn newest_incident(aws: &Aws, project: &str) -> anyhow::Result<Option<Incident>> {
    let listing = aws.work.list(&layout::incidents(project), INCIDENTS_MAX).await?;
    match listing.objects.last() {
        Some(newest) => Ok(aws
            .work
            .get_json::<Incident>(&newest.key)
            .await?
            .map(|(incident, _)| incident)),
        None => Ok(None),
    }
}

/// The champion to compare with, if it has a model that can be read.
async fn champion(aws: &Aws, project: &str) -> anyhow::Result<Option<ChampionVersion>> {
    let record = aws.work.get_json::<ChampionRecord>(&layout::champion(project)).await?;
    let champion = record.and_then(|(record, _)| record.champion);
    Ok(champion.filter(|champion| champion.model_data_url.starts_with("s3://")))
}
