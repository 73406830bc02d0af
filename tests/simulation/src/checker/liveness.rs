//! What must hold in the end: some time after the last fault and the last deed, nothing is left undone.

use std::collections::BTreeSet;

use serde_json::Value;
use windsock_world::Millis;

use super::{
    History, Stored,
    history::{Arrival, Version, is_over},
};
use crate::clock::MINUTE;

/// A decision that says "not yet" is asked again at least this often, so an older one says nothing.
const DECIDED_WITHIN: Millis = 45 * MINUTE;
/// A run, two turns of the sweep, and the retries in between.
const HEARD_WITHIN: Millis = 75 * MINUTE;
/// How long after its due time what was put off may still wait.
const OVERDUE_MAX: Millis = 20 * MINUTE;
/// Reasons not to run that stand until something else happens.
const STANDING: [&str; 6] = [
    "retries-spent",
    "waiting-for-drift-or-schedule",
    "waiting-for-schedule",
    "no-champion",
    "champion-not-approved",
    "pipeline-missing",
];

/// What the simulation knows of the scene: which projects there are, and where things lie.
pub struct Scene<'a> {
    pub projects: &'a [String],
    pub work_bucket: &'a str,
    pub stored: &'a dyn Stored,
}

/// Name of what must hold in the end, and its sentence.
pub const PROMISES: [(&str, &str, &str); 10] = [
    (
        "coverage",
        "I1",
        "Every arrival is accounted for by a run that succeeded, rejected, or deferred with a reason.",
    ),
    (
        "strangers",
        "I17",
        "An arrival of no project is recorded once, and nobody else is.",
    ),
    (
        "rescored",
        "I1",
        "A new champion has scored the newest batch, where the project wants it.",
    ),
    ("approvals", "I10", "The highest approved version is champion."),
    (
        "letters",
        "I12",
        "Every letter that was begun was sent or closed; every champion was announced.",
    ),
    (
        "heard",
        "I12",
        "Of every run that ended somebody has heard, whatever became of its events.",
    ),
    ("digest", "I13", "Nothing that the hourly limit held back is forgotten."),
    (
        "drift",
        "I23",
        "An alarm has its incident, and every report its metrics.",
    ),
    (
        "poison",
        "I14",
        "Poison lies in a dead-letter queue, and nothing runs for ever.",
    ),
    (
        "again",
        "I15, I16",
        "Everything delivered once more, in another order, changes nothing.",
    ),
];

pub fn check(history: &History, scene: &Scene) -> Vec<(&'static str, String)> {
    let mut broken = Vec::new();
    for project in scene.projects {
        for kind in ["training", "inference"] {
            broken.extend(
                coverage(history, project, kind)
                    .into_iter()
                    .map(|what| ("coverage", what)),
            );
            broken.extend(unheard(history, project, kind).map(|what| ("heard", what)));
        }
        broken.extend(unscored_batch(history, project, scene).map(|what| ("rescored", what)));
        broken.extend(approvals(history, project).map(|what| ("approvals", what)));
        broken.extend(drift(history, project, scene).into_iter().map(|what| ("drift", what)));
        broken.extend(
            announced(history, project, scene)
                .into_iter()
                .map(|what| ("letters", what)),
        );
    }
    broken.extend(strangers(history, scene).into_iter().map(|what| ("strangers", what)));
    broken.extend(letters(history, scene));
    broken.extend(poison(history).into_iter().map(|what| ("poison", what)));
    broken
}

