//! What S3 alone shows of a project's work: its newest run, and the arrivals that no run accounts for.
//!
//! For functions that may not ask SageMaker (respond-to-drift) or should not for every project every time (sweep). A
//! run counts as finished when its last report lies in the bucket; whoever starts runs asks SageMaker itself.

use std::collections::HashSet;

use windsock_decisions::{
    layout,
    state::{Arrival, Manifest, Rejections},
};
use windsock_events::facts::PipelineKind;

use crate::{Listed, Store};

/// Objects under one project's runs that are looked at: two or three a run.
const RUN_OBJECTS_MAX: usize = 100_000;

#[derive(Debug, Clone, PartialEq)]
pub struct NewestRun {
    pub manifest: Manifest,
    /// Its last report exists: evaluation.json, or drift.json.
    pub finished: bool,
    pub rejections: Rejections,
}

/// Slots of started runs, newest first.
pub async fn started_slots(work: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Vec<String>> {
    let prefix = layout::runs(kind, project);
    let mut markers: Vec<Listed> = work.list(&prefix, RUN_OBJECTS_MAX).await?.objects;
    markers.retain(|object| object.key.ends_with("/started.json"));
    markers.sort_by(|a, b| (b.last_modified, &b.key).cmp(&(a.last_modified, &a.key)));
    let slot = |object: Listed| {
        Some(
            object
                .key
                .strip_prefix(&prefix)?
                .strip_suffix("/started.json")?
                .to_owned(),
        )
    };
    Ok(markers.into_iter().filter_map(slot).collect())
}

pub async fn newest_run(work: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Option<NewestRun>> {
    let Some(slot) = started_slots(work, kind, project).await?.into_iter().next() else {
        return Ok(None);
    };
    let Some((manifest, _)) = work
        .get_json::<Manifest>(&layout::manifest(kind, project, &slot))
        .await?
    else {
        return Ok(None);
    };
    let report = match kind {
        PipelineKind::Training => layout::evaluation(project, &slot),
        PipelineKind::Inference => layout::drift_report(project, &slot),
    };
    let finished = work.exists(&report).await?;
    let rejections = work
        .get_json::<Rejections>(&layout::rejections_report(kind, project, &slot))
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
    let listing = data.list(&layout::arrivals(kind, project), layout::OBJECTS_MAX).await?;
    let accounted: HashSet<Arrival> = newest.map(accounted_for).unwrap_or_default();
    let waits = |object: &Listed| !object.is_folder_marker() && !accounted.contains(&object.arrival());
    Ok(listing.objects.into_iter().filter(waits).collect())
}

fn accounted_for(run: &NewestRun) -> HashSet<Arrival> {
    let mut accounted: HashSet<Arrival> = run.manifest.accounts_for.iter().cloned().collect();
    if run.finished {
        accounted.extend(run.manifest.reads.iter().cloned());
    }
    let rejected = run.rejections.rejections.iter();
    accounted.extend(rejected.map(|one| Arrival {
        key: one.key.clone(),
        etag: one.etag.clone(),
        size: one.size,
    }));
    accounted
}
