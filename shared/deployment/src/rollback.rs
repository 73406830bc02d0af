//! A rollback: a person rejects the champion, and promote-model makes the newest former champion that is still approved
//! champion again. Nothing here writes the champion record: that is promote-model's alone, and its letter goes out as
//! for a rejection in the console.

use std::time::Duration;

use anyhow::{Context, bail};
use windsock_decisions::{
    layout,
    state::{ChampionRecord, ChampionVersion},
};

use crate::{Deployed, projects};

/// SageMaker's limit of an ApprovalDescription.
const DESCRIPTION_CHARS_MAX: usize = 1024;
/// promote-model is woken within seconds; the sweep finds within 15 minutes what nobody heard of.
pub const CHANGES_WITHIN: Duration = Duration::from_secs(20 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a rollback will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    pub project: String,
    pub from: ChampionVersion,
    /// The champion to be.
    pub to: u32,
}

/// Look at the champion and its predecessors; an error when there is nothing to roll back to.
pub async fn plan(deployed: &Deployed, project: &str) -> anyhow::Result<Rollback> {
    projects::require(deployed, project).await?;
    let Some(record) = record(deployed, project).await? else {
        bail!("{project} has never had a champion, so there is nothing to roll back");
    };
    let Some(from) = record.champion.clone() else {
        bail!(
            "{project} has no champion since {}: approve a version to have one",
            record.since
        );
    };
    let mut seen = Vec::new();
    for past in record.history.iter().rev() {
        let version = past.version;
        if version == from.version || seen.contains(&version) {
            continue;
        }
        seen.push(version);
        if is_usable(deployed, project, version).await? {
            let project = project.to_owned();
            return Ok(Rollback {
                project,
                from,
                to: version,
            });
        }
    }
    let version = from.version;
    match seen.is_empty() {
        true => bail!(
            "version {version} is the first champion of {project}: there is none to roll back to; to have no champion \
             at all, reject version {version} in the registry"
        ),
        false => bail!(
            "no former champion of {project} is still approved ({}); approve the one you want, then roll back",
            seen.iter()
                .map(|version| format!("version {version}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// Reject the present champion, saying who did it and why.
pub async fn reject(deployed: &Deployed, rollback: &Rollback, by: &str, reason: &str) -> anyhow::Result<()> {
    // Between the look and this call somebody may have promoted another: rejecting a former champion would be no rollback.
    let now = record(deployed, &rollback.project)
        .await?
        .and_then(|record| record.champion);
    if now.as_ref() != Some(&rollback.from) {
        bail!(
            "the champion of {} has changed since this command looked; look again: windsock status",
            rollback.project
        );
    }
    let why = description(rollback, by, reason);
    deployed
        .sagemaker
        .reject_version(&rollback.from.model_package_arn, &why)
        .await
}

/// Who and why on one line, no longer than SageMaker takes.
fn description(rollback: &Rollback, by: &str, reason: &str) -> String {
    let why = format!("Rolled back to version {} by {by}: {reason}", rollback.to);
    let plain = why.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(DESCRIPTION_CHARS_MAX).collect()
}

/// The champion once it is another than the rejected one; an error after [`CHANGES_WITHIN`].
pub async fn wait(deployed: &Deployed, rollback: &Rollback) -> anyhow::Result<Option<u32>> {
    let changed = async {
        loop {
            let record = record(deployed, &rollback.project)
                .await?
                .context("the champion record is gone")?;
            let champion = record.champion.map(|champion| champion.version);
            if champion != Some(rollback.from.version) {
                return anyhow::Ok(champion);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    match tokio::time::timeout(CHANGES_WITHIN, changed).await {
        Ok(champion) => champion,
        Err(_) => bail!(
            "version {} of {} is rejected, but it is still champion after {} minutes: promote-model has not acted; look \
             at its log and at the dead letters (windsock replay --dry-run)",
            rollback.from.version,
            rollback.project,
            CHANGES_WITHIN.as_secs() / 60
        ),
    }
}

async fn record(deployed: &Deployed, project: &str) -> anyhow::Result<Option<ChampionRecord>> {
    let found = deployed
        .work
        .get_json::<ChampionRecord>(&layout::champion(project))
        .await?;
    Ok(found.map(|(record, _)| record))
}

async fn is_usable(deployed: &Deployed, project: &str, version: u32) -> anyhow::Result<bool> {
    let group = layout::group_name(&deployed.name_prefix, project);
    let arn = format!(
        "arn:{}:sagemaker:{}:{}:model-package/{group}/{version}",
        deployed.partition, deployed.region, deployed.account
    );
    let detail = deployed.sagemaker.describe_version(&arn).await?;
    Ok(detail.is_some_and(|detail| detail.is_usable()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_one_line_that_sagemaker_takes() {
        let from = ChampionVersion {
            version: 2,
            model_package_arn: String::new(),
            model_data_url: String::new(),
            slot: String::new(),
        };
        let rollback = Rollback {
            project: "demo".into(),
            from,
            to: 1,
        };
        assert_eq!(
            description(&rollback, "ada", "too\nmany misses"),
            "Rolled back to version 1 by ada: too many misses"
        );
        let long = description(&rollback, "ada", &"é".repeat(5000));
        assert_eq!(long.chars().count(), DESCRIPTION_CHARS_MAX);
    }
}
