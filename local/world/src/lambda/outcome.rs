//! How invocations end, and what becomes of those that failed.

use serde_json::{Value, json};

use super::invoke::{Cause, Event};
use crate::{InvocationOutcome, Millis, Record, World, cloudwatch::Ended};

/// Rest before the second and the third attempt.
const RETRY_AFTER: [Millis; 2] = [60_000, 120_000];

/// Why Lambda gives an event up, in its own words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
}

impl Condition {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

impl World {
    /// An end that nobody waits for, such as a second report of the same, changes nothing.
    pub(crate) fn invocation_ended(&mut self, id: &str, outcome: InvocationOutcome) {
        let Some(running) = self.lambda.running.remove(id) else {
            return;
        };
        let timeout_s = self
            .function(&running.function)
            .map_or(0, |function| function.timeout_s);
        let answer = answer_of(id, &outcome, timeout_s);
        self.journal(Record::InvocationEnded {
            id: id.into(),
            function: running.function.clone(),
            outcome: name_of(&outcome).into(),
            answer: match &answer {
                Ok(value) => value.clone(),
                Err(error) => error["errorMessage"].clone(),
            },
        });
        self.measure_invocation(&Ended {
            function: &running.function,
            started_at: running.started_at,
            failed: answer.is_err(),
        });
        match running.cause {
            Cause::Asked => {}
            Cause::Event { number, event } => self.event_ended(&running.function, number, event, answer),
            Cause::Messages {
                mapping,
                queue,
                messages,
            } => {
                self.messages_ended(&mapping, &queue, &messages, &answer);
            }
        }
        self.dispatch(&running.function);
    }

    fn event_ended(&mut self, name: &str, number: u64, event: Event, answer: Result<Value, Value>) {
        let Ok(function) = self.function(name) else { return };
        let config = function.invoke_config.clone();
        let error = match answer {
            Ok(value) => return self.event_succeeded(name, &event, value),
            Err(error) => error,
        };
        if event.attempts > config.retries {
            return self.give_up(name, &event, Condition::RetriesExhausted, &error);
        }
        let place = usize::try_from(event.attempts).unwrap_or(usize::MAX).saturating_sub(1);
        let delay = RETRY_AFTER[place.min(RETRY_AFTER.len() - 1)];
        if self.now + delay - event.accepted_at > config.age_max {
            return self.give_up(name, &event, Condition::EventAgeExceeded, &error);
        }
        self.rest(name.to_owned(), number, event, delay);
    }
}

/// What the function answered, or the error as Lambda would write it.
fn answer_of(id: &str, outcome: &InvocationOutcome, timeout_s: i64) -> Result<Value, Value> {
    let error = |kind: &str, message: String| Err(json!({ "errorType": kind, "errorMessage": message }));
    match outcome {
        InvocationOutcome::Returned(value) => Ok(value.clone()),
        InvocationOutcome::Failed { error_type, message } => error(error_type, message.clone()),
        InvocationOutcome::TimedOut => error(
            "Sandbox.Timedout",
            format!("RequestId: {id} Error: Task timed out after {timeout_s}.00 seconds"),
        ),
        InvocationOutcome::Crashed { message } => {
            error("Runtime.ExitError", format!("RequestId: {id} Error: {message}"))
        }
    }
}

fn name_of(outcome: &InvocationOutcome) -> &'static str {
    match outcome {
        InvocationOutcome::Returned(_) => "returned",
        InvocationOutcome::Failed { .. } => "failed",
        InvocationOutcome::TimedOut => "timed-out",
        InvocationOutcome::Crashed { .. } => "crashed",
    }
}
