//! Where things lie: every key and every derived name, in one place.

use windsock_events::facts::PipelineKind;

use crate::mutants::{self, Mutant};

/// `training/<project>/...` in the data bucket.
pub const TRAINING: &str = "training/";
/// `inference/<project>/...` in the data bucket.
pub const INFERENCE: &str = "inference/";
/// Objects per prefix that a function will list; beyond it, it stands down by name.
pub const OBJECTS_MAX: usize = 100_000;

fn kind(kind: PipelineKind) -> &'static str {
    match kind {
        PipelineKind::Training => "training",
        PipelineKind::Inference => "inference",
    }
}

/// Prefix of a project's arrivals in the data bucket, with the slash, so that `a` never matches `ab`.
pub fn arrivals(k: PipelineKind, project: &str) -> String {
    if mutants::is(Mutant::PrefixWithoutSlash) {
        return format!("{}/{project}", kind(k));
    }
    format!("{}/{project}/", kind(k))
}

/// Whether a text can be a project's name at all. Names come from keys, which may hold anything.
pub fn is_project_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub fn project_yaml(project: &str) -> String {
    format!("state/projects/{project}.yaml")
}

/// The parsed project with its defaults, written by `windsock apply` beside the YAML: what the functions read.
pub fn project_json(project: &str) -> String {
    format!("state/projects/{project}.json")
}

pub const PROJECTS: &str = "state/projects/";

/// Everything that functions record about a project.
pub fn state(project: &str) -> String {
    format!("state/{project}/")
}

/// Folder of one run's frozen files.
pub fn run(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}{slot}/", runs(k, project))
}

pub fn runs(k: PipelineKind, project: &str) -> String {
    format!("state/{project}/runs/{}/", kind(k))
}

pub fn manifest(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}manifest.json", run(k, project, slot))
}

/// SageMaker ManifestFile of the arrivals that Preprocess or Prepare reads.
pub fn objects_manifest(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}objects.manifest", run(k, project, slot))
}

/// SageMaker ManifestFile: training: the champion's model.tar.gz, or only manifest.json when there is none.
/// Inference: the champion's statistics.json, constraints.json and schema.json.
pub fn champion_manifest(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}champion.manifest", run(k, project, slot))
}

pub fn started(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}started.json", run(k, project, slot))
}

/// The marker that the run's end was heard: its letters are written or put off.
pub fn heard(k: PipelineKind, project: &str, slot: &str) -> String {
    format!("{}heard.json", run(k, project, slot))
}

pub fn champion(project: &str) -> String {
    format!("state/{project}/champion.json")
}

pub fn incidents(project: &str) -> String {
    format!("state/{project}/incidents/")
}

pub fn incident(project: &str, id: &str) -> String {
    format!("{}{id}.json", incidents(project))
}

pub fn letters(project: &str) -> String {
    format!("state/{project}/letters/")
}

pub fn letter_claim(project: &str, fact_id: &str) -> String {
    format!("{}{fact_id}/claim.json", letters(project))
}

pub fn letter_sent(project: &str, fact_id: &str) -> String {
    format!("{}{fact_id}/sent.json", letters(project))
}

/// A letter that the hourly limit held back, until a digest carries it.
pub fn letter_put_off(project: &str, fact_id: &str) -> String {
    format!("{}{fact_id}/put-off.json", letters(project))
}

/// When the last letters of a project went out; compare-and-swap.
pub fn letters_pace(project: &str) -> String {
    format!("state/{project}/letters-pace.json")
}

/// Arrivals that belong to no project: `id` is the SHA-256 of bucket, key, ETag and size.
pub fn rejection(id: &str) -> String {
    format!("state/rejections/{id}.json")
}

/// Folder that a run's SageMaker jobs write to.
pub fn jobs(project: &str, slot: &str) -> String {
    format!("jobs/{project}/{slot}/")
}

