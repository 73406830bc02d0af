//! What the journal and the stored records told so far, as plain facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use windsock_world::{Entry, Millis, Record};

use super::Stored;

/// Key and ETag.
pub type Arrival = (String, String);

#[derive(Debug, Clone, Default)]
pub struct Frozen {
    pub project: String,
    pub kind: String,
    pub predecessor: String,
    pub cause: String,
    pub failures_before: u64,
    pub reads: BTreeSet<Arrival>,
    pub champion: Option<u64>,
    pub frozen_at: Millis,
    /// The project as it was frozen.
    pub settings: Value,
    pub written: u32,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub arn: String,
    pub pipeline: String,
    /// None for a person's run.
    pub slot: Option<String>,
    pub parameters: Value,
    pub started_at: Millis,
    pub status: String,
}

#[derive(Debug, Clone, Default)]
pub struct Champion {
    pub at: Millis,
    pub version: Option<u64>,
    pub since: String,
    pub reason: String,
    /// Versions before it, oldest first.
    pub history: Vec<(u64, String)>,
}

#[derive(Debug, Clone)]
pub struct Sent {
    pub at: Millis,
    pub endpoint: String,
    pub subject: String,
    pub body: String,
    pub topic: String,
}

#[derive(Debug, Clone, Default)]
pub struct Version {
    /// Status and since when.
    pub states: Vec<(Millis, String)>,
    pub deleted: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Arrived {
    pub etag: String,
    pub size: u64,
    pub at: Millis,
    /// Not overwritten and not deleted.
    pub current: bool,
}

#[derive(Default)]
pub struct History {
    pub now: Millis,
    /// By slot.
    pub frozen: BTreeMap<String, Frozen>,
    /// In order of their starts.
    pub runs: Vec<Run>,
    /// Arrivals that a run rejected, by slot.
    pub rejected: BTreeMap<String, BTreeSet<Arrival>>,
    /// What the data jobs were given, by slot.
    pub given: BTreeMap<String, Vec<Arrival>>,
    /// By project: the record before this entry, and the one after it.
    pub champions: BTreeMap<String, Vec<Champion>>,
    /// By project and number.
    pub versions: BTreeMap<(String, u64), Version>,
    pub letters: Vec<Sent>,
    /// Publishes of which nobody knows whether they went out, and what ended without its last word.
    pub ambiguous: Vec<Millis>,
    /// By data key.
    pub arrivals: BTreeMap<String, Vec<Arrived>>,
    /// Records in the work bucket: how often each was written.
    pub written: BTreeMap<String, u32>,
    /// By project: verdict and score of every report.
    pub reports: BTreeMap<String, Vec<(String, f64)>>,
    /// By project: incidents that asked for training, and when they opened.
    pub asking: BTreeMap<String, BTreeMap<String, Millis>>,
    /// Slots whose challenger did not beat the champion.
    pub lost: BTreeSet<String>,
    /// By alarm: how often it went into ALARM.
    pub alarmed: BTreeMap<String, usize>,
    /// By project: the newest state of its alarm.
    pub alarms: BTreeMap<String, String>,
    /// The last line of the function that starts a kind's runs, by (function, project): time, reason, due.
    pub decisions: BTreeMap<(String, String), (Millis, String, Option<Millis>)>,
    pub dead: Vec<(Millis, String, Value)>,
    pub poison: usize,
    pub ends: BTreeMap<String, usize>,
}

impl History {
    pub fn take(&mut self, entry: &Entry, stored: &dyn Stored) {
        self.now = entry.at;
        match &entry.record {
            Record::ObjectCreated {
                bucket,
                key,
                etag,
                size,
                ..
            } => self.created(bucket, key, etag, *size, entry.at, stored),
            Record::ObjectDeleted { bucket, key, .. } if bucket.contains("-data-") => self.superseded(key),
            Record::Execution {
                arn,
                pipeline,
                display_name,
                status,
                parameters,
                ..
            } => {
                self.run(entry.at, arn, pipeline, display_name, status, parameters);
            }
            Record::ModelPackage {
                group,
                version,
                approval,
                ..
            } => {
                let project = group.trim_start_matches("windsock-").to_owned();
                let version = self.versions.entry((project, *version)).or_default();
                version.states.push((entry.at, approval.clone()));
            }
            Record::Call {
                operation,
                target,
                error: None,
                ..
            } if operation == "DeleteModelPackage" => self.deleted(target),
            Record::Letter {
                topic,
                endpoint,
                subject,
                body,
                ..
            } => self.letters.push(Sent {
                at: entry.at,
                endpoint: endpoint.clone(),
                subject: subject.clone(),
                body: body.clone(),
                topic: topic.clone(),
            }),
            Record::Alarm { name, state, .. } => {
                if state == "ALARM" {
                    *self.alarmed.entry(name.clone()).or_default() += 1;
                }
                self.alarms.insert(name.clone(), state.clone());
            }
            Record::DeadLetter { function, event, .. } => self.dead.push((entry.at, function.clone(), event.clone())),
            Record::InvocationEnded { function, outcome, .. } => {
                *self.ends.entry(outcome.clone()).or_default() += 1;
                if function == "windsock-notify" && outcome != "returned" {
                    self.ambiguous.push(entry.at);
                }
            }
            Record::Log { function, line } => self.log(entry.at, function, line),
            _ => {}
        }
    }