fn coverage(history: &History, project: &str, kind: &str) -> Vec<String> {
    let prefix = format!("{kind}/{project}/");
    let pipeline = format!("windsock-{project}-{kind}");
    let mut accounted: BTreeSet<Arrival> = BTreeSet::new();
    for (run, frozen) in history.ours(&pipeline) {
        // One that started lately is on its way; what it leaves out comes next.
        let on_its_way = !is_over(&run.status) && history.now - run.started_at < DECIDED_WITHIN;
        if run.status == "Succeeded" || on_its_way {
            accounted.extend(frozen.reads.iter().cloned());
        }
        accounted.extend(
            run.slot
                .iter()
                .filter_map(|slot| history.rejected.get(slot))
                .flatten()
                .cloned(),
        );
    }
    let records = history.champions.get(project).map(Vec::as_slice).unwrap_or_default();
    if kind == "inference" && records.last().is_none_or(|record| record.version.is_none()) {
        // Nobody may score; when somebody may, the promotion is the hint.
        return Vec::new();
    }
    let function = format!("windsock-start-{kind}");
    let decided = history
        .decisions
        .get(&(function.trim_start_matches("windsock-").to_owned(), project.to_owned()));
    if decided.is_some_and(|decision| is_standing(history, decision)) {
        return Vec::new();
    }
    let waits = history
        .arrivals
        .range(prefix.clone()..)
        .take_while(|(key, _)| key.starts_with(&prefix));
    let waits = waits.flat_map(|(key, versions)| versions.iter().map(move |one| (key, one)));
    waits
        .filter(|(key, one)| one.current && !(one.size == 0 && key.ends_with('/')))
        .filter(|(key, one)| !accounted.contains(&((*key).clone(), one.etag.clone())))
        .map(|(key, one)| {
            format!(
                "{key}, which came at {}, is not accounted for; the last decision was {decided:?}",
                one.at
            )
        })
        .collect()
}

/// The newest batch, if it is still there and another version than the champion scored it.
fn unscored_batch(history: &History, project: &str, scene: &Scene) -> Option<String> {
    let settings = scene
        .stored
        .bytes(scene.work_bucket, &format!("state/projects/{project}.json"))?;
    let settings: Value = serde_json::from_slice(&settings).unwrap_or_default();
    let champion = history.champions.get(project)?.last()?;
    let version = champion.version?;
    let decided = history
        .decisions
        .get(&("start-inference".to_owned(), project.to_owned()));
    let is_due = settings["inference"]["on_promotion"] == true && history.now - champion.at > DECIDED_WITHIN;
    if !is_due || decided.is_some_and(|decision| is_standing(history, decision)) {
        return None;
    }
    let pipeline = format!("windsock-{project}-inference");
    let newest = history.ours(&pipeline).next_back();
    if newest.is_some_and(|(run, _)| !is_over(&run.status)) {
        return None;
    }
    let (run, frozen) = history
        .ours(&pipeline)
        .rev()
        .find(|(run, _)| run.status == "Succeeded")?;
    let rejected = run.slot.as_ref().and_then(|slot| history.rejected.get(slot));
    let is_there = |(key, etag): &&Arrival| {
        let versions = history.arrivals.get(key);
        versions.is_some_and(|versions| versions.iter().any(|one| one.current && one.etag == *etag))
    };
    let usable = |read: &&Arrival| rejected.is_none_or(|rejected| !rejected.contains(*read));
    let batch = frozen.reads.iter().filter(usable).find(is_there);
    let (key, _) = batch.filter(|_| frozen.champion != Some(version))?;
    Some(format!(
        "version {version} is champion since {}, and {:?} scored {key} of the newest batch; the last decision was {decided:?}",
        champion.at, frozen.champion
    ))
}

/// Runs that ended some time ago without the marker of whoever writes the letters.
fn unheard<'a>(history: &'a History, project: &'a str, kind: &'a str) -> impl Iterator<Item = String> + 'a {
    let pipeline = format!("windsock-{project}-{kind}");
    let runs = history.runs.iter().rev().filter(move |run| run.pipeline == pipeline);
    let ended = runs.filter(|run| is_over(&run.status) && history.now - run.started_at > HEARD_WITHIN);
    let ours = ended.filter_map(|run| Some((run, run.slot.as_ref()?)));
    ours.filter_map(move |(run, slot)| {
        let records = format!("state/{project}/runs/{kind}/{slot}/");
        let is_written = |name: &str| history.written.contains_key(&format!("{records}{name}"));
        let unheard = is_written("started.json") && !is_written("heard.json");
        unheard.then(|| format!("nobody heard that {} ended {}", run.arn, run.status))
    })
}

