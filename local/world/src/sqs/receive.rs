//! Receiving, and what becomes of messages that were received too often.

use serde_json::{Value, json};

use super::{
    Message,
    messages::{md5_of_attributes, receipt},
};
use crate::{ApiError, Millis, Record, World, input::Members};

impl World {
    /// Answers at once, also when asked to wait: whoever speaks for the caller may ask again.
    pub(super) fn receive(&mut self, queue: &str, members: Members) -> Result<Value, ApiError> {
        let count = members.number("MaxNumberOfMessages")?.unwrap_or(1);
        if !(1..=10).contains(&count) {
            let message = "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10.";
            return Err(ApiError::new(400, "ReadCountOutOfRange", message));
        }
        let visibility = members.number("VisibilityTimeout")?.map(|seconds| seconds * 1000);
        let mut wanted = members.texts("AttributeNames")?;
        wanted.extend(members.texts("MessageSystemAttributeNames")?);
        let own = members.texts("MessageAttributeNames")?;
        let received = self.receive_messages(queue, usize::try_from(count).unwrap_or(1), visibility)?;
        let shown: Vec<_> = received.iter().map(|message| show(message, &wanted, &own)).collect();
        // AWS leaves the member out when there is nothing.
        Ok(if shown.is_empty() {
            json!({})
        } else {
            json!({ "Messages": shown })
        })
    }

    /// Up to `count` visible messages, oldest first, hidden from now on until deleted or `visibility` has passed.
    pub(crate) fn receive_messages(
        &mut self,
        queue: &str,
        count: usize,
        visibility: Option<Millis>,
    ) -> Result<Vec<Message>, ApiError> {
        self.move_dead_letters(queue)?;
        let now = self.now;
        let mut numbers: Vec<u64> = {
            let queue = self.queue(queue)?;
            let visible = queue.messages.iter().filter(|(_, message)| message.visible_at <= now);
            visible.map(|(number, _)| *number).collect()
        };
        self.chance.shuffle(&mut numbers);
        numbers.truncate(count);
        let mut received = Vec::with_capacity(numbers.len());
        for number in numbers {
            let receipt = receipt(number, &self.new_id("receipt"));
            let again = self.chance.receives_twice().then(|| self.chance.hidden_briefly());
            let queue = self.queue_mut(queue)?;
            let hidden = again.unwrap_or_else(|| visibility.unwrap_or_else(|| queue.period("VisibilityTimeout")));
            let Some(message) = queue.messages.get_mut(&number) else {
                continue;
            };
            message.receives += 1;
            message.first_received_at.get_or_insert(now);
            message.visible_at = now + hidden;
            message.receipt = Some(receipt);
            received.push(message.clone());
        }
        self.count_messages(queue, "Received", received.len());
        Ok(received)
    }

    /// Messages past their retention are forgotten; those received too often move to the dead-letter queue.
    pub(crate) fn move_dead_letters(&mut self, name: &str) -> Result<(), ApiError> {
        let (now, source_arn) = (self.now, self.arn("sqs", name));
        let queue = self.queue_mut(name)?;
        let oldest = now - queue.period("MessageRetentionPeriod");
        queue.messages.retain(|_, message| message.sent_at > oldest);
        let Some(redrive) = queue.redrive() else { return Ok(()) };
        let is_dead = |message: &mut Message| message.visible_at <= now && message.receives >= redrive.receives_max;
        let dead: Vec<_> = queue.messages.extract_if(.., |_, message| is_dead(message)).collect();
        for (_, message) in dead {
            let error = message.latest_error.clone();
            let error = error.unwrap_or_else(|| format!("received {} times and not deleted", message.receives));
            self.journal(Record::DeadLetter {
                queue: redrive.queue.clone(),
                function: self.reader_of(name).unwrap_or_default(),
                error,
                event: serde_json::from_str(&message.body).unwrap_or_else(|_| json!(message.body)),
            });
            let dead_letter = Message {
                entered_at: now,
                visible_at: now,
                receives: 0,
                first_received_at: None,
                receipt: None,
                source_arn: Some(source_arn.clone()),
                ..message
            };
            self.add_message(&redrive.queue, dead_letter)?;
        }
        Ok(())
    }
}

impl Message {
    pub(crate) fn system_attributes(&self) -> Value {
        let mut all = json!({
            "SenderId": self.sender,
            "SentTimestamp": self.sent_at.to_string(),
            "ApproximateReceiveCount": self.receives.to_string(),
        });
        if let Some(at) = self.first_received_at {
            all["ApproximateFirstReceiveTimestamp"] = json!(at.to_string());
        }
        if let Some(arn) = &self.source_arn {
            all["DeadLetterQueueSourceArn"] = json!(arn);
        }
        all
    }
}

fn show(message: &Message, wanted: &[String], own: &[String]) -> Value {
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted == "All" || wanted == name);
    let is_own = |name: &str| {
        own.iter()
            .any(|own| own == "All" || own == name || own.strip_suffix(".*").is_some_and(|p| name.starts_with(p)))
    };
    let keep = |value: &Value, is_kept: &dyn Fn(&str) -> bool| -> Value {
        let entries = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| is_kept(name));
        Value::Object(entries.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let mut shown = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.md5(),
        "Body": message.body,
    });
    let attributes = keep(&message.system_attributes(), &is_wanted);
    if attributes.as_object().is_some_and(|attributes| !attributes.is_empty()) {
        shown["Attributes"] = attributes;
    }
    let attributes = keep(&message.attributes, &is_own);
    if let Some(digest) = md5_of_attributes(&attributes) {
        shown["MessageAttributes"] = attributes;
        shown["MD5OfMessageAttributes"] = json!(digest);
    }
    shown
}