pub fn rejections_report(k: PipelineKind, project: &str, slot: &str) -> String {
    match k {
        PipelineKind::Training => {
            format!("{}preprocess/report/rejections.json", jobs(project, slot))
        }
        PipelineKind::Inference => format!("{}prepare/report/rejections.json", jobs(project, slot)),
    }
}

pub fn evaluation(project: &str, slot: &str) -> String {
    format!("{}evaluate/evaluation.json", jobs(project, slot))
}

pub fn drift_report(project: &str, slot: &str) -> String {
    format!("{}monitor/drift.json", jobs(project, slot))
}

/// What a run writes last: a run that SageMaker has forgotten and that left it has succeeded.
pub fn last_report(k: PipelineKind, project: &str, slot: &str) -> String {
    match k {
        PipelineKind::Training => evaluation(project, slot),
        PipelineKind::Inference => drift_report(project, slot),
    }
}

/// The marker that a report's metrics were published.
pub fn published(project: &str, slot: &str) -> String {
    format!("state/{project}/published/{slot}.json")
}

pub fn pipeline_name(prefix: &str, project: &str, k: PipelineKind) -> String {
    format!("{prefix}-{project}-{}", kind(k))
}

/// The project and kind of one of our pipelines, from its name or ARN.
pub fn parse_pipeline<'a>(prefix: &str, name_or_arn: &'a str) -> Option<(&'a str, PipelineKind)> {
    let name = name_or_arn
        .rsplit_once("pipeline/")
        .map_or(name_or_arn, |(_, rest)| rest);
    let name = name.split('/').next().unwrap_or(name);
    let rest = name.strip_prefix(prefix)?.strip_prefix('-')?;
    if let Some(project) = rest.strip_suffix("-training") {
        return Some((project, PipelineKind::Training));
    }
    rest.strip_suffix("-inference")
        .map(|project| (project, PipelineKind::Inference))
}

/// The model package group of a project.
pub fn group_name(prefix: &str, project: &str) -> String {
    format!("{prefix}-{project}")
}

pub fn parse_group<'a>(prefix: &str, group: &'a str) -> Option<&'a str> {
    group.strip_prefix(prefix)?.strip_prefix('-')
}

pub fn topic_name(prefix: &str, project: &str) -> String {
    format!("{prefix}-{project}")
}

pub fn alarm_name(prefix: &str, project: &str) -> String {
    format!("{prefix}-{project}-drift")
}

pub fn parse_alarm<'a>(prefix: &str, alarm: &'a str) -> Option<&'a str> {
    alarm.strip_prefix(prefix)?.strip_prefix('-')?.strip_suffix("-drift")
}

/// The SageMaker model made from a version, for batch transform.
pub fn model_name(prefix: &str, project: &str, version: u32) -> String {
    format!("{prefix}-{project}-v{version}")
}

/// The role SageMaker's pipelines and jobs of a project run under.
pub fn jobs_role_name(prefix: &str, project: &str) -> String {
    format!("{prefix}-{project}-jobs")
}

pub fn stack_name(prefix: &str, project: &str) -> String {
    format!("{prefix}-project-{project}")
}

/// PipelineExecutionDisplayName of a run we started, which carries the slot.
pub fn display_name(slot: &str) -> String {
    format!("windsock-{slot}")
}

pub fn parse_display_name(display_name: &str) -> Option<&str> {
    display_name
        .strip_prefix("windsock-")
        .filter(|slot| slot.len() == 64 && slot.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// CloudWatch namespace of everything we publish; dimension `Project`, or `Platform` for what is the whole platform's.
pub const NAMESPACE: &str = "Windsock";
/// Versions of all projects that wait for a person.
pub const APPROVALS_WAITING: &str = "ApprovalsWaiting";
/// Age in seconds of the oldest arrival of all projects that nobody has learned from or scored.
pub const OLDEST_ARRIVAL_AGE: &str = "OldestArrivalAge";
/// Largest distance / threshold over columns of one report; above 1 is drift.
pub const DRIFT_SCORE: &str = "DriftScore";
