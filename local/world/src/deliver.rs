//! The last step to a target, whoever sends: a rule, a schedule, a topic, or a function's destination.

use serde_json::{Value, json};

use crate::{ApiError, Millis, Record, World, input::rfc3339, sns::Publication, sqs::NewMessage};

/// Who sends, for the attributes of a dead letter.
pub(crate) struct Sender<'a> {
    /// The rule's or schedule's ARN, which is also the sender of messages.
    pub(crate) arn: &'a str,
    /// `RULE_ARN` or `SCHEDULE_ARN`.
    pub(crate) attribute: &'a str,
    /// Where to put what cannot be delivered.
    pub(crate) dead_letters: Option<&'a str>,
}

/// How long a delivery takes. AWS promises nothing; here it is no time at all, and this is the place to change that.
pub(crate) fn delivery_delay() -> Millis {
    0
}

impl World {
    /// Hand a payload to a target by its ARN. An error means that the target is not there or refuses; what a function
    /// makes of the payload is its own affair.
    pub(crate) fn deliver(&mut self, arn: &str, payload: &Value) -> Result<(), ApiError> {
        match arn.split(':').nth(2) {
            Some("lambda") => self.invoke_later(arn, payload.clone(), delivery_delay()),
            Some("sqs") => {
                let delay = Some(delivery_delay()).filter(|delay| *delay > 0);
                let (body, sender) = (payload.to_string(), self.account().to_owned());
                let message = NewMessage {
                    body,
                    attributes: json!({}),
                    sender,
                    delay,
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

    /// Deliver, or put the payload into the sender's dead-letter queue. Nothing vanishes without a journal line.
    pub(crate) fn deliver_or_bury(&mut self, target: &str, payload: &Value, sender: &Sender) {
        let Err(error) = self.deliver(target, payload) else {
            return;
        };
        let queue = sender
            .dead_letters
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
            sender.attribute: text(sender.arn),
            "TARGET_ARN": text(target),
            "ERROR_CODE": text(&error.code),
            "ERROR_MESSAGE": text(&error.message),
            "EXHAUSTED_RETRY_CONDITION": text("PermanentFailure"),
            "LAST_ATTEMPT_TIME": text(&rfc3339(self.now)),
        });
        let message = NewMessage {
            body: payload.to_string(),
            attributes,
            sender: sender.arn.into(),
            delay: None,
        };
        if let Err(error) = self.send_message(&queue, message) {
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
