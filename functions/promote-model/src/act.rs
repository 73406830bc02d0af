//! Swap the record, tell people, stamp the versions: in this order, so that a crash in between is seen by the next look.
//! That nobody was told of a champion withdrawn the sweep sees: there may be no version left to stamp.

use anyhow::Context;
use jiff::Timestamp;
use tracing::info;
use windsock_decisions::{
    Plan, layout,
    mutants::{self, Mutant},
    promote_model::{Action, Row},
    state::{ChampionRecord, ChampionVersion},
};
use windsock_effects_s3::{PutNew, Swap};
use windsock_events::{Fact, facts::PromotionReason};

use crate::Aws;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Settled,
    /// Somebody else wrote the champion record first: nothing was told, the truth is another one now.
    LostTheSwap,
}

pub async fn perform(aws: &Aws, project: &str, plan: &Plan<Action>) -> anyhow::Result<Done> {
    let Plan::Act(actions) = plan else {
        return Ok(Done::Settled);
    };
    for action in actions {
        match action {
            Action::Promote {
                record,
                expect_etag,
                previous,
            } => {
                if !swap(aws, project, record, expect_etag.as_deref()).await? {
                    return Ok(Done::LostTheSwap);
                }
                log_champion(project, action);
                let champion = record.champion.as_ref().context("a promotion names its champion")?;
                announce(aws, project, champion, *previous, record.reason, record.since).await?;
            }
            Action::Announce {
                champion,
                previous,
                reason,
                since,
            } => {
                // Whoever swapped the record may have gone before it was in the log.
                log_champion(project, action);
                announce(aws, project, champion, *previous, *reason, *since).await?;
            }
            Action::Withdraw {
                record,
                expect_etag,
                version,
            } => {
                if !swap(aws, project, record, Some(expect_etag)).await? {
                    return Ok(Done::LostTheSwap);
                }
                log_champion(project, action);
                aws.bus
                    .say(&[Fact::ChampionWithdrawn {
                        project: project.to_owned(),
                        version: *version,
                        since: Some(record.since),
                    }])
                    .await?;
            }
            Action::Stamp {
                model_package_arn,
                stamp,
            } => {
                aws.sagemaker
                    .stamp_lifecycle(model_package_arn, &stamp.stage, &stamp.status, &stamp.description)
                    .await?;
            }
        }
    }
    Ok(Done::Settled)
}

/// One champion: whether this swap was the one that won.
async fn swap(aws: &Aws, project: &str, record: &ChampionRecord, expect_etag: Option<&str>) -> anyhow::Result<bool> {
    let key = layout::champion(project);
    if mutants::is(Mutant::NoCompareAndSwap) {
        aws.store.put(&key, serde_json::to_vec(record)?).await?;
        return Ok(true);
    }
    Ok(match expect_etag {
        None => matches!(aws.store.put_new(&key, record).await?, PutNew::Written { .. }),
        Some(etag) => matches!(aws.store.put_if_match(&key, record, etag).await?, Swap::Done { .. }),
    })
}

/// A row of the dashboard's list of champions; one that is logged twice has the same `since`.
fn log_champion(project: &str, action: &Action) {
    let Some(row) = action.row() else { return };
    let Row {
        since,
        champion,
        before,
        why,
    } = row;
    info!(
        event = "champion",
        function = "promote-model",
        project,
        since,
        champion,
        before,
        why,
        "promote-model: the champion of {project} is {champion}: {why}"
    );
}

async fn announce(
    aws: &Aws,
    project: &str,
    champion: &ChampionVersion,
    previous: Option<u32>,
    reason: PromotionReason,
    since: Timestamp,
) -> anyhow::Result<()> {
    let version = champion.version;
    aws.bus
        .say(&[Fact::ModelPromoted {
            project: project.to_owned(),
            version,
            previous,
            reason,
            since: Some(since),
        }])
        .await
}
