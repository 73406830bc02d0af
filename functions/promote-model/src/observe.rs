//! The registry as it is now: the champion, what may follow it, and what may take its place.

use jiff::Timestamp;
use windsock_decisions::{
    Project, layout,
    promote_model::{Observed, Stamp, VersionState},
    state::{ChampionRecord, ChampionVersion},
};
use windsock_effects_sagemaker::Version;
use windsock_events::status::{Approval, PackageStatus};

use crate::Aws;

/// The stored record and its ETag.
pub async fn record(aws: &Aws, project: &str) -> anyhow::Result<Option<(ChampionRecord, String)>> {
    aws.store.get_json::<ChampionRecord>(&layout::champion(project)).await
}

pub async fn observe(aws: &Aws, project: &str, now: Timestamp) -> anyhow::Result<Observed> {
    let project_known = aws
        .store
        .get_json::<Project>(&layout::project_json(project))
        .await?
        .is_some();
    let record = record(aws, project).await?;
    let listed = if project_known {
        aws.sagemaker
            .list_versions(&layout::group_name(&aws.config.name_prefix, project))
            .await?
    } else {
        Vec::new()
    };
    let champion = record
        .as_ref()
        .and_then(|(record, _)| record.champion.as_ref())
        .map_or(0, |champion| champion.version);
    let former: Vec<u32> = record
        .iter()
        .flat_map(|(record, _)| record.history.iter().map(|past| past.version))
        .collect();
    let mut versions = Vec::new();
    for version in &listed {
        let may_follow = version.version > champion && version.approval == Approval::Approved;
        if may_follow || version.version == champion || former.contains(&version.version) {
            versions.extend(described(aws, version).await?);
        }
    }
    let pending =
        |version: &&Version| version.version > champion && version.approval == Approval::PendingManualApproval;
    let pending_above = u32::try_from(listed.iter().filter(pending).count()).unwrap_or(u32::MAX);
    Ok(Observed {
        project_known,
        project: project.to_owned(),
        now,
        record,
        versions,
        pending_above,
    })
}

/// What SageMaker says of one version right now; a version deleted since the list is not there.
async fn described(aws: &Aws, version: &Version) -> anyhow::Result<Option<VersionState>> {
    let Some(detail) = aws.sagemaker.describe_version(&version.arn).await? else {
        return Ok(None);
    };
    Ok(Some(VersionState {
        version: ChampionVersion {
            version: version.version,
            model_package_arn: version.arn.clone(),
            model_data_url: detail.model_data_url.unwrap_or_default(),
            slot: detail.slot.unwrap_or_default(),
        },
        approval: detail.approval,
        completed: detail.package_status == PackageStatus::Completed,
        last_modified: detail.last_modified_at,
        stamp: detail.stage.map(|stage| Stamp {
            stage: stage.stage,
            status: stage.status,
            description: stage.description.unwrap_or_default(),
        }),
    }))
}
