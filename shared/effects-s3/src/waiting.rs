//! What S3 alone shows of a project's work: its newest run, and the arrivals that no run accounts for.
//!
//! For functions that may not ask SageMaker (respond-to-drift) or should not for every project every time (sweep). A
//! run counts as finished when it was heard to succeed, or left its last report; whoever starts runs asks SageMaker itself.

use std::collections::HashSet;

use anyhow::ensure;
use windsock_decisions::{
    layout,
    state::{Arrival, Heard, Manifest, Rejections},
};
use windsock_events::{facts::PipelineKind, status::RunStatus};

use crate::{Listed, Store};

/// Objects under one project's runs that are looked at: two or three a run.
const RUN_OBJECTS_MAX: usize = layout::OBJECTS_MAX;

#[derive(Debug, Clone, PartialEq)]
pub struct NewestRun {
    pub manifest: Manifest,
    /// It was heard to succeed; while nobody has heard, its last report exists: evaluation.json, or drift.json.
    pub finished: bool,
    pub rejections: Rejections,
}

/// Slots of started runs, newest first.
pub async fn started_slots(work: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Vec<String>> {
    let prefix = layout::runs(kind, project);
    let listing = work.list(&prefix, RUN_OBJECTS_MAX).await?;
    ensure!(
        !listing.more,
        "more than {RUN_OBJECTS_MAX} records under {prefix}: retire old runs"
    );
    Ok(slots_among(&listing.objects, kind, project))
}

/// The same from a list that is already there, whatever else is in it.
pub fn slots_among(objects: &[Listed], kind: PipelineKind, project: &str) -> Vec<String> {
    let prefix = layout::runs(kind, project);
    let slot = |object: &Listed| {
        Some(
            object
                .key
                .strip_prefix(&prefix)?
                .strip_suffix("/started.json")?
                .to_owned(),
        )
    };
    let mut markers: Vec<(jiff::Timestamp, String)> = objects
        .iter()
        .filter_map(|object| Some((object.last_modified, slot(object)?)))
        .collect();
    markers.sort_by(|a, b| b.cmp(a));
    markers.into_iter().map(|(_, slot)| slot).collect()
}

pub async fn newest_run(work: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Option<NewestRun>> {
    match started_slots(work, kind, project).await?.first() {
        Some(slot) => run(work, kind, project, slot).await,
        None => Ok(None),
    }
}

/// One run by its slot; None when its manifest is gone.
pub async fn run(work: &Store, kind: PipelineKind, project: &str, slot: &str) -> anyhow::Result<Option<NewestRun>> {
    let Some(manifest) = work
        .get_write_once::<Manifest>(&layout::manifest(kind, project, slot))
        .await?
    else {
        return Ok(None);
    };
    let heard = work
        .get_write_once::<Heard>(&layout::heard(kind, project, slot))
        .await?;
    let finished = match heard {
        Some(heard) => RunStatus::from(heard.status.as_str()).is_succeeded(),
        None => work.exists(&layout::last_report(kind, project, slot)).await?,
    };
    let rejections = work
        .get_json::<Rejections>(&layout::rejections_report(kind, project, slot))
        .await?;
    Ok(Some(NewestRun {
        manifest,
        finished,
        rejections: rejections.map(|(found, _)| found).unwrap_or_default(),
    }))
}

/// Arrivals of a project that its newest run neither read, nor rejected, nor found accounted for.
pub async fn waiting(
    data: &Store,
    kind: PipelineKind,
    project: &str,
    newest: Option<&NewestRun>,
) -> anyhow::Result<Vec<Listed>> {
    let mut arrivals = arrivals(data, kind, project).await?;
    arrivals.retain(unaccounted(newest));
    Ok(arrivals)
}

/// All that lies in the project's folder, without the folders themselves.
pub async fn arrivals(data: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Vec<Listed>> {
    let listing = data.list(&layout::arrivals(kind, project), layout::OBJECTS_MAX).await?;
    let mut objects = listing.objects;
    objects.retain(|object| !object.is_folder_marker());
    Ok(objects)
}

/// Whether this newest run leaves an arrival to whoever starts the next one.
pub fn unaccounted(newest: Option<&NewestRun>) -> impl Fn(&Listed) -> bool {
    let accounted: HashSet<Arrival> = newest.map(accounted_for).unwrap_or_default();
    move |object| !accounted.contains(&object.arrival())
}

impl NewestRun {
    /// Whether something is still there of what it read and could use.
    pub fn has_batch_among(&self, arrivals: &[Listed]) -> bool {
        let mut batch: HashSet<&Arrival> = self.manifest.reads.iter().collect();
        let rejected: HashSet<Arrival> = rejected(self).collect();
        batch.retain(|read| !rejected.contains(*read));
        arrivals.iter().any(|object| batch.contains(&object.arrival()))
    }
}

fn accounted_for(run: &NewestRun) -> HashSet<Arrival> {
    let mut accounted: HashSet<Arrival> = run.manifest.accounts_for.iter().cloned().collect();
    if run.finished {
        accounted.extend(run.manifest.reads.iter().cloned());
    }
    accounted.extend(rejected(run));
    accounted
}

fn rejected(run: &NewestRun) -> impl Iterator<Item = Arrival> + '_ {
    run.rejections.rejections.iter().map(|one| Arrival {
        key: one.key.clone(),
        etag: one.etag.clone(),
        size: one.size,
    })
}
