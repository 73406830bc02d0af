//! Runs, arrivals and plans for the decision tables of start-training and start-inference. All times are in 2013.

#![allow(dead_code, reason = "each test binary uses its part of these")]

use jiff::Timestamp;
use windsock_decisions::{
    Plan, Project,
    runs::{Arrivals, LastRun, Run, Runs, Seen},
    state::{Arrival, ChampionVersion, FORMAT, Manifest, Rejection},
};
use windsock_events::facts::{Cause, PipelineKind};

pub fn at(time: &str) -> Timestamp {
    format!("2013-{}:00Z", time.replace(' ', "T")).parse().unwrap()
}

/// A small project; `more` is further YAML.
pub fn project(more: &str) -> Project {
    let yaml = format!(
        "project: demo\n\
         data: {{ format: csv, label: late }}\n\
         training: {{ on: [arrival, drift, schedule], schedule: \"cron(0 0 1 1 ? 2031)\", window: all, settle: 5m, cooldown: 6h, per_day: 4, objective: {{ metric: auc, direction: maximize }} }}\n\
         {more}"
    );
    Project::from_yaml(&yaml).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub fn arrival(pipeline: &str, key: &str) -> Arrival {
    Arrival {
        key: format!("{pipeline}/demo/{key}"),
        etag: format!("etag-{key}"),
        size: 10,
    }
}

pub fn seen(pipeline: &str, arrivals: &[(&str, &str)]) -> Arrivals {
    let seen = arrivals.iter().map(|(key, time)| Seen {
        arrival: arrival(pipeline, key),
        at: at(time),
    });
    Arrivals {
        seen: seen.collect(),
        more: false,
    }
}

pub fn execution(status: &str, started: &str, ours: bool) -> Run {
    Run {
        arn: format!("run of {started}"),
        slot: ours.then(|| started.to_owned()),
        status: status.into(),
        started_at: at(started),
    }
}

pub fn runs(last: Option<LastRun>) -> Runs {
    Runs {
        pipeline_arn: "pipeline".into(),
        format: Some(FORMAT),
        executions: last.iter().map(|last| last.run.clone()).collect(),
        predecessor: last.as_ref().map_or("genesis".into(), |last| last.run.arn.clone()),
        last,
        next_slot: "next".into(),
    }
}

pub fn in_flight(status: &str, started: &str) -> LastRun {
    let run = execution(status, started, true);
    LastRun {
        slot: started.into(),
        run,
        recorded: true,
        manifest: None,
        ended_at: None,
        rejections: Vec::new(),
    }
}

pub fn succeeded(started: &str, reads: &[&str], rejected: &[&str]) -> LastRun {
    ended("training", "Succeeded", started, reads, rejected)
}

pub fn failed(started: &str, ended_at: &str, before: u32, reads: &[&str], rejected: &[&str]) -> LastRun {
    let mut last = ended("training", "Failed", started, reads, rejected);
    last.ended_at = Some(at(ended_at));
    last.manifest.as_mut().unwrap().failures_before = before;
    last
}

pub fn ended(pipeline: &str, status: &str, started: &str, reads: &[&str], rejected: &[&str]) -> LastRun {
    let rejected = rejected
        .iter()
        .map(|key| arrival(pipeline, key))
        .map(|arrival| Rejection {
            key: arrival.key,
            etag: arrival.etag,
            size: arrival.size,
            reason: "broken".into(),
        });
    LastRun {
        rejections: rejected.collect(),
        manifest: Some(frozen(pipeline, started, reads)),
        ..in_flight(status, started)
    }
}

fn frozen(pipeline: &str, started: &str, reads: &[&str]) -> Manifest {
    let kind = match pipeline {
        "training" => PipelineKind::Training,
        _ => PipelineKind::Inference,
    };
    Manifest {
        format: FORMAT,
        pipeline: kind,
        slot: started.into(),
        frozen_at: at(started),
        cause: Cause::Arrival,
        predecessor: "genesis".into(),
        project: project(""),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        reads: reads.iter().map(|key| arrival(pipeline, key)).collect(),
        accounts_for: Vec::new(),
        failures_before: 0,
        failures_in_a_row: 0,
        incident: None,
        champion: (kind == PipelineKind::Inference).then(|| version(1)),
        recent_starts: Vec::new(),
    }
}

pub fn version(number: u32) -> ChampionVersion {
    ChampionVersion {
        version: number,
        model_package_arn: format!("version {number}"),
        model_data_url: format!("s3://work/jobs/demo/{number}/model.tar.gz"),
        slot: number.to_string(),
    }
}

/// A plan in one line.
pub fn told<A>(plan: &Plan<A>, action: impl Fn(&A) -> String) -> String {
    match plan {
        Plan::Act(actions) => actions.iter().map(action).collect::<Vec<_>>().join(", "),
        Plan::StandDown(reason) => reason.name(),
        Plan::AskAgain { reason, at } => format!("{} until {at}", reason.name()),
    }
}

/// What a run would freeze, in one line.
pub fn manifest(manifest: &Manifest) -> String {
    let keys = |arrivals: &[Arrival]| {
        let names: Vec<&str> = arrivals
            .iter()
            .filter_map(|arrival| arrival.key.rsplit('/').next())
            .collect();
        names.join(" ")
    };
    let champion = manifest
        .champion
        .as_ref()
        .map_or(String::new(), |champion| format!(" with version {}", champion.version));
    format!(
        "start for {:?}{champion}: reads [{}], accounts for [{}], failures {}",
        manifest.cause,
        keys(&manifest.reads),
        keys(&manifest.accounts_for),
        manifest.failures_before
    )
}
