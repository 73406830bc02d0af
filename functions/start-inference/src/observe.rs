//! One project's inference as it stands now. S3 first.

use jiff::{SignedDuration, Timestamp};
use windsock_decisions::{
    Project, layout,
    runs::Arrivals,
    start_inference::{Champion, Observed},
    state::{ChampionRecord, ChampionVersion, Manifest},
};
use windsock_effects_runs::{Hints, arrivals, newest_succeeded};
use windsock_events::facts::PipelineKind;

use crate::Aws;

/// How long a frozen batch without a marker is left to whoever froze it: longer than an invocation and SageMaker's lists
/// take together.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What is known of the project, and what has arrived.
pub async fn bucket(aws: &Aws, project: &str, hints: &Hints, now: Timestamp) -> anyhow::Result<Observed> {
    let mut observed = Observed {
        now,
        project: known(aws, project).await?,
        data_bucket: aws.config.data_bucket.clone(),
        work_bucket: aws.config.work_bucket.clone(),
        champion: None,
        runs: None,
        scored: None,
        arrivals: Arrivals::default(),
        tick: hints.tick,
    };
    if observed.has_inference() {
        observed.arrivals = arrivals(&aws.data, PipelineKind::Inference, project).await?;
    }
    Ok(observed)
}

/// The rest: what SageMaker says of the runs and of the champion.
pub async fn runs(aws: &Aws, project: &str, observed: &mut Observed) -> anyhow::Result<()> {
    let now = observed.now;
    let chain = aws.chain(project);
    let is_withdrawn = async |frozen: &Manifest| match &frozen.champion {
        // Nobody gives up what somebody else may be starting at this moment.
        Some(_) if now.duration_since(frozen.frozen_at) < GIVEN_UP_AFTER => Ok(false),
        Some(champion) => Ok(!is_usable(aws, champion).await?),
        None => Ok(true),
    };
    observed.runs = chain.observe(is_withdrawn).await?;
    let Some(runs) = observed.runs.as_ref().filter(|runs| runs.in_flight().is_none()) else {
        return Ok(());
    };
    observed.champion = champion(aws, project).await?;
    if observed.champion.as_ref().is_some_and(|champion| champion.is_usable) {
        observed.scored = newest_succeeded(&chain, runs).await?;
        // Once more: a list that is older than the newest run's would forget what that run accounts for.
        observed.arrivals = arrivals(&aws.data, PipelineKind::Inference, project).await?;
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

async fn champion(aws: &Aws, project: &str) -> anyhow::Result<Option<Champion>> {
    let record = aws.work.get_json::<ChampionRecord>(&layout::champion(project)).await?;
    let Some(version) = record.and_then(|(record, _)| record.champion) else {
        return Ok(None);
    };
    let is_usable = is_usable(aws, &version).await?;
    Ok(Some(Champion { version, is_usable }))
}

/// What SageMaker says of the version right now: approved, complete, and still there.
pub async fn is_usable(aws: &Aws, champion: &ChampionVersion) -> anyhow::Result<bool> {
    let detail = aws.sagemaker.describe_version(&champion.model_package_arn).await?;
    Ok(detail.is_some_and(|detail| detail.is_usable()))
}
