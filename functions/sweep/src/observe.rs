//! One project as it stands: arrivals, reports, alarm, approvals, letters.

use jiff::Timestamp;
use windsock_decisions::{
    Project, layout,
    state::{ChampionRecord, Incident},
    sweep::{Observed, Waiting},
};
use windsock_effects_s3::{Listed, waiting};
use windsock_effects_sagemaker::Version;
use windsock_events::{
    facts::PipelineKind,
    status::{AlarmValue, Approval},
};

use crate::Aws;

/// Newest inference runs whose metrics are looked for.
const REPORTS_MAX: usize = 20;
/// Markers of letters that are listed.
const LETTERS_MAX: usize = 100_000;

pub async fn observe(aws: &Aws, project: Project, now: Timestamp) -> anyhow::Result<Observed> {
    let name = project.project.clone();
    let champion = aws.work.get_json::<ChampionRecord>(&layout::champion(&name)).await?.map(|(record, _)| record);
    let (promotion_due, approvals) = versions(aws, &name, champion.as_ref()).await?;
    Ok(Observed {
        unlearned: waits(aws, PipelineKind::Training, &name).await?,
        unscored: waits(aws, PipelineKind::Inference, &name).await?,
        has_champion: champion.is_some_and(|record| record.champion.is_some()),
        promotion_due,
        approvals,
        alarm: alarm(aws, &name).await?,
        incident: incident(aws, &name).await?,
        unpublished: unpublished(aws, &name).await?,
        letters_overdue: letters_overdue(aws, &name).await?,
        project,
        now,
    })
}

async fn waits(aws: &Aws, kind: PipelineKind, project: &str) -> anyhow::Result<Option<Waiting>> {
    let newest = waiting::newest_run(&aws.work, kind, project).await?;
    let waiting = waiting::waiting(&aws.data, kind, project, newest.as_ref()).await?;
    let newest = waiting.iter().map(|object: &Listed| object.last_modified).max();
    Ok(newest.map(|newest| Waiting { count: waiting.len(), newest }))
}

/// Whether the champion is not what the approvals say, and which versions wait for a person since when.
async fn versions(
    aws: &Aws,
    project: &str,
    champion: Option<&ChampionRecord>,
) -> anyhow::Result<(bool, Vec<(u32, Timestamp)>)> {
    // Without a started training run there can be no version: no call to SageMaker.
    if waiting::started_slots(&aws.work, PipelineKind::Training, project).await?.is_empty() {
        return Ok((false, Vec::new()));
    }
    let listed = aws.sagemaker.list_versions(&layout::group_name(&aws.config.name_prefix, project)).await?;
    let current = champion.and_then(|record| record.champion.as_ref()).map(|champion| champion.version);
    let highest_ever = champion.iter().flat_map(|record| record.history.iter().map(|past| past.version)).max().unwrap_or(0);
    let approved = |version: &Version| version.approval == Approval::Approved;
    let newer = listed.iter().any(|version| approved(version) && version.version > current.unwrap_or(0).max(highest_ever));
    let fallen = current.is_some_and(|current| !listed.iter().any(|version| version.version == current && approved(version)));
    let pending = listed.iter().filter(|version| version.approval == Approval::PendingManualApproval);
    let pending = pending.filter(|version| version.version > current.unwrap_or(0));
    Ok((newer || fallen, pending.map(|version| (version.version, version.created_at)).collect()))
}

async fn alarm(aws: &Aws, project: &str) -> anyhow::Result<Option<AlarmValue>> {
    let name = layout::alarm_name(&aws.config.name_prefix, project);
    let alarms = aws.cloudwatch.describe_alarms(&name).await?;
    Ok(alarms.into_iter().find(|alarm| alarm.name == name).map(|alarm| alarm.state))
}

/// The open incident, if any: whether people were told of it.
async fn incident(aws: &Aws, project: &str) -> anyhow::Result<Option<bool>> {
    let listing = aws.work.list(&layout::incidents(project), layout::OBJECTS_MAX).await?;
    let Some(newest) = listing.objects.last() else { return Ok(None) };
    let incident = aws.work.get_json::<Incident>(&newest.key).await?.map(|(incident, _)| incident);
    Ok(incident.filter(|incident| incident.closed_at.is_none()).map(|incident| incident.announced_at.is_some()))
}

async fn unpublished(aws: &Aws, project: &str) -> anyhow::Result<Vec<String>> {
    let slots = waiting::started_slots(&aws.work, PipelineKind::Inference, project).await?;
    let mut unpublished = Vec::new();
    for slot in slots.into_iter().take(REPORTS_MAX) {
        let reported = aws.work.exists(&layout::drift_report(project, &slot)).await?;
        if reported && !aws.work.exists(&layout::published(project, &slot)).await? {
            unpublished.push(slot);
        }
    }
    Ok(unpublished)
}

/// A letter was claimed or put off, and never marked as sent.
async fn letters_overdue(aws: &Aws, project: &str) -> anyhow::Result<bool> {
    let markers = aws.work.list(&layout::letters(project), LETTERS_MAX).await?.objects;
    let folder = |key: &str| key.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let sent: std::collections::HashSet<String> =
        markers.iter().filter(|marker| marker.key.ends_with("/sent.json")).filter_map(|marker| folder(&marker.key)).collect();
    Ok(markers.iter().filter_map(|marker| folder(&marker.key)).any(|letter| !sent.contains(&letter)))
}
