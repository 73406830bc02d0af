//! The last step to a target, whoever sends: a rule, a schedule, a topic, or a function's destination. Who sends has to
//! be let in by the target's policy, or to have a role that may.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    ApiError, Record, World,
    access::{Actor, Need},
    input::rfc3339,
    lambda::function_arn,
    sns::Publication,
    sqs::NewMessage,
    world::Timer,
};

/// Who sends, for the attributes of a dead letter.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// The rule's or schedule's ARN, which is also the sender of messages.
    pub(crate) arn: String,
    /// `RULE_ARN` or `SCHEDULE_ARN`.
    pub(crate) attribute: &'static str,
    /// As whom it sends: a rule as EventBridge on its behalf, a schedule as its role.
    pub(crate) actor: Actor,
    /// Where to put what cannot be delivered.
    pub(crate) dead_letters: Option<String>,
}

/// What is on its way, by the number of its timer.
#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    sent: u64,
    on_its_way: BTreeMap<u64, OnItsWay>,
}

#[derive(Debug, Clone)]
struct OnItsWay {
    target: String,
    payload: Value,
    sender: Sender,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeliveryTimer {
    number: u64,
}

/// Senders that promise to try, and no more. Facts of our own and schedules are delivered at least once.
fn is_best_effort(payload: &Value) -> bool {
    payload["source"]
        .as_str()
        .is_some_and(|source| source.starts_with("aws."))
}

impl World {
    /// Hand a payload to a target by its ARN. An error means that the target is not there or refuses; what a function
    /// makes of the payload is its own affair.
    pub(crate) fn deliver(&mut self, actor: &Actor, arn: &str, payload: &Value) -> Result<(), ApiError> {
        self.may_deliver(actor, arn)?;
        match arn.split(':').nth(2) {
            Some("lambda") => {
                if self.chance.invokes_twice() {
                    self.invoke_later(arn, payload.clone(), 1000)?;
                }
                self.invoke_later(arn, payload.clone(), 0)
            }
            Some("sqs") => {
                let (body, sender) = (payload.to_string(), self.account().to_owned());
                let message = NewMessage {
                    body,
                    attributes: json!({}),
                    sender,
                    delay: None,
                };
                self.send_message(arn, message).map(|_| ())
            }
            Some("sns") => {
                let publication = Publication::new("AWS Notification Message".into(), payload.to_string());
                self.publish(arn, &publication).map(|_| ())
            }
            _ => Err(ApiError::validation(format!(
                "{arn} is no target that this world can deliver to"
            ))),
        }
    }

    /// Whether this sender may hand anything to this target.
    pub(crate) fn may_deliver(&self, actor: &Actor, arn: &str) -> Result<(), ApiError> {
        let need = match arn.split(':').nth(2) {
            Some("lambda") => Need::new("lambda:InvokeFunction", function_arn(self, arn)),
            Some("sqs") => Need::new("sqs:SendMessage", arn),
            Some("sns") => Need::new("sns:Publish", arn),
            // Refused by name when it is tried.
            _ => return Ok(()),
        };
        self.may(actor, need)
            .map_err(|refusal| ApiError::new(403, "NO_PERMISSIONS", refusal.to_string()))
    }

    /// Deliver as AWS does: once, twice, late or, from a best-effort sender, never.
    pub(crate) fn send_to_target(&mut self, target: &str, payload: &Value, sender: &Sender) {
        for delay in self.chance.arrivals(is_best_effort(payload)) {
            if delay == 0 {
                self.deliver_or_bury(target, payload, sender);
                continue;
            }
            self.deliveries.sent += 1;
            let number = self.deliveries.sent;
            let on_its_way = OnItsWay {
                target: target.to_owned(),
                payload: payload.clone(),
                sender: sender.clone(),
            };
            self.deliveries.on_its_way.insert(number, on_its_way);
            self.set_timer(self.now + delay, Timer::Delivery(DeliveryTimer { number }));
        }
    }

    pub(crate) fn delivery_timer(&mut self, timer: &DeliveryTimer) {
        if let Some(late) = self.deliveries.on_its_way.remove(&timer.number) {
            self.deliver_or_bury(&late.target, &late.payload, &late.sender);
        }
    }

    /// Deliver, or put the payload into the sender's dead-letter queue. Nothing vanishes without a journal line.
    fn deliver_or_bury(&mut self, target: &str, payload: &Value, sender: &Sender) {
        let delivered = if self.chance.refuses_delivery() {
            Err(ApiError::new(
                400,
                "NO_PERMISSIONS",
                "the target's policy refused the sender",
            ))
        } else {
            self.deliver(&sender.actor, target, payload)
        };
        if let Err(error) = delivered {
            self.bury(target, payload, sender, &error);
        }
    }

    /// Into the sender's dead-letter queue, if it has one that takes the message.
    pub(crate) fn bury(&mut self, target: &str, payload: &Value, sender: &Sender, error: &ApiError) {
        let queue = sender
            .dead_letters
            .as_deref()
            .map(crate::sqs::queue_name)
            .unwrap_or_default()
            .to_owned();
        self.journal(Record::DeadLetter {
            queue: queue.clone(),
            function: target.rsplit(':').next().unwrap_or_default().to_owned(),
            error: format!("could not be delivered to {target}: {error}"),
            event: payload.clone(),
        });
        if queue.is_empty() {
            return;
        }
        let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
        let attributes = json!({
            sender.attribute: text(&sender.arn),
            "TARGET_ARN": text(target),
            "ERROR_CODE": text(&error.code),
            "ERROR_MESSAGE": text(&error.message),
            "EXHAUSTED_RETRY_CONDITION": text("PermanentFailure"),
            "LAST_ATTEMPT_TIME": text(&rfc3339(self.now)),
        });
        let message = NewMessage {
            body: payload.to_string(),
            attributes,
            sender: sender.arn.clone(),
            delay: None,
        };
        let allowed = self.may_deliver(&sender.actor, &self.arn("sqs", &queue));
        if let Err(error) = allowed.and_then(|()| self.send_message(&queue, message)) {
            let error = format!("the dead-letter queue refused: {error}");
            self.journal(Record::DeadLetter {
                queue,
                function: String::new(),
                error,
                event: payload.clone(),
            });
        }
    }
}
