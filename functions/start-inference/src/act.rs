//! Starts what was decided, in the order of the slot protocol.

use anyhow::Context;
use jiff::Timestamp;
use tracing::info;
use windsock_decisions::{
    Reason, layout,
    start_inference::Action,
    state::{ChampionVersion, Manifest},
};
use windsock_effects_runs::Starter;
use windsock_effects_sagemaker::NewModel;
use windsock_events::Fact;

use crate::{Aws, NAME, observe::is_usable};

/// Answers a reason when the last look before the start says no.
pub async fn perform(aws: &Aws, project: &str, actions: &[Action], now: Timestamp) -> anyhow::Result<Option<Reason>> {
    let starter = Starter {
        chain: aws.chain(project),
        now,
    };
    for action in actions {
        match action {
            Action::RecordStart(last) => {
                if let Some(manifest) = &last.manifest {
                    tell(aws, project, manifest, &last.run.arn).await?;
                }
                starter.mark(&last.slot, &last.run.arn, last.run.started_at).await?;
            }
            Action::Start(manifest) => {
                if let Some(reason) = start(aws, project, &starter, manifest).await? {
                    return Ok(Some(reason));
                }
            }
        }
    }
    Ok(None)
}

async fn start(aws: &Aws, project: &str, starter: &Starter<'_>, manifest: &Manifest) -> anyhow::Result<Option<Reason>> {
    let stored = starter.freeze(manifest).await?;
    let champion = stored
        .champion
        .as_ref()
        .context("a frozen inference run names its champion")?;
    starter.write_lists(&stored).await?;
    // The stored champion may be another than the one we saw, and either may have been rejected meanwhile. A frozen
    // slot whose champion is rejected is passed over from now on.
    if !is_usable(aws, champion).await? {
        return Ok(Some(Reason::ChampionNotApproved));
    }
    aws.sagemaker.create_model(&model(aws, &stored, champion)).await?;
    let execution = starter.start(&stored).await?;
    info!(
        event = "started",
        function = NAME,
        project,
        slot = stored.slot,
        execution,
        "{NAME}: version {} scores {} objects of {project}",
        champion.version,
        stored.reads.len()
    );
    tell(aws, project, &stored, &execution).await?;
    starter.mark(&stored.slot, &execution, starter.now).await?;
    Ok(None)
}

fn model(aws: &Aws, stored: &Manifest, champion: &ChampionVersion) -> NewModel {
    let (prefix, project) = (&aws.config.name_prefix, &stored.project);
    let compute = &project.compute;
    let vpc = compute.vpc.as_ref();
    NewModel {
        name: layout::model_name(prefix, &project.project, champion.version),
        version_arn: champion.model_package_arn.clone(),
        role_arn: aws.config.role_arn(&layout::jobs_role_name(prefix, &project.project)),
        network_isolation: compute.network_isolation,
        vpc: vpc.map(|vpc| (vpc.subnets.clone(), vpc.security_groups.clone())),
    }
}

/// Before the marker is written: who finds the run without one says it again.
async fn tell(aws: &Aws, project: &str, stored: &Manifest, execution_arn: &str) -> anyhow::Result<()> {
    let Some(champion) = &stored.champion else {
        return Ok(());
    };
    let fact = Fact::InferenceStarted {
        project: project.to_owned(),
        slot: stored.slot.clone(),
        execution_arn: execution_arn.to_owned(),
        objects: u64::try_from(stored.reads.len()).unwrap_or(u64::MAX),
        version: champion.version,
    };
    aws.bus.say(&[fact]).await
}
