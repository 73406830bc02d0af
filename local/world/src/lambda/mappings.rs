//! Functions that read queues: batching, limits, and which messages were handled.
//!
//! Messages that were not handled stay hidden until their visibility time-out ends, and are then received again.

use serde_json::{Value, json};

use super::{LambdaTimer, invoke::Cause};
use crate::{Millis, World, access::Need, sqs::Message, world::Timer};

#[derive(Debug, Clone)]
pub(super) struct Mapping {
    pub(super) uuid: String,
    pub(super) function: String,
    /// The queue's name.
    pub(super) queue: String,
    pub(super) batch_size: usize,
    pub(super) window: Millis,
    /// ReportBatchItemFailures: the function's answer says which messages failed.
    pub(super) reports_failures: bool,
    pub(super) concurrency_max: Option<usize>,
    pub(super) enabled: bool,
    /// Whether the batching window of a batch is running.
    pub(super) collecting: bool,
    pub(super) modified_at: Millis,
}

impl World {
    /// Whether a function reads this queue and could take a batch now.
    pub(crate) fn has_ready_reader(&self, queue: &str) -> bool {
        let mut mappings = self.lambda.mappings.values();
        mappings.any(|mapping| mapping.enabled && mapping.queue == queue && self.has_room(mapping))
    }

    /// The function that reads this queue.
    pub(crate) fn reader_of(&self, queue: &str) -> Option<String> {
        self.lambda
            .mappings
            .values()
            .find(|mapping| mapping.queue == queue)
            .map(|mapping| mapping.function.clone())
    }

    /// The queue changed: start a batch, or the window in which to collect one.
    pub(crate) fn poll_queue(&mut self, queue: &str) {
        self.poll_where(|mapping| mapping.queue == queue);
    }

    /// The function has room again.
    pub(super) fn poll_for(&mut self, function: &str) {
        self.poll_where(|mapping| mapping.function == function);
    }

    fn poll_where(&mut self, wanted: impl Fn(&Mapping) -> bool) {
        let mappings = self
            .lambda
            .mappings
            .values()
            .filter(|mapping| mapping.enabled && wanted(mapping));
        let mappings: Vec<Mapping> = mappings.cloned().collect();
        for mapping in mappings {
            self.poll(&mapping);
            self.watch_queue(&mapping.queue);
        }
    }

    fn poll(&mut self, mapping: &Mapping) {
        if !self.has_room(mapping) {
            return;
        }
        // A message received too often must not wait for company.
        if self.move_dead_letters(&mapping.queue).is_err() {
            return;
        }
        let visible = self.queue(&mapping.queue).map_or(0, |queue| queue.visible(self.now));
        if visible == 0 {
            return;
        }
        if mapping.window > 0 && visible < mapping.batch_size {
            if !mapping.collecting {
                self.set_collecting(&mapping.uuid, true);
                let timer = LambdaTimer::Window {
                    mapping: mapping.uuid.clone(),
                };
                self.set_timer(self.now + mapping.window, Timer::Lambda(timer));
            }
            return;
        }
        self.take_batches(mapping);
    }

    /// Whether the function's role may do this with the queue that it reads.
    pub(super) fn may_read(&self, mapping: &Mapping, actions: &[&'static str]) -> bool {
        let (role, queue) = (self.acts_as(&mapping.function), self.arn("sqs", &mapping.queue));
        actions
            .iter()
            .all(|action| self.may(&role, Need::new(action, queue.clone())).is_ok())
    }

    pub(super) fn window_ended(&mut self, uuid: &str) {
        let Some(mapping) = self.lambda.mappings.get(uuid).cloned() else {
            return;
        };
        self.set_collecting(uuid, false);
        if mapping.enabled {
            self.take_batches(&mapping);
        }
        self.watch_queue(&mapping.queue);
    }

    fn set_collecting(&mut self, uuid: &str, collecting: bool) {
        if let Some(mapping) = self.lambda.mappings.get_mut(uuid) {
            mapping.collecting = collecting;
        }
    }

    fn has_room(&self, mapping: &Mapping) -> bool {
        let function = self.function(&mapping.function);
        let room = function.is_ok_and(|function| self.running(&mapping.function) < function.concurrency());
        let of_mapping =
            self.lambda.running.values().filter(
                |running| matches!(&running.cause, Cause::Messages { mapping: uuid, .. } if *uuid == mapping.uuid),
            );
        room && mapping.concurrency_max.is_none_or(|most| of_mapping.count() < most)
    }

    fn take_batches(&mut self, mapping: &Mapping) {
        let timer = Timer::Lambda(LambdaTimer::Window {
            mapping: mapping.uuid.clone(),
        });
        self.cancel_timer(&timer);
        self.set_collecting(&mapping.uuid, false);
        while self.has_room(mapping) && self.may_read(mapping, &["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]) {
            let received = self
                .receive_messages(&mapping.queue, mapping.batch_size, None)
                .unwrap_or_default();
            if received.is_empty() {
                return;
            }
            let arn = self.arn("sqs", &mapping.queue);
            let records: Vec<_> = received
                .iter()
                .map(|message| record(message, &arn, self.region()))
                .collect();
            let cause = Cause::Messages {
                mapping: mapping.uuid.clone(),
                queue: mapping.queue.clone(),
                messages: received,
            };
            // There is room, so there is a function.
            let _ = self.start(&mapping.function, json!({ "Records": records }), 1, cause);
        }
    }

    pub(super) fn messages_ended(
        &mut self,
        mapping: &str,
        queue: &str,
        messages: &[Message],
        answer: &Result<Value, Value>,
    ) {
        let reports = self
            .lambda
            .mappings
            .get(mapping)
            .is_some_and(|mapping| mapping.reports_failures);
        let failed: Vec<&str> = match answer {
            Err(error) => {
                let error = error["errorMessage"].as_str().unwrap_or_default();
                self.note_error(queue, messages, error);
                messages.iter().map(|message| message.id.as_str()).collect()
            }
            Ok(answer) if reports => failures(answer, messages),
            Ok(_) => Vec::new(),
        };
        let handled = messages.iter().filter(|message| !failed.contains(&message.id.as_str()));
        let handled: Vec<&Message> = handled.collect();
        let mapping = self.lambda.mappings.get(mapping);
        // A role that may not delete gets them all again.
        if !handled.is_empty() && mapping.is_some_and(|mapping| !self.may_read(mapping, &["sqs:DeleteMessage"])) {
            return self.queue_changed(queue);
        }
        for message in handled {
            self.delete_message(queue, message.receipt.as_deref().unwrap_or_default());
        }
        self.queue_changed(queue);
    }
}

/// The messages that the answer says failed; all of them when the answer cannot be right.
fn failures<'a>(answer: &'a Value, messages: &'a [Message]) -> Vec<&'a str> {
    let all = || messages.iter().map(|message| message.id.as_str()).collect();
    let listed = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(listed)) => listed,
        Some(_) => return all(),
    };
    let known = |id: &&str| messages.iter().any(|message| message.id == *id);
    let ids = listed
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().filter(known));
    ids.collect::<Option<Vec<_>>>().unwrap_or_else(all)
}

/// A message as a function gets it.
fn record(message: &Message, queue_arn: &str, region: &str) -> Value {
    let attributes = message
        .attributes
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, attribute)| {
            let value = json!({
                "stringValue": attribute["StringValue"],
                "dataType": attribute["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
            });
            (name.clone(), value)
        });
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.system_attributes(),
        "messageAttributes": Value::Object(attributes.collect()),
        "md5OfBody": message.md5(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    })
}
