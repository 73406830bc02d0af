//! Markers of letters as they lie: what went out, what did not, and what a week looked like.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use windsock_decisions::{
    layout,
    letters::{Context, Letter, WeeklyDigest},
    notify::{self, Claim, Marker, PutOff, Wish},
    state::Incident,
};
use windsock_effects_s3::Listed;
use windsock_events::facts::PipelineKind;

use crate::{
    Aws,
    observe::{champion, read},
    post,
};

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const MARKERS_MAX: usize = layout::OBJECTS_MAX;
/// Unsent letters that one hint takes up; the next takes up the rest.
const UNSENT_MAX: usize = 500;
/// Subjects that the weekly digest names.
const SUBJECTS_MAX: usize = 50;

/// The markers by their folder: file name to when it was written.
async fn folders(aws: &Aws, project: &str) -> anyhow::Result<BTreeMap<String, BTreeMap<String, Timestamp>>> {
    let prefix = layout::letters(project);
    let listing = aws.store.list(&prefix, MARKERS_MAX).await?;
    let mut folders: BTreeMap<String, BTreeMap<String, Timestamp>> = BTreeMap::new();
    for Listed { key, last_modified, .. } in listing.objects {
        let file = key.strip_prefix(&prefix).and_then(|rest| rest.split_once('/'));
        if let Some((folder, file)) = file {
            folders
                .entry(folder.to_owned())
                .or_default()
                .insert(file.to_owned(), last_modified);
        }
    }
    Ok(folders)
}

/// Letters that went out by themselves; one that a digest carried has no claim of its own.
fn sent(files: &BTreeMap<String, Timestamp>) -> Option<Timestamp> {
    files
        .get("sent.json")
        .copied()
        .filter(|_| files.contains_key("claim.json"))
}

/// What was claimed or put off and never settled.
pub async fn wishes(aws: &Aws, context: Context<'_>) -> anyhow::Result<Vec<Wish>> {
    let project = &context.project.project;
    let folders = folders(aws, project).await?;
    let unsettled = folders.iter().filter(|(_, files)| !files.contains_key("sent.json"));
    let mut unsent = Vec::new();
    for (folder, files) in unsettled.take(UNSENT_MAX) {
        let marker = post::marker(aws, project, folder).await?;
        let letter = match marker {
            Marker::PutOff if files.contains_key("put-off.json") => {
                let key = layout::letter_put_off(project, folder);
                read::<PutOff>(aws, &key).await?.map(|put_off| put_off.letter)
            }
            _ => None,
        };
        unsent.push((folder.clone(), marker, letter));
    }
    let mut wishes = notify::due(context, unsent);
    for wish in &mut wishes {
        if wish.marker == Marker::Absent {
            wish.marker = post::marker(aws, project, &wish.letter.marker()).await?;
        }
    }
    Ok(wishes)
}

/// The week that ends now.
pub async fn digest(aws: &Aws, project: &str, week: &str, now: Timestamp) -> anyhow::Result<WeeklyDigest> {
    let in_week = |at: &Timestamp| now.duration_since(*at) < WEEK;
    let mut sent: Vec<(Timestamp, String)> = folders(aws, project)
        .await?
        .into_iter()
        .filter_map(|(folder, files)| sent(&files).filter(in_week).map(|at| (at, folder)))
        .collect();
    sent.sort();
    let mut subjects = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, folder) in sent.iter().rev().take(SUBJECTS_MAX).rev() {
        let claim = read::<Claim>(aws, &layout::letter_claim(project, folder)).await?;
        if let Some(Letter { subject, .. }) = claim.map(|claim| claim.letter)
            && seen.insert(subject.clone())
        {
            subjects.push(subject);
        }
    }
    let runs = async |pipeline| -> anyhow::Result<u64> {
        let listing = aws.store.list(&layout::runs(pipeline, project), MARKERS_MAX).await?;
        let started = listing
            .objects
            .iter()
            .filter(|object| object.key.ends_with("/started.json"));
        Ok(started.filter(|object| in_week(&object.last_modified)).count() as u64)
    };
    let record = champion(aws, project).await?;
    Ok(WeeklyDigest {
        week: week.to_owned(),
        training_runs: runs(PipelineKind::Training).await?,
        inference_runs: runs(PipelineKind::Inference).await?,
        champion: record.and_then(|record| record.champion.map(|champion| (champion.version, record.since))),
        drifting_since: open_incident(aws, project).await?,
        letters_total: seen.len().max(sent.len().saturating_sub(SUBJECTS_MAX) + seen.len()) as u64,
        letters: subjects,
    })
}

/// Ids of incidents are times, so the newest is the last.
async fn open_incident(aws: &Aws, project: &str) -> anyhow::Result<Option<Timestamp>> {
    let listing = aws.store.list(&layout::incidents(project), MARKERS_MAX).await?;
    let Some(newest) = listing.objects.last() else {
        return Ok(None);
    };
    let incident = read::<Incident>(aws, &newest.key).await?;
    Ok(incident
        .filter(|incident| incident.closed_at.is_none())
        .map(|incident| incident.opened_at))
}