    fn created(&mut self, bucket: &str, key: &str, etag: &str, size: u64, at: Millis, stored: &dyn Stored) {
        if bucket.contains("-data-") {
            self.superseded(key);
            let arrived = Arrived {
                etag: etag.to_owned(),
                size,
                at,
                current: true,
            };
            self.arrivals.entry(key.to_owned()).or_default().push(arrived);
            return;
        }
        *self.written.entry(key.to_owned()).or_default() += 1;
        let wanted = [
            "/manifest.json",
            "/rejections.json",
            "/champion.json",
            "/monitor/drift.json",
            "/evaluation.json",
        ];
        if !wanted.iter().any(|end| key.ends_with(end)) && !key.contains("/incidents/") {
            return;
        }
        let bytes = stored.bytes(bucket, key).unwrap_or_default();
        let record: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let parts: Vec<&str> = key.split('/').collect();
        match parts.as_slice() {
            ["state", project, "runs", kind, slot, "manifest.json"] => self.freeze(project, kind, slot, &record),
            ["state", project, "champion.json"] => self.champion(project, &record),
            ["jobs", _, slot, _, "report", "rejections.json"] => {
                self.rejected
                    .entry((*slot).to_owned())
                    .or_default()
                    .extend(arrivals(&record["rejections"]));
            }
            ["state", project, "incidents", id] if record["answer"] == "retrain" => {
                let opened = time(&record["opened_at"]).unwrap_or(at);
                self.asking
                    .entry((*project).to_owned())
                    .or_default()
                    .insert((*id).to_owned(), opened);
            }
            ["jobs", _, slot, "evaluate", "evaluation.json"]
                if record["accepted"].as_f64().is_some_and(|accepted| accepted < 1.0) =>
            {
                self.lost.insert((*slot).to_owned());
            }
            ["jobs", project, _, "monitor", "drift.json"] => {
                let verdict = record["verdict"].as_str().unwrap_or_default().to_owned();
                let report = (verdict, record["score"].as_f64().unwrap_or(f64::NAN));
                self.reports.entry((*project).to_owned()).or_default().push(report);
            }
            _ => {}
        }
    }

    fn superseded(&mut self, key: &str) {
        for arrived in self.arrivals.get_mut(key).into_iter().flatten() {
            arrived.current = false;
        }
    }

    fn deleted(&mut self, arn: &str) {
        let mut parts = arn.rsplit('/');
        let (Some(version), Some(group)) = (parts.next().and_then(|number| number.parse().ok()), parts.next()) else {
            return;
        };
        let project = group.trim_start_matches("windsock-").to_owned();
        self.versions.entry((project, version)).or_default().deleted = true;
    }

    fn freeze(&mut self, project: &str, kind: &str, slot: &str, record: &Value) {
        let text = |member: &str| record[member].as_str().unwrap_or_default().to_owned();
        let frozen = self.frozen.entry(slot.to_owned()).or_default();
        *frozen = Frozen {
            project: project.to_owned(),
            kind: kind.to_owned(),
            predecessor: text("predecessor"),
            cause: text("cause"),
            failures_before: record["failures_before"].as_u64().unwrap_or(0),
            reads: arrivals(&record["reads"]).collect(),
            champion: record["champion"]["version"].as_u64(),
            frozen_at: time(&record["frozen_at"]).unwrap_or(0),
            settings: record["project"].clone(),
            written: frozen.written + 1,
        };
    }

