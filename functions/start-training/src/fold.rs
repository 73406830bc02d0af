//! Folds a batch of the queue: every message is a whole event, and all hints of one project are one question.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Context;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;
use tracing::error;
use windsock_decisions::layout;
use windsock_effects::Config;
use windsock_events::{
    Event, Fact, ObjectCreated,
    facts::{Addressee, PipelineKind},
};

use crate::NAME;

/// What a batch asks.
#[derive(Debug, Default)]
pub struct Batch {
    /// Those that have waited longest first.
    pub projects: Vec<(String, Hints)>,
    /// Ids of messages that do not read; after some tries the queue hands them to its dead letters.
    pub broken: Vec<String>,
    /// Messages about nothing of ours.
    pub not_ours: usize,
}

/// All hints of one project in a batch.
#[derive(Debug, Default)]
pub struct Hints {
    pub message_ids: Vec<String>,
    /// The newest tick of the project's schedule.
    pub tick: Option<Timestamp>,
    /// Arrivals, in case nobody knows the project.
    pub objects: Vec<ObjectCreated>,
    /// How often the queue has handed out the oldest of these messages.
    receives: u32,
}

pub fn fold(config: &Config, event: &SqsEvent) -> anyhow::Result<Batch> {
    let mut batch = Batch::default();
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
                error!(
                    event = "failure",
                    function = NAME,
                    message = id,
                    "read the hint: {error}"
                );
                batch.broken.push(id);
                continue;
            }
        };
        match project_of(config, &event) {
            Some(project) => {
                projects.entry(project).or_default().add(id, message, event);
            }
            None => batch.not_ours += 1,
        }
    }
    batch.projects = projects.into_iter().collect();
    batch.projects.sort_by_key(|(_, hints)| Reverse(hints.receives));
    Ok(batch)
}

impl Hints {
    fn add(&mut self, id: String, message: &SqsMessage, event: Event) {
        let receives = message.attributes.get("ApproximateReceiveCount");
        let receives = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
        self.receives = self.receives.max(receives);
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

/// The project that an event is a training hint for.
fn project_of(config: &Config, event: &Event) -> Option<String> {
    match event {
        Event::ObjectCreated(object) if object.bucket == config.data_bucket => {
            let below = object.key.strip_prefix(layout::TRAINING)?;
            // An object beside the projects' folders belongs to none; its name stands for the project nobody knows.
            Some(below.split('/').next().unwrap_or(below).to_owned())
        }
        Event::ExecutionStatus(execution) => {
            match layout::parse_pipeline(&config.name_prefix, &execution.pipeline_arn)? {
                (project, PipelineKind::Training) => Some(project.to_owned()),
                (_, PipelineKind::Inference) => None,
            }
        }
        Event::Fact(Fact::DriftConfirmed { project, .. })
        | Event::Fact(Fact::ScheduleTick {
            project,
            pipeline: PipelineKind::Training,
            ..
        })
        | Event::Fact(Fact::HintDue {
            project,
            to: Addressee::StartTraining,
            ..
        }) => Some(project.clone()),
        _ => None,
    }
}
