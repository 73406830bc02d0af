//! One event, typed by what it says happened. What we do not know is `Other`, not an error: senders grow.

use serde_json::Value;

use crate::{
    AlarmState, Envelope, EventError, ExecutionStatus, Fact, ModelPackage, ObjectCreated, StepStatus, facts,
    members::Members,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    ObjectCreated(ObjectCreated),
    ExecutionStatus(ExecutionStatus),
    StepStatus(StepStatus),
    ModelPackage(ModelPackage),
    AlarmState(AlarmState),
    Fact(Fact),
    /// A rule's schedule came due: the event says nothing else.
    Scheduled,
    Other {
        source: String,
        detail_type: String,
    },
}

impl Event {
    /// Reads the text of an event, e.g. the body of a queue's message.
    pub fn from_json(text: &str) -> Result<Self, EventError> {
        // serde_json refuses documents nested deeper than 128, so hostile ones end here.
        let event: Value = serde_json::from_str(text).map_err(|error| EventError::NotJson(one_line(&error)))?;
        Self::from_value(&event)
    }

    pub fn from_value(event: &Value) -> Result<Self, EventError> {
        let envelope = Envelope::from_value(event)?;
        let members = Members::of(event)?;
        let read = match (envelope.source.as_str(), envelope.detail_type.as_str()) {
            ("aws.s3", "Object Created") => Some(Self::ObjectCreated(ObjectCreated::read(&members)?)),
            ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Status Change") => {
                Some(Self::ExecutionStatus(ExecutionStatus::read(&members)?))
            }
            ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Step Status Change") => {
                Some(Self::StepStatus(StepStatus::read(&members)?))
            }
            ("aws.sagemaker", "SageMaker Model Package State Change") => {
                ModelPackage::read(&members)?.map(Self::ModelPackage)
            }
            ("aws.cloudwatch", "CloudWatch Alarm State Change") => Some(Self::AlarmState(AlarmState::read(&members)?)),
            ("aws.events", "Scheduled Event") => Some(Self::Scheduled),
            (facts::SOURCE, _) => fact(&envelope)?.map(Self::Fact),
            _ => None,
        };
        Ok(read.unwrap_or(Self::Other {
            source: envelope.source,
            detail_type: envelope.detail_type,
        }))
    }
}

/// None for a fact that this version does not know.
fn fact(envelope: &Envelope) -> Result<Option<Fact>, EventError> {
    let name = &envelope.detail_type;
    let document = |detail: &Value| serde_json::json!({ "detail-type": name, "detail": detail });
    let error = match serde_json::from_value(document(&envelope.detail)) {
        Ok(fact) => return Ok(Some(fact)),
        Err(error) => error,
    };
    // A word inside a known fact may be unknown too, so the name is tried by itself.
    let alone = serde_json::from_value::<Fact>(document(&Value::Null));
    let unknown = |error: serde_json::Error| error.to_string().starts_with("unknown variant");
    if alone.err().is_some_and(unknown) {
        return Ok(None);
    }
    Err(EventError::Fact {
        name: name.clone(),
        why: one_line(&error),
    })
}

/// What is wrong may repeat what the sender wrote: on one line, and not all of it.
fn one_line(error: &serde_json::Error) -> String {
    const CHARS_MAX: usize = 300;
    let plain = |c: char| match c {
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    error.to_string().chars().take(CHARS_MAX).map(plain).collect()
}
