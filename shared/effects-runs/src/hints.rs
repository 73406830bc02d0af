//! Folds a batch of a queue of hints: every message is a whole event, and all hints of one project are one question.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Context;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::error;
use windsock_decisions::layout;
use windsock_effects::Config;
use windsock_events::{Event, Fact, ObjectCreated, facts::PipelineKind};

use crate::starting::{addressee, function};

/// Projects that one invocation asks SageMaker about: its calls are few, and the invocation must end in time.
const ASKED_ABOUT_MAX: usize = 40;

/// What is left of them. Who finds no room sends itself a hint, which is handed out after those that wait already: so the
/// queue goes round, and a full batch costs no message one of its tries.
#[derive(Debug)]
pub struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(ASKED_ABOUT_MAX)
    }
}

impl Room {
    /// Whether there was a place.
    pub fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// What a batch asks, and which of its messages return to the queue.
#[derive(Debug)]
pub struct Batch {
    kind: PipelineKind,
    /// Those that have waited longest first.
    pub projects: Vec<(String, Hints)>,
    /// Messages about nothing of ours.
    pub not_ours: usize,
    /// Ids of messages that do not read, and of projects that failed. After some tries the queue hands a message to its
    /// dead letters.
    pub returned: Vec<String>,
}

/// All hints of one project in a batch.
#[derive(Debug, Default)]
pub struct Hints {
    pub message_ids: Vec<String>,
    /// The newest tick of the project's schedule.
    pub tick: Option<Timestamp>,
    /// Arrivals, in case nobody knows the project.
    pub objects: Vec<ObjectCreated>,
    /// Something else than an arrival, or a hint that we should look, is among them.
    pub more_than_arrivals: bool,
    /// How often the queue has handed out the oldest of these messages.
    receives: u32,
    /// When the oldest was sent, in milliseconds; none without such a message.
    sent_at: Option<u64>,
}

/// Hints for the function that starts runs of this kind.
pub fn fold(config: &Config, kind: PipelineKind, event: &SqsEvent) -> anyhow::Result<Batch> {
    let mut batch = Batch {
        kind,
        projects: Vec::new(),
        not_ours: 0,
        returned: Vec::new(),
    };
    let mut projects: BTreeMap<String, Hints> = BTreeMap::new();
    for message in &event.records {
        let id = message
            .message_id
            .clone()
            .context("a message of the queue has no messageId")?;
        let read = Event::from_json(message.body.as_deref().unwrap_or_default());
        let event = match read {
            Ok(event) => event,
            Err(error) => {
                let function = function(kind);
                error!(event = "failure", function, message_id = id, "read the hint: {error}");
                batch.returned.push(id);
                continue;
            }
        };
        match project_of(config, kind, &event) {
            Some(project) => {
                projects.entry(project).or_default().add(id, message, event);
            }
            None => batch.not_ours += 1,
        }
    }
    batch.projects = projects.into_iter().collect();
    batch
        .projects
        .sort_by_key(|(_, hints)| (Reverse(hints.receives), hints.sent_at));
    Ok(batch)
}

impl Batch {
    /// Its hints alone return to the queue: projects do not hold each other up.
    pub fn failed(&mut self, project: &str, hints: Hints, error: &anyhow::Error) {
        error!(event = "failure", function = function(self.kind), project, "{error:#}");
        self.returned.extend(hints.message_ids);
    }

    /// What the function answers to its queue.
    pub fn answer(&self) -> Value {
        let failures: Vec<Value> = self.returned.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        json!({ "batchItemFailures": failures })
    }
}

impl Hints {
    fn add(&mut self, id: String, message: &SqsMessage, event: Event) {
        let receives = message.attributes.get("ApproximateReceiveCount");
        let receives = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
        self.receives = self.receives.max(receives);
        let sent_at = message.attributes.get("SentTimestamp").and_then(|at| at.parse().ok());
        self.sent_at = self.sent_at.into_iter().chain(sent_at).min();
        let of_arrivals = matches!(event, Event::ObjectCreated(_) | Event::Fact(Fact::HintDue { .. }));
        self.more_than_arrivals |= !of_arrivals;
        self.message_ids.push(id);
        match event {
            Event::ObjectCreated(object) => self.objects.push(object),
            // A time that does not read is no tick, but the hint still wakes us, and the schedule's expression is known.
            Event::Fact(Fact::ScheduleTick { scheduled_time, .. }) => {
                self.tick = self.tick.max(scheduled_time.parse().ok());
            }
            _ => {}
        }
    }
}

/// The project that an event is a hint for.
fn project_of(config: &Config, kind: PipelineKind, event: &Event) -> Option<String> {
    match event {
        Event::ObjectCreated(object) if object.bucket == config.data_bucket => {
            let folder = match kind {
                PipelineKind::Training => layout::TRAINING,
                PipelineKind::Inference => layout::INFERENCE,
            };
            let below = object.key.strip_prefix(folder)?;
            // An object beside the projects' folders belongs to none; its name stands for the project nobody knows.
            Some(below.split('/').next().unwrap_or(below).to_owned())
        }
        Event::ExecutionStatus(execution) => {
            let (project, of) = layout::parse_pipeline(&config.name_prefix, &execution.pipeline_arn)?;
            (of == kind).then(|| project.to_owned())
        }
        Event::Fact(fact) => project_of_fact(kind, fact),
        _ => None,
    }
}

fn project_of_fact(kind: PipelineKind, fact: &Fact) -> Option<String> {
    let (project, is_hint) = match fact {
        Fact::DriftConfirmed { project, .. } => (project, kind == PipelineKind::Training),
        Fact::ModelPromoted { project, .. } => (project, kind == PipelineKind::Inference),
        Fact::ScheduleTick { project, pipeline, .. } => (project, *pipeline == kind),
        Fact::HintDue { project, to, .. } => (project, *to == addressee(kind)),
        _ => return None,
    };
    is_hint.then(|| project.clone())
}
