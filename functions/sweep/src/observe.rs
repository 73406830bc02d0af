//! One project as it stands: arrivals, reports, alarm, approvals, letters.
//!
//! Everything under `state/<project>/` is listed once, and what can be asked at the same time is.

use std::collections::{HashMap, HashSet};

use anyhow::ensure;
use jiff::Timestamp;
use windsock_decisions::{
    Project, layout,
    letters::ChampionWithdrawn,
    runs::FORGOTTEN,
    state::{ChampionRecord, Evaluation, Incident, Started},
    sweep::{GRACE, Observed, Reign, Unheard, Waiting},
};
use windsock_effects_s3::{Listed, waiting};
use windsock_effects_sagemaker::Version;
use windsock_events::{
    facts::PipelineKind,
    status::{AlarmValue, Approval, RunStatus},
};

use crate::Aws;

/// Newest inference runs whose metrics are looked for.
const REPORTS_MAX: usize = 20;
/// Newest runs of each pipeline whose ends are looked for: more do not end while the sweep itself is down for hours.
const ENDS_MAX: usize = 20;

pub async fn observe(aws: &Aws, project: Project, now: Timestamp) -> anyhow::Result<Observed> {
    let name = project.project.clone();
    let prefix = layout::state(&name);
    let listing = aws.work.list(&prefix, layout::OBJECTS_MAX).await?;
    ensure!(
        !listing.more,
        "more than {} records under {prefix}: retire old letters and runs",
        layout::OBJECTS_MAX
    );
    let records = listing.objects;
    let champion = async {
        let record = aws
            .work
            .get_json::<ChampionRecord>(&layout::champion(&name))
            .await?
            .map(|(record, _)| record);
        let (promotion_due, approvals) = versions(aws, &name, &records, record.as_ref()).await?;
        let withdrawn_untold = record
            .as_ref()
            .and_then(|record| withdrawn_untold(&project, record, &records));
        Ok((
            reign(aws, &name, record.as_ref()).await?,
            promotion_due,
            approvals,
            withdrawn_untold,
        ))
    };
    let (
        (unlearned, _),
        (unscored, scored_by),
        (champion, promotion_due, approvals, withdrawn_untold),
        (alarm, alarm_above),
        incident,
        unpublished,
        unheard,
    ) = tokio::try_join!(
        waits(aws, PipelineKind::Training, &name, &records),
        waits(aws, PipelineKind::Inference, &name, &records),
        champion,
        alarm(aws, &name),
        incident(aws, &name, &records),
        unpublished(aws, &name, &records),
        unheard(aws, &name, &records, now),
    )?;
    let letters_overdue = letters_overdue(&name, &records);
    Ok(Observed {
        project,
        now,
        unlearned,
        unscored,
        scored_by,
        champion,
        promotion_due,
        withdrawn_untold,
        alarm,
        alarm_above,
        incident,
        unpublished,
        unheard,
        approvals,
        letters_overdue,
    })
}

/// What waits for a run, and the champion that scored the newest batch while some of that batch is still there.
async fn waits(
    aws: &Aws,
    kind: PipelineKind,
    project: &str,
    records: &[Listed],
) -> anyhow::Result<(Option<Waiting>, Option<u32>)> {
    let mut runs = Vec::new();
    for slot in waiting::slots_among(records, kind, project).iter().take(ENDS_MAX) {
        runs.extend(waiting::run(&aws.work, kind, project, slot).await?);
        // One look for most: the newest run has succeeded.
        if kind == PipelineKind::Training || runs.last().is_some_and(|run| run.finished) {
            break;
        }
    }
    let arrivals = waiting::arrivals(&aws.data, kind, project).await?;
    let scored = runs.last().filter(|run| run.finished && run.has_batch_among(&arrivals));
    let scored_by = scored.and_then(|run| Some(run.manifest.champion.as_ref()?.version));
    let unaccounted = waiting::unaccounted(runs.first());
    let arrived = || {
        let waiting = arrivals.iter().filter(|object| unaccounted(object));
        waiting.map(|object| object.last_modified)
    };
    let waits = |(oldest, newest)| Waiting {
        count: arrived().count(),
        oldest,
        newest,
    };
    Ok((arrived().min().zip(arrived().max()).map(waits), scored_by))
}

/// The champion and its evaluation, which is written once. One that another image wrote in its own way is not known
/// here, and nothing else waits for it.
async fn reign(aws: &Aws, project: &str, record: Option<&ChampionRecord>) -> anyhow::Result<Option<Reign>> {
    let Some((record, champion)) =
        record.and_then(|record| record.champion.as_ref().map(|champion| (record, champion)))
    else {
        return Ok(None);
    };
    let evaluation = match champion.slot.as_str() {
        // A person registered it.
        "" => Ok(None),
        slot => {
            let key = layout::evaluation(project, slot);
            aws.work.get_write_once::<Evaluation>(&key).await
        }
    };
    let evaluation = match evaluation {
        Err(error) if error.is::<serde_json::Error>() => None,
        read => read?,
    };
    Ok(Some(Reign {
        version: champion.version,
        since: record.since,
        evaluation,
    }))
}

