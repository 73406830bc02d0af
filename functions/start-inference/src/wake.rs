//! Which project an event wakes us for.

use jiff::Timestamp;
use windsock_decisions::layout;
use windsock_effects::Config;
use windsock_events::{
    Event, Fact, ObjectCreated,
    facts::{Addressee, PipelineKind},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    pub project: String,
    /// A schedule's tick is itself a reason to score.
    pub tick: Option<Timestamp>,
    /// The arrival that woke us, in case nobody knows its project.
    pub object: Option<ObjectCreated>,
}

/// None for an event about nothing of ours.
pub fn wake(config: &Config, event: &Event) -> Option<Wake> {
    let woken = |project: &str| {
        Some(Wake {
            project: project.to_owned(),
            tick: None,
            object: None,
        })
    };
    match event {
        Event::ObjectCreated(object) if object.bucket == config.data_bucket => {
            let below = object.key.strip_prefix(layout::INFERENCE)?;
            // An object beside the projects' folders belongs to none; its name stands for the project nobody knows.
            let wake = woken(below.split('/').next().unwrap_or(below))?;
            Some(Wake {
                object: Some(object.clone()),
                ..wake
            })
        }
        Event::ExecutionStatus(execution) => {
            match layout::parse_pipeline(&config.name_prefix, &execution.pipeline_arn)? {
                (project, PipelineKind::Inference) => woken(project),
                (_, PipelineKind::Training) => None,
            }
        }
        Event::Fact(Fact::ScheduleTick {
            project,
            pipeline: PipelineKind::Inference,
            scheduled_time,
        }) => Some(Wake {
            project: project.clone(),
            // A time that does not read is no tick, but the hint still wakes us, and the expression is known.
            tick: scheduled_time.parse().ok(),
            object: None,
        }),
        Event::Fact(Fact::ModelPromoted { project, .. })
        | Event::Fact(Fact::HintDue {
            project,
            to: Addressee::StartInference,
            ..
        }) => woken(project),
        _ => None,
    }
}
