//! Starting invocations: at once for a caller who waits, otherwise from the queue of asynchronous events.

use serde_json::{Value, json};

use super::{LambdaTimer, function_name, outcome::Condition};
use crate::{
    ApiError, Millis, Record, World,
    input::Members,
    sqs::Message,
    work::{Invocation, Work},
    world::Timer,
};

/// Largest payload of an asynchronous invocation.
const ASYNC_BYTES_MAX: usize = 1024 * 1024;
/// Largest payload of an invocation that the caller waits for.
const SYNC_BYTES_MAX: usize = 6 * 1024 * 1024;

/// One asynchronous event, through all its attempts.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) request_id: String,
    pub(super) payload: Value,
    pub(super) accepted_at: Millis,
    /// Attempts made.
    pub(super) attempts: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) function: String,
    pub(super) started_at: Millis,
    pub(super) cause: Cause,
}

/// Why a function runs, which says what becomes of its failure.
#[derive(Debug, Clone)]
pub(super) enum Cause {
    /// A caller waits and hears of it.
    Asked,
    Event {
        number: u64,
        event: Event,
    },
    Messages {
        mapping: String,
        queue: String,
        messages: Vec<Message>,
    },
}

impl World {
    pub(super) fn invoke(&mut self, name: &str, members: Members) -> Result<Value, ApiError> {
        let function = self.function(name)?;
        let payload = members.get("Payload").cloned().unwrap_or_else(|| json!({}));
        match members.text("InvocationType")?.unwrap_or("RequestResponse") {
            "DryRun" => Ok(json!({ "StatusCode": 204 })),
            "Event" => {
                self.invoke_later(name, payload, 0)?;
                Ok(json!({ "StatusCode": 202 }))
            }
            "RequestResponse" => {
                check_size(&payload, SYNC_BYTES_MAX)?;
                if self.running(name) >= function.concurrency() {
                    self.measure_throttle(name);
                    return Err(ApiError::new(429, "TooManyRequestsException", "Rate Exceeded."));
                }
                let id = self.start(name, payload, 1, Cause::Asked)?;
                // The answer is not known yet: whoever speaks for the caller waits for this invocation's end.
                Ok(json!({ "StatusCode": 200, "ExecutedVersion": "$LATEST", "invocation": id }))
            }
            other => Err(ApiError::validation(format!(
                "InvocationType is Event, RequestResponse or DryRun, not {other}"
            ))),
        }
    }

    /// Accept an asynchronous event, to be attempted after `delay`.
    pub(crate) fn invoke_later(&mut self, function: &str, payload: Value, delay: Millis) -> Result<(), ApiError> {
        let name = function_name(function).to_owned();
        self.function(&name)?;
        check_size(&payload, ASYNC_BYTES_MAX)?;
        let event = Event {
            request_id: self.new_uuid(),
            payload,
            accepted_at: self.now,
            attempts: 0,
        };
        self.lambda.arrived += 1;
        let number = self.lambda.arrived;
        if delay > 0 {
            self.rest(name, number, event, delay);
            return Ok(());
        }
        self.function_mut(&name)?.waiting.insert(number, event);
        self.dispatch(&name);
        Ok(())
    }

    /// Put an event aside until its next attempt.
    pub(super) fn rest(&mut self, function: String, number: u64, event: Event, delay: Millis) {
        self.lambda.resting.insert(number, (function, event));
        self.set_timer(self.now + delay, Timer::Lambda(LambdaTimer::Attempt { event: number }));
    }

    pub(super) fn attempt(&mut self, number: u64) {
        let Some((name, event)) = self.lambda.resting.remove(&number) else {
            return;
        };
        let Ok(function) = self.function_mut(&name) else { return };
        function.waiting.insert(number, event);
        self.dispatch(&name);
    }

    /// Start what waits, as far as there is room; then let the mappings use what room is left.
    pub(super) fn dispatch(&mut self, name: &str) {
        loop {
            let running = self.running(name);
            let now = self.now;
            let Some(function) = self.lambda.functions.get_mut(name) else {
                return;
            };
            if running >= function.concurrency() {
                return;
            }
            let age_max = function.invoke_config.age_max;
            let Some((number, mut event)) = function.waiting.pop_first() else {
                break;
            };
            if now - event.accepted_at > age_max {
                let error = json!({ "errorType": "EventAgeExceeded", "errorMessage": "the event is too old to retry" });
                self.give_up(name, &event, Condition::EventAgeExceeded, &error);
                continue;
            }
            event.attempts += 1;
            let (payload, attempt) = (event.payload.clone(), event.attempts);
            // The function is there: it was looked up above.
            let _ = self.start(name, payload, attempt, Cause::Event { number, event });
        }
        self.poll_for(name);
    }

    pub(super) fn running(&self, name: &str) -> usize {
        self.lambda
            .running
            .values()
            .filter(|running| running.function == name)
            .count()
    }

    /// Hand an invocation to the host. Every attempt has an id of its own (AWS repeats the request id), so that the end
    /// of one attempt can never be taken for the end of another.
    pub(super) fn start(&mut self, name: &str, payload: Value, attempt: u32, cause: Cause) -> Result<String, ApiError> {
        let id = self.new_uuid();
        let started_at = self.now;
        let function = self.function(name)?;
        let invocation = Invocation {
            id: id.clone(),
            function: function.name.clone(),
            function_arn: function.arn.clone(),
            role_arn: function.role_arn.clone(),
            environment: function.environment.clone(),
            program: function.code.program.clone(),
            archive: function.code.archive.clone(),
            memory_mb: function.memory_mb,
            timeout_ms: function.timeout_s * 1000,
            started_at,
            payload: payload.clone(),
        };
        self.journal(Record::InvocationStarted {
            id: id.clone(),
            function: name.into(),
            attempt,
            payload,
        });
        self.lambda.running.insert(
            id.clone(),
            Running {
                function: name.into(),
                started_at,
                cause,
            },
        );
        self.push_work(Work::Invoke(invocation));
        Ok(id)
    }
}

fn check_size(payload: &Value, bytes_max: usize) -> Result<(), ApiError> {
    let size = payload.to_string().len();
    if size > bytes_max {
        let message = format!("{size} byte payload is too large for the function (limit {bytes_max} bytes)");
        return Err(ApiError::new(413, "RequestTooLargeException", message));
    }
    Ok(())
}