/// A recent decision that gives a reason which still stands, or a due time that has not long passed.
fn is_standing(history: &History, (at, reason, due): &(Millis, String, Option<Millis>)) -> bool {
    let recent = history.now - at < DECIDED_WITHIN;
    match due {
        Some(due) => due + OVERDUE_MAX > history.now,
        None => STANDING.contains(&reason.as_str()) && (recent || !reason.starts_with("waiting")),
    }
}

/// An event of a stranger may be lost, and nobody sweeps what belongs to nobody; but none is recorded twice, and nobody
/// is recorded who was not there.
fn strangers(history: &History, scene: &Scene) -> Vec<String> {
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for key in history
        .written
        .keys()
        .filter(|key| key.starts_with("state/rejections/"))
    {
        let record = scene.stored.bytes(scene.work_bucket, key).unwrap_or_default();
        let record: Value = serde_json::from_slice(&record).unwrap_or_default();
        let text = |member: &str| record[member].as_str().unwrap_or_default().to_owned();
        let stranger = (text("key"), text("etag"));
        let came = history
            .arrivals
            .get(&stranger.0)
            .is_some_and(|versions| versions.iter().any(|one| one.etag == stranger.1));
        if !came
            || scene
                .projects
                .iter()
                .any(|project| stranger.0.split('/').nth(1) == Some(project) && stranger.0.split('/').count() > 2)
        {
            broken.push(format!("{stranger:?} is recorded as a stranger"));
        } else if !seen.insert(stranger.clone()) {
            broken.push(format!("{stranger:?} is recorded twice"));
        }
    }
    broken
}

fn approvals(history: &History, project: &str) -> Option<String> {
    let of_project = history
        .versions
        .iter()
        .filter(|((name, _), version)| name == project && !version.deleted);
    let approved =
        of_project.filter(|(_, version)| version.states.last().is_some_and(|(_, state)| state == "Approved"));
    let records = history.champions.get(project).map(Vec::as_slice).unwrap_or_default();
    let champion = records.last().and_then(|record| record.version);
    let highest_ever = records.iter().filter_map(|record| record.version).max();
    let (wanted, approved_at) = approved
        .map(|((_, number), version)| (*number, since_when(version)))
        .max()?;
    // What was passed over stays so, unless somebody approves it again.
    let passed_over = highest_ever.is_some_and(|highest| wanted <= highest);
    let superseded = records.last().is_some_and(|record| approved_at <= record.at);
    let right =
        champion.is_some_and(|champion| champion >= wanted) || (passed_over && (champion.is_some() || superseded));
    (!right).then(|| format!("version {wanted} of {project} is approved, and the champion is {champion:?}"))
}

/// Since when its last state has been its state: stamps repeat it.
fn since_when(version: &Version) -> Millis {
    let last = version.states.last().map(|(_, state)| state);
    let unbroken = version.states.iter().rev().take_while(|(_, state)| Some(state) == last);
    unbroken.last().map_or(0, |(at, _)| *at)
}

