//! Record first, tell second, note that it was told third: a crash in between is seen by the next hint. The end of an
//! incident is told before it is recorded, which comes to the same.

use anyhow::bail;
use jiff::Timestamp;
use windsock_decisions::{
    Plan, layout,
    respond_to_drift::Action,
    state::{Incident, IncidentAnswer},
};
use windsock_effects_s3::{PutNew, Swap};
use windsock_events::Fact;

use crate::Aws;

pub async fn perform(aws: &Aws, plan: &Plan<Action>, now: Timestamp) -> anyhow::Result<()> {
    let Plan::Act(actions) = plan else { return Ok(()) };
    for action in actions {
        match action {
            Action::Open { incident } => open(aws, incident, now).await?,
            Action::Announce { incident, etag } => announce(aws, incident, etag, now).await?,
            Action::Close { incident, etag } => close(aws, incident, etag).await?,
        }
    }
    Ok(())
}

async fn open(aws: &Aws, incident: &Incident, now: Timestamp) -> anyhow::Result<()> {
    let key = layout::incident(&incident.project, &incident.id);
    match aws.work.put_new(&key, incident).await? {
        PutNew::Written { etag } => announce(aws, incident, &etag, now).await,
        // Another copy of the event was first, or an earlier try of ours: whichever it was, the stored one counts.
        PutNew::Exists => match aws.work.get_json::<Incident>(&key).await? {
            Some((stored, etag)) if stored.announced_at.is_none() => announce(aws, &stored, &etag, now).await,
            _ => Ok(()),
        },
    }
}

async fn announce(aws: &Aws, incident: &Incident, etag: &str, now: Timestamp) -> anyhow::Result<()> {
    aws.bus.say(&[opening(incident)]).await?;
    let told = Incident {
        announced_at: Some(now),
        ..incident.clone()
    };
    // Losing the swap means that another copy told it too; facts may be said twice.
    aws.work
        .put_if_match(&layout::incident(&incident.project, &incident.id), &told, etag)
        .await?;
    Ok(())
}

fn opening(incident: &Incident) -> Fact {
    let (project, id) = (incident.project.clone(), incident.id.clone());
    match &incident.answer {
        IncidentAnswer::Retrain => Fact::DriftConfirmed { project, incident: id },
        IncidentAnswer::Refused { reason } => Fact::DriftRefused {
            project,
            incident: id,
            reason: reason.clone(),
        },
    }
}

/// A drift may be over before anybody was told that it began: then both are said.
async fn close(aws: &Aws, incident: &Incident, etag: &str) -> anyhow::Result<()> {
    let (project, id) = (incident.project.clone(), incident.id.clone());
    let untold = incident.announced_at.is_none().then(|| opening(incident));
    let over = Fact::DriftOver { project, incident: id };
    let facts: Vec<Fact> = untold.into_iter().chain([over]).collect();
    aws.bus.say(&facts).await?;
    let key = layout::incident(&incident.project, &incident.id);
    match aws.work.put_if_match(&key, incident, etag).await? {
        Swap::Done { .. } => Ok(()),
        Swap::Lost => bail!(
            "incident {} of {} changed meanwhile; the retry looks again",
            incident.id,
            incident.project
        ),
    }
}
