//! One dead letter: what failed, for which project, why, and the way back. Pure.
//!
//! Three forms lie in the queues: a hint that failed five times, as it was; an event that EventBridge could not deliver,
//! with TARGET_ARN and the error as attributes; Lambda's record of an invocation that failed three times, which holds
//! the event and the error.

use serde_json::Value;
use windsock_decisions::layout;
use windsock_events::{
    Event, Fact,
    facts::{Addressee, PipelineKind},
};

/// Longer causes are cut: a list is read line by line.
const WHY_CHARS_MAX: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// What could not handle it: a function, or the queue it was meant for.
    pub failed: String,
    pub project: Option<String>,
    pub what: String,
    pub why: String,
    pub way: Way,
}

/// How it gets back.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// Into this queue, as it was.
    Queue { queue: String, body: String },
    /// As a fact on the bus: itself, or a hint to the function, which then looks for itself.
    Fact(Fact),
    /// Straight to this function, because nobody but Lambda hands over what AWS said: the event as it came.
    Invoke { function: String, event: Value },
    /// It comes again by itself, so it is only deleted; why.
    Superseded(&'static str),
    /// It stays; why.
    Kept(&'static str),
}

impl Letter {
    pub fn read(prefix: &str, queue: &str, body: &str, attribute: impl Fn(&str) -> Option<String>) -> Self {
        let document: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(function) = document["requestContext"]["functionArn"].as_str() {
            let why = document["responsePayload"]["errorMessage"].as_str();
            let why = why.or_else(|| document["requestContext"]["condition"].as_str());
            return Self::of_function(
                prefix,
                function,
                &document["requestPayload"],
                why.unwrap_or("no reason given"),
            );
        }
        let error = attribute("ERROR_MESSAGE").or_else(|| attribute("ERROR_CODE"));
        let why = error.unwrap_or_else(|| "it was received too often; the function's log says why".to_owned());
        match attribute("TARGET_ARN") {
            Some(target) if target.contains(":lambda:") => Self::of_function(prefix, &target, &document, &why),
            Some(target) => Self::of_queue(prefix, target.rsplit(':').next().unwrap_or_default(), body, &why),
            None => match queue.strip_suffix("-dead-letters") {
                Some(home) => Self::of_queue(prefix, &format!("{prefix}-{home}"), body, &why),
                None => Self {
                    failed: "unknown".to_owned(),
                    project: None,
                    what: "a message of no form that Windsock knows".to_owned(),
                    why: one_line(&why),
                    way: Way::Kept("nothing says where it belongs"),
                },
            },
        }
    }

    fn of_queue(prefix: &str, queue: &str, body: &str, why: &str) -> Self {
        let event = Event::from_json(body).ok();
        Self {
            failed: format!("queue {queue}"),
            project: event.as_ref().and_then(|event| project_of(prefix, event)),
            what: what(event.as_ref()),
            why: one_line(why),
            way: Way::Queue {
                queue: queue.to_owned(),
                body: body.to_owned(),
            },
        }
    }

    fn of_function(prefix: &str, arn: &str, payload: &Value, why: &str) -> Self {
        // `...:function:<name>`, with or without a version behind it.
        let name = arn.split(":function:").nth(1).unwrap_or(arn);
        let name = name.split(':').next().unwrap_or(name);
        let function = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('-'))
            .unwrap_or(name);
        let event = Event::from_value(payload).ok();
        let project = event.as_ref().and_then(|event| project_of(prefix, event));
        Self {
            failed: function.to_owned(),
            what: what(event.as_ref()),
            why: one_line(why),
            way: way_to(function, name, event.as_ref(), project.as_deref(), payload),
            project,
        }
    }
}

fn way_to(function: &str, name: &str, event: Option<&Event>, project: Option<&str>, payload: &Value) -> Way {
    match (event, project, addressee(function)) {
        (Some(Event::Scheduled), ..) => Way::Superseded("its schedule wakes it again, and it looks at everything"),
        (Some(Event::Fact(fact)), ..) => Way::Fact(fact.clone()),
        // An event that only AWS may say again. All but notify take hints: they look for themselves, whatever wakes them.
        (Some(_), Some(project), Some(to)) => Way::Fact(Fact::HintDue {
            project: project.to_owned(),
            to,
            why: "a person replays a dead letter".to_owned(),
        }),
        _ => Way::Invoke {
            function: name.to_owned(),
            event: payload.clone(),
        },
    }
}

fn addressee(function: &str) -> Option<Addressee> {
    serde_json::from_value(Value::String(function.to_owned())).ok()
}

fn project_of(prefix: &str, event: &Event) -> Option<String> {
    let project = match event {
        Event::ObjectCreated(created) => {
            let mut parts = created.key.split('/');
            let folder = parts.next()?;
            let project = parts.next()?;
            ["training", "inference", "jobs"].contains(&folder).then_some(project)?
        }
        Event::ExecutionStatus(run) => layout::parse_pipeline(prefix, &run.pipeline_arn)?.0,
        Event::StepStatus(step) => layout::parse_pipeline(prefix, &step.pipeline_arn)?.0,
        Event::ModelPackage(version) => layout::parse_group(prefix, &version.group)?,
        Event::AlarmState(alarm) => layout::parse_alarm(prefix, &alarm.alarm_name)?,
        Event::Fact(fact) => return project_of_fact(fact),
        Event::Scheduled | Event::Other { .. } => return None,
    };
    layout::is_project_name(project).then(|| project.to_owned())
}

/// Every fact names its project.
fn project_of_fact(fact: &Fact) -> Option<String> {
    let document = serde_json::to_value(fact).ok()?;
    Some(document["detail"]["project"].as_str()?.to_owned())
}

fn what(event: Option<&Event>) -> String {
    match event {
        None => "a message that is no event".to_owned(),
        Some(Event::ObjectCreated(created)) => one_line(&format!("a new object {}", created.key)),
        Some(Event::ExecutionStatus(run)) => format!("a run that is {}", run.status),
        Some(Event::StepStatus(_)) => "a step of a run".to_owned(),
        Some(Event::ModelPackage(version)) => format!("a change of version {}", version.version),
        Some(Event::AlarmState(_)) => "a change of the drift alarm".to_owned(),
        Some(Event::Fact(Fact::ScheduleTick {
            pipeline: PipelineKind::Training,
            ..
        })) => "its training schedule".into(),
        Some(Event::Fact(Fact::ScheduleTick { .. })) => "its inference schedule".to_owned(),
        Some(Event::Fact(fact)) => {
            let document = serde_json::to_value(fact).unwrap_or_default();
            format!("fact {}", document["detail-type"].as_str().unwrap_or_default())
        }
        Some(Event::Scheduled) => "its schedule".to_owned(),
        Some(Event::Other { source, detail_type }) => one_line(&format!("{detail_type} from {source}")),
    }
}

/// Texts from outside: on one line, and not all of it.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(WHY_CHARS_MAX).collect()
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