/// Each champion was told of at least once; or twice in vain, when nobody knows whether either letter went out.
fn announced(history: &History, project: &str, scene: &Scene) -> Vec<String> {
    let prefix = format!("state/{project}/letters/");
    let claims = history
        .written
        .keys()
        .filter(|key| key.starts_with(&prefix) && key.ends_with("/claim.json"));
    let claims = claims.filter_map(|key| scene.stored.bytes(scene.work_bucket, key));
    let claims: Vec<Value> = claims.filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect();
    let records = history.champions.get(project).map(Vec::as_slice).unwrap_or_default();
    let mut silent = Vec::new();
    for version in records
        .iter()
        .filter_map(|record| record.version)
        .collect::<BTreeSet<_>>()
    {
        let says = |text: &str| text.contains(&format!("version {version} is the"));
        let told = history.letters.iter().any(|letter| {
            let ours = letter.topic.ends_with(&format!(":windsock-{project}"));
            // A digest carries subjects of several.
            ours && (says(&letter.subject) || says(&letter.body))
        });
        let tried = claims.iter().any(|claim| {
            claim["attempts"].as_u64().is_some_and(|attempts| attempts >= 2)
                && ["subject", "body"]
                    .iter()
                    .any(|part| claim["letter"][part].as_str().is_some_and(says))
        });
        if !told && !tried {
            silent.push(format!(
                "nobody was told that version {version} of {project} became champion"
            ));
        }
    }
    silent
}

fn letters(history: &History, scene: &Scene) -> Vec<(&'static str, String)> {
    let mut unsent = Vec::new();
    for key in history.written.keys().filter(|key| key.contains("/letters/")) {
        let Some((folder, marker)) = key.rsplit_once('/') else {
            continue;
        };
        if history.written.contains_key(&format!("{folder}/sent.json")) {
            continue;
        }
        let claim = scene.stored.bytes(scene.work_bucket, key).unwrap_or_default();
        let claim: Value = serde_json::from_slice(&claim).unwrap_or_default();
        match marker {
            // SNS would not take it at all: an operator reads of it among the dead letters.
            "claim.json" if claim["refusals"].as_u64().unwrap_or(0) >= 6 => {}
            "claim.json" => unsent.push(("letters", format!("{folder} was claimed and never settled: {claim}"))),
            "put-off.json" => unsent.push(("digest", format!("{folder} was put off and never carried"))),
            _ => {}
        }
    }
    unsent
}

fn drift(history: &History, project: &str, scene: &Scene) -> Vec<String> {
    let mut broken = Vec::new();
    let incidents: Vec<&String> = history
        .written
        .keys()
        .filter(|key| key.starts_with(&format!("state/{project}/incidents/")))
        .collect();
    let newest = incidents
        .last()
        .and_then(|key| scene.stored.bytes(scene.work_bucket, key));
    let newest: Value = serde_json::from_slice(&newest.unwrap_or_default()).unwrap_or_default();
    let open = newest.is_object() && newest["closed_at"].is_null();
    match history
        .alarms
        .get(&format!("windsock-{project}-drift"))
        .map(String::as_str)
    {
        Some("ALARM") if !open => broken.push(format!("the alarm of {project} has no open incident")),
        Some("OK") if open => broken.push(format!("the alarm of {project} is over, and its incident is open")),
        _ => {}
    }
    if open && newest["announced_at"].is_null() {
        broken.push(format!("nobody was told of the open incident of {project}"));
    }
    for (run, _) in history
        .ours(&format!("windsock-{project}-inference"))
        .filter(|(run, _)| run.status == "Succeeded")
    {
        let slot = run.slot.as_deref().unwrap_or_default();
        if !history
            .written
            .contains_key(&format!("state/{project}/published/{slot}.json"))
        {
            broken.push(format!("the report of slot {slot} of {project} has no metrics"));
        }
    }
    broken
}

fn poison(history: &History) -> Vec<String> {
    let mut broken = Vec::new();
    let dead = history
        .dead
        .iter()
        .filter(|(_, _, event)| event.as_str().is_some_and(|text| text.contains("this is no event")));
    if dead.count() < history.poison {
        broken.push(format!(
            "of {} poisonous messages some are not among the dead letters",
            history.poison
        ));
    }
    for run in history
        .runs
        .iter()
        .filter(|run| !is_over(&run.status) && history.now - run.started_at > 120 * MINUTE)
    {
        broken.push(format!("{} is still {}", run.arn, run.status));
    }
    broken
}
