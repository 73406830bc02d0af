//! The journal as a person reads it: when, who, what.

use std::collections::{BTreeMap, BTreeSet};

use windsock_deployment::Deployed;
use windsock_host::Host;
use windsock_world::{Entry, Record};

use crate::report::{log_field, rfc3339};

pub struct Timeline {
    /// How many entries of the journal were read.
    read: usize,
    name_prefix: String,
    data_bucket: String,
    /// Steps that ended, by execution.
    steps: BTreeMap<String, Vec<String>>,
    /// What was said of this stand-down already: (function, reason).
    stood_down: BTreeSet<(String, String)>,
    /// What each version was last said to be: a stamp on a version is an update too, and no news.
    approvals: BTreeMap<u64, String>,
    /// Lines of the present minute: copies of one event do the same thing at once, and are told once.
    minute: (String, BTreeSet<(String, String)>),
}

impl Timeline {
    pub fn new(deployed: &Deployed) -> Self {
        Self {
            read: 0,
            name_prefix: format!("{}-", deployed.name_prefix),
            data_bucket: deployed.data_bucket.clone(),
            steps: BTreeMap::new(),
            stood_down: BTreeSet::new(),
            approvals: BTreeMap::new(),
            minute: Default::default(),
        }
    }

    /// Print what happened since the last time.
    pub fn print(&mut self, host: &Host) {
        for entry in host.journal_from(self.read) {
            self.read += 1;
            let Some(line) = self.line(&entry) else { continue };
            let at = rfc3339(entry.at);
            let at = at.get(..16).unwrap_or(&at).replace('T', " ");
            if self.minute.0 != at {
                self.minute = (at.clone(), BTreeSet::new());
            }
            if self.minute.1.insert(line.clone()) {
                println!("{at}  {:<17} {}", line.0, line.1);
            }
        }
    }

    fn short(&self, name: &str) -> String {
        name.strip_prefix(&self.name_prefix).unwrap_or(name).to_owned()
    }

    fn line(&mut self, entry: &Entry) -> Option<(String, String)> {
        let said = |who: &str, what: String| Some((who.to_owned(), what));
        match &entry.record {
            Record::ObjectCreated { bucket, key, size, .. } if *bucket == self.data_bucket => {
                said("people", format!("upload {key} ({} kB)", size.div_ceil(1000)))
            }
            Record::Log { function, line } => self.plan(function, line),
            Record::Event {
                source,
                detail_type,
                detail,
                ..
            } if source == "windsock" => self.fact(detail_type, detail),
            Record::Execution {
                arn,
                pipeline,
                status,
                failure,
                ..
            } => {
                let what = self.execution(arn, pipeline, status, failure.as_deref());
                said("sagemaker", what)
            }
            Record::Step {
                execution,
                step,
                status,
                ..
            } => {
                if !matches!(status.as_str(), "Starting" | "Executing") {
                    let steps = self.steps.entry(execution.clone()).or_default();
                    steps.push(if status == "Succeeded" {
                        step.clone()
                    } else {
                        format!("{step} ({status})")
                    });
                }
                None
            }
            Record::ModelPackage {
                version,
                approval,
                caller,
                ..
            } => {
                if self.approvals.insert(*version, approval.clone()).as_ref() == Some(approval) {
                    return None;
                }
                let by = caller.rsplit('/').next().unwrap_or_default();
                said("registry", format!("version {version}: {approval} (by {by})"))
            }
            Record::Metric { name, value, .. } if name == windsock_decisions::layout::DRIFT_SCORE => {
                said("cloudwatch", format!("{name} {value:.2}"))
            }
            Record::Alarm {
                name, state, previous, ..
            } => said(
                "cloudwatch",
                format!("alarm {}: {previous} -> {state}", self.short(name)),
            ),
            Record::Letter {
                subject, attributes, ..
            } => {
                let to = ["managers", "approvers", "engineers"]
                    .into_iter()
                    .find(|to| attributes.to_string().contains(to));
                said("letter", format!("to {}: {subject}", to.unwrap_or("subscribers")))
            }
            Record::DeadLetter { queue, error, .. } => said(
                "dead letter",
                format!("in {}: {}", self.short(queue), first_line(error)),
            ),
            Record::InvocationEnded {
                function,
                outcome,
                answer,
                ..
            } if outcome != "returned" => said(
                &self.short(function),
                format!("{outcome}: {}", first_line(&answer.to_string())),
            ),
            _ => None,
        }
    }

    /// An action is always told; a reason to stand down once per function, the report counts the rest.
    fn plan(&mut self, function: &str, line: &serde_json::Value) -> Option<(String, String)> {
        if log_field(line, "event") != Some("plan") {
            return None;
        }
        let who = self.short(function);
        if let Some(action) = log_field(line, "action") {
            // What the others do shows by itself: facts on the bus, metrics, letters.
            return (who == "retire").then(|| (who, action.replace('-', " ")));
        }
        let reason = log_field(line, "stand_down")?;
        if matches!(reason, "not-ours" | "all-well") || !self.stood_down.insert((who.clone(), reason.to_owned())) {
            return None;
        }
        let due = log_field(line, "due")
            .map(|due| format!(", asks again at {due}"))
            .unwrap_or_default();
        Some((who, format!("stands down: {reason}{due}")))
    }

    /// What our functions say on the bus.
    fn fact(&self, name: &str, detail: &serde_json::Value) -> Option<(String, String)> {
        let text = |member: &str| detail[member].as_str().unwrap_or_default().to_owned();
        let (who, what) = match name {
            "HintDue" => ("sweep", format!("asks {}: {}", text("to"), text("why"))),
            "RunEnded" => ("sweep", format!("tells of a run that ended {}", text("status"))),
            "DriftConfirmed" => (
                "respond-to-drift",
                "drift is confirmed; training is asked for".to_owned(),
            ),
            "DriftRefused" => (
                "respond-to-drift",
                format!("drift is recorded; no retraining: {}", text("reason")),
            ),
            "DriftOver" => ("respond-to-drift", "the drift is over".to_owned()),
            "ModelPromoted" => (
                "promote-model",
                format!("version {} is champion ({})", detail["version"], text("reason")),
            ),
            "ChampionWithdrawn" => (
                "promote-model",
                format!("version {} is withdrawn; no champion", detail["version"]),
            ),
            "TrainingStarted" | "InferenceStarted" => (
                if name.starts_with('T') {
                    "start-training"
                } else {
                    "start-inference"
                },
                started(detail),
            ),
            _ => return None,
        };
        Some((who.to_owned(), what))
    }

    fn execution(&mut self, arn: &str, pipeline: &str, status: &str, failure: Option<&str>) -> String {
        let steps = self.steps.get(arn).map(|steps| steps.join(", ")).unwrap_or_default();
        let pipeline = self.short(pipeline);
        match (status, failure) {
            ("Executing", _) => format!("{pipeline}: started"),
            (_, Some(failure)) => format!("{pipeline}: {status}: {}", first_line(failure)),
            _ => format!("{pipeline}: {status} ({steps})"),
        }
    }
}

fn started(detail: &serde_json::Value) -> String {
    let cause = detail["cause"]
        .as_str()
        .map(|cause| format!(", because of {cause}"))
        .unwrap_or_default();
    let version = detail["version"]
        .as_u64()
        .map(|version| format!(" with version {version}"))
        .unwrap_or_default();
    format!("started a run on {} objects{version}{cause}", detail["objects"])
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut cut: String = line.chars().take(100).collect();
    if line.chars().count() > 100 {
        cut.push_str("...");
    }
    cut
}