/// Whether the champion is not what the approvals say, and which versions wait for a person since when.
async fn versions(
    aws: &Aws,
    project: &str,
    records: &[Listed],
    champion: Option<&ChampionRecord>,
) -> anyhow::Result<(bool, Vec<(u32, Timestamp)>)> {
    // Without a started training run there can be no version: no call to SageMaker.
    if waiting::slots_among(records, PipelineKind::Training, project).is_empty() {
        return Ok((false, Vec::new()));
    }
    let listed = aws
        .sagemaker
        .list_versions(&layout::group_name(&aws.config.name_prefix, project))
        .await?;
    let current = champion
        .and_then(|record| record.champion.as_ref())
        .map(|champion| champion.version);
    let approved = |version: &Version| version.approval == Approval::Approved;
    // Also one that was champion before and is approved again: whoever decides sees whether anybody has touched it since.
    let newer = listed
        .iter()
        .any(|version| approved(version) && version.version > current.unwrap_or(0));
    let fallen = current.is_some_and(|current| {
        !listed
            .iter()
            .any(|version| version.version == current && approved(version))
    });
    let pending = listed
        .iter()
        .filter(|version| version.approval == Approval::PendingManualApproval);
    let pending = pending.filter(|version| version.version > current.unwrap_or(0));
    Ok((
        newer || fallen,
        pending.map(|version| (version.version, version.created_at)).collect(),
    ))
}

/// The champion whose withdrawal is recorded and has no letter, not even one that was begun.
fn withdrawn_untold(project: &Project, record: &ChampionRecord, records: &[Listed]) -> Option<(u32, Timestamp)> {
    let last = record.history.last().filter(|_| record.champion.is_none())?;
    let withdrawn = ChampionWithdrawn {
        version: last.version,
        since: Some(record.since),
    };
    let markers = withdrawn.markers(project)?;
    let begun = records.iter().any(|object| object.key.starts_with(&markers));
    (!begun).then_some((last.version, record.since))
}

/// The state of the project's drift alarm, and the score above which it fires.
async fn alarm(aws: &Aws, project: &str) -> anyhow::Result<(Option<AlarmValue>, Option<f64>)> {
    let name = layout::alarm_name(&aws.config.name_prefix, project);
    let alarms = aws.cloudwatch.describe_alarms(&name).await?;
    let alarm = alarms.into_iter().find(|alarm| alarm.name == name);
    Ok(alarm.map_or((None, None), |alarm| (Some(alarm.state), alarm.threshold)))
}

/// The open incident, if any: whether people were told of it.
async fn incident(aws: &Aws, project: &str, records: &[Listed]) -> anyhow::Result<Option<bool>> {
    let incidents = layout::incidents(project);
    let newest = records
        .iter()
        .map(|record| &record.key)
        .filter(|key| key.starts_with(&incidents))
        .max();
    let Some(newest) = newest else { return Ok(None) };
    let incident = aws
        .work
        .get_json::<Incident>(newest)
        .await?
        .map(|(incident, _)| incident);
    Ok(incident
        .filter(|incident| incident.closed_at.is_none())
        .map(|incident| incident.announced_at.is_some()))
}

/// Inference runs that have a report, and no marker that its metrics were put.
async fn unpublished(aws: &Aws, project: &str, records: &[Listed]) -> anyhow::Result<Vec<String>> {
    let keys: HashSet<&str> = records.iter().map(|record| record.key.as_str()).collect();
    let newest = waiting::slots_among(records, PipelineKind::Inference, project)
        .into_iter()
        .take(REPORTS_MAX);
    let mut unpublished = Vec::new();
    for slot in newest.filter(|slot| !keys.contains(layout::published(project, slot).as_str())) {
        if aws.work.exists(&layout::drift_report(project, &slot)).await? {
            unpublished.push(slot);
        }
    }
    Ok(unpublished)
}

/// Runs that ended a while ago without a marker that somebody heard of it.
async fn unheard(aws: &Aws, project: &str, records: &[Listed], now: Timestamp) -> anyhow::Result<Vec<Unheard>> {
    let since: HashMap<&str, Timestamp> = records
        .iter()
        .map(|one| (one.key.as_str(), one.last_modified))
        .collect();
    let mut unheard = Vec::new();
    for pipeline in [PipelineKind::Training, PipelineKind::Inference] {
        let newest = waiting::slots_among(records, pipeline, project)
            .into_iter()
            .take(ENDS_MAX);
        for slot in newest.filter(|slot| !since.contains_key(layout::heard(pipeline, project, slot).as_str())) {
            let marker = layout::started(pipeline, project, &slot);
            if since
                .get(marker.as_str())
                .is_none_or(|began| now.duration_since(*began) < GRACE)
            {
                continue;
            }
            let Some(started) = aws.work.get_write_once::<Started>(&marker).await? else {
                continue;
            };
            let status = match aws.sagemaker.describe_execution(&started.execution_arn).await? {
                Some(detail) if detail.status.is_in_flight() => continue,
                Some(detail) => detail.status,
                None if aws.work.exists(&layout::last_report(pipeline, project, &slot)).await? => RunStatus::Succeeded,
                None => FORGOTTEN.into(),
            };
            unheard.push(Unheard {
                pipeline,
                slot,
                execution_arn: started.execution_arn,
                status,
            });
        }
    }
    Ok(unheard)
}

/// A letter was claimed or put off, and never marked as sent.
fn letters_overdue(project: &str, records: &[Listed]) -> bool {
    let letters = layout::letters(project);
    let parts = |record: &&Listed| -> Option<(String, bool)> {
        let (letter, marker) = record.key.strip_prefix(&letters)?.rsplit_once('/')?;
        Some((letter.to_owned(), marker == "sent.json"))
    };
    let markers: Vec<(String, bool)> = records.iter().filter_map(|record| parts(&record)).collect();
    let sent: HashSet<&str> = markers
        .iter()
        .filter(|(_, sent)| *sent)
        .map(|(letter, _)| letter.as_str())
        .collect();
    markers.iter().any(|(letter, _)| !sent.contains(letter.as_str()))
}