    fn champion(&mut self, project: &str, record: &Value) {
        let past = record["history"].as_array().into_iter().flatten();
        let past = past.map(|one| {
            (
                one["version"].as_u64().unwrap_or(0),
                one["since"].as_str().unwrap_or_default().to_owned(),
            )
        });
        let champion = Champion {
            at: self.now,
            version: record["champion"]["version"].as_u64(),
            since: record["since"].as_str().unwrap_or_default().to_owned(),
            reason: record["reason"].as_str().unwrap_or_default().to_owned(),
            history: past.collect(),
        };
        self.champions.entry(project.to_owned()).or_default().push(champion);
    }

    fn run(&mut self, at: Millis, arn: &str, pipeline: &str, display_name: &str, status: &str, parameters: &Value) {
        if let Some(run) = self.runs.iter_mut().rev().find(|run| run.arn == arn) {
            status.clone_into(&mut run.status);
            return;
        }
        self.runs.push(Run {
            arn: arn.to_owned(),
            pipeline: pipeline.to_owned(),
            slot: display_name.strip_prefix("windsock-").map(str::to_owned),
            parameters: parameters.clone(),
            started_at: at,
            status: status.to_owned(),
        });
    }

    fn log(&mut self, at: Millis, function: &str, line: &Value) {
        let text = |member: &str| line[member].as_str().unwrap_or_default();
        if function != "simulation" {
            if text("event") == "plan" {
                let reason = if line["stand_down"].is_string() {
                    text("stand_down")
                } else {
                    text("action")
                };
                let key = (function.to_owned(), text("project").to_owned());
                self.decisions.insert(key, (at, reason.to_owned(), time(&line["due"])));
            }
            return;
        }
        match text("event") {
            "poison" => self.poison += 1,
            "fault" if line["about"]["operation"] == "Publish" => self.ambiguous.push(at),
            "job" => {
                let execution = text("execution");
                let slot = self
                    .runs
                    .iter()
                    .rev()
                    .find(|run| run.arn == execution)
                    .and_then(|run| run.slot.clone());
                let read = line["read"].as_array().into_iter().flatten();
                let read = read.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())));
                if let Some(slot) = slot {
                    self.given.entry(slot).or_default().extend(read);
                }
            }
            _ => {}
        }
    }

    /// The run that this entry starts, if it starts one, and what it froze.
    pub fn started(&self, entry: &Entry) -> Option<(&Run, &Frozen)> {
        let Record::Execution { arn, status, .. } = &entry.record else {
            return None;
        };
        let run = self
            .runs
            .last()
            .filter(|run| run.arn == *arn && run.started_at == entry.at && status == "Executing")?;
        Some((run, self.frozen.get(run.slot.as_ref()?)?))
    }

    /// Ours, in order of their starts, with what they froze.
    pub fn ours<'a>(&'a self, pipeline: &'a str) -> impl DoubleEndedIterator<Item = (&'a Run, &'a Frozen)> + 'a {
        let of_pipeline = self.runs.iter().filter(move |run| run.pipeline == pipeline);
        of_pipeline.filter_map(|run| Some((run, self.frozen.get(run.slot.as_ref()?)?)))
    }

    /// A version's state at a time, and every state that it had since.
    pub fn approvals_since(&self, project: &str, version: u64, since: Millis) -> Vec<&str> {
        let Some(version) = self.versions.get(&(project.to_owned(), version)) else {
            return Vec::new();
        };
        let states = version.states.iter().enumerate();
        let lasts_until = |index: usize| version.states.get(index + 1).map_or(Millis::MAX, |(at, _)| *at);
        states
            .filter(|(index, _)| lasts_until(*index) >= since)
            .map(|(_, (_, state))| state.as_str())
            .collect()
    }
}

fn arrivals(list: &Value) -> impl Iterator<Item = Arrival> + '_ {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| Some((one["key"].as_str()?.to_owned(), one["etag"].as_str()?.to_owned())))
}

pub fn time(value: &Value) -> Option<Millis> {
    value
        .as_str()?
        .parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

pub fn is_over(status: &str) -> bool {
    !matches!(status, "Executing" | "Stopping")
}
