//! Messages: sending, deleting, hiding.

use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{Queue, SqsTimer, queue_name};
use crate::{ApiError, BlobRef, Caller, Millis, World, input::Members, world::Timer};

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: Value,
    pub(crate) sender: String,
    pub(crate) sent_at: Millis,
    /// When it came into this queue: a dead letter came later than it was sent.
    pub(super) entered_at: Millis,
    pub(super) delayed_until: Millis,
    pub(super) visible_at: Millis,
    pub(crate) receives: u32,
    pub(crate) first_received_at: Option<Millis>,
    /// Of the latest receive.
    pub(crate) receipt: Option<String>,
    /// Why the latest receiver could not handle it, if it said so: told when the message becomes a dead letter.
    pub(crate) latest_error: Option<String>,
    /// The queue it was moved from, as a dead letter.
    pub(super) source_arn: Option<String>,
}

/// A message that the world itself or a caller sends.
pub(crate) struct NewMessage {
    pub(crate) body: String,
    pub(crate) attributes: Value,
    pub(crate) sender: String,
    pub(crate) delay: Option<Millis>,
}

impl Message {
    pub(crate) fn md5(&self) -> String {
        BlobRef::of(self.body.as_bytes()).md5
    }
}

impl Queue {
    /// Visible, received and hidden, and delayed messages that are not past their retention.
    pub(super) fn counts(&self, now: Millis) -> (usize, usize, usize) {
        let oldest = now - self.period("MessageRetentionPeriod");
        let kept = || self.messages.values().filter(|message| message.sent_at > oldest);
        let visible = kept().filter(|message| message.visible_at <= now).count();
        let delayed = kept().filter(|message| message.delayed_until > now).count();
        (visible, kept().count() - visible - delayed, delayed)
    }

    /// When the next hidden message becomes visible.
    pub(crate) fn next_visible(&self, now: Millis) -> Option<Millis> {
        self.messages
            .values()
            .map(|message| message.visible_at)
            .filter(|at| *at > now)
            .min()
    }

    /// The message whose latest receipt this is, and its number.
    fn by_receipt(&mut self, receipt: &str) -> Option<(u64, &mut Message)> {
        let number = u64::from_str_radix(receipt.split_once('.')?.0, 16).ok()?;
        let message = self.messages.get_mut(&number)?;
        (message.receipt.as_deref() == Some(receipt)).then_some((number, message))
    }

    pub(crate) fn visible(&self, now: Millis) -> usize {
        self.counts(now).0
    }
}

impl World {
    pub(super) fn send_one(&mut self, caller: &Caller, queue: &str, members: Members) -> Result<Value, ApiError> {
        let delay = members.number("DelaySeconds")?;
        if delay.is_some_and(|delay| !(0..=900).contains(&delay)) {
            let message = "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.";
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
        let attributes = members.get("MessageAttributes").cloned().unwrap_or_else(|| json!({}));
        let message = NewMessage {
            body: members.required("MessageBody")?.to_owned(),
            sender: caller.arn.clone(),
            delay: delay.map(|delay| delay * 1000),
            attributes,
        };
        let message = self.send_message(queue, message)?;
        let mut answer = json!({ "MessageId": message.id, "MD5OfMessageBody": message.md5() });
        if let Some(digest) = md5_of_attributes(&message.attributes) {
            answer["MD5OfMessageAttributes"] = json!(digest);
        }
        Ok(answer)
    }

    /// Put a message into a queue, by name, URL or ARN.
    pub(crate) fn send_message(&mut self, queue: &str, new: NewMessage) -> Result<Message, ApiError> {
        let name = queue_name(queue).to_owned();
        let queue = self.queue(&name)?;
        if new.body.len() > queue.size_max() {
            let message = format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {}.",
                queue.size_max()
            );
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
        let visible_at = self.now + new.delay.unwrap_or_else(|| queue.period("DelaySeconds"));
        let message = Message {
            id: self.new_uuid(),
            body: new.body,
            attributes: new.attributes,
            sender: new.sender,
            sent_at: self.now,
            entered_at: self.now,
            delayed_until: visible_at,
            visible_at,
            receives: 0,
            first_received_at: None,
            receipt: None,
            latest_error: None,
            source_arn: None,
        };
        self.add_message(&name, message.clone())?;
        self.count_messages(&name, "Sent", 1);
        Ok(message)
    }

    pub(super) fn add_message(&mut self, queue: &str, message: Message) -> Result<(), ApiError> {
        self.sqs.arrived += 1;
        let number = self.sqs.arrived;
        self.queue_mut(queue)?.messages.insert(number, message);
        self.queue_changed(queue);
        Ok(())
    }

    /// Tell the functions that read this queue what there is now, and what will be there later.
    pub(crate) fn queue_changed(&mut self, queue: &str) {
        self.poll_queue(queue);
    }

    /// Only for a queue whose reader has room: nobody else needs to be woken, and a reader looks again when it has.
    pub(crate) fn watch_queue(&mut self, queue: &str) {
        let timer = Timer::Sqs(SqsTimer::Visible {
            queue: queue.to_owned(),
        });
        self.cancel_timer(&timer);
        if !self.has_ready_reader(queue) {
            return;
        }
        let next = self.queue(queue).ok().and_then(|queue| queue.next_visible(self.now));
        if let Some(at) = next {
            self.set_timer(at, timer);
        }
    }

    pub(crate) fn sqs_timer(&mut self, timer: SqsTimer) {
        let SqsTimer::Visible { queue } = timer;
        self.queue_changed(&queue);
    }

    pub(super) fn delete_one(&mut self, queue: &str, members: Members) -> Result<Value, ApiError> {
        let receipt = members.required("ReceiptHandle")?;
        self.delete_message(queue, receipt);
        Ok(json!({}))
    }

    /// Deleting what is gone is no error; an old receipt of a message received again deletes nothing.
    pub(crate) fn delete_message(&mut self, queue: &str, receipt: &str) {
        let name = queue;
        let Ok(queue) = self.queue_mut(name) else { return };
        if let Some((number, _)) = queue.by_receipt(receipt) {
            queue.messages.remove(&number);
            self.count_messages(name, "Deleted", 1);
        }
    }

    /// Remember why the function could not handle these messages, in case they become dead letters.
    pub(crate) fn note_error(&mut self, queue: &str, messages: &[Message], error: &str) {
        let Ok(queue) = self.queue_mut(queue) else { return };
        for receipt in messages.iter().filter_map(|message| message.receipt.as_deref()) {
            if let Some((_, message)) = queue.by_receipt(receipt) {
                message.latest_error = Some(error.to_owned());
            }
        }
    }

    pub(super) fn change_visibility(&mut self, queue: &str, members: Members) -> Result<Value, ApiError> {
        let receipt = members.required("ReceiptHandle")?;
        let seconds = members
            .number("VisibilityTimeout")?
            .filter(|seconds| (0..=43_200).contains(seconds));
        let Some(seconds) = seconds else {
            let message = "VisibilityTimeout must be between 0 and 43200 seconds";
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        };
        let now = self.now;
        let message = self.queue_mut(queue)?.by_receipt(receipt);
        let (_, message) = message.ok_or_else(|| {
            ApiError::new(
                400,
                "ReceiptHandleIsInvalid",
                "The input receipt handle is not a valid receipt handle.",
            )
        })?;
        if message.visible_at <= now {
            return Err(ApiError::new(
                400,
                "MessageNotInflight",
                "The message is not in flight.",
            ));
        }
        message.visible_at = now + seconds * 1000;
        self.queue_changed(queue);
        Ok(json!({}))
    }
}

/// A receipt begins with its message's number, so that it is found without a search.
pub(super) fn receipt(number: u64, id: &str) -> String {
    format!("{number:x}.{id}")
}

/// SQS's digest of message attributes: names in order; lengths, a byte for the kind of value, and the bytes.
pub(super) fn md5_of_attributes(attributes: &Value) -> Option<String> {
    let attributes = attributes.as_object().filter(|attributes| !attributes.is_empty())?;
    let mut names: Vec<_> = attributes.keys().collect();
    names.sort();
    let mut bytes = Vec::new();
    for name in names {
        let attribute = &attributes[name];
        // Binary values do not occur in this world; such a digest would be a guess.
        let (kind, value) = (attribute["DataType"].as_str()?, attribute["StringValue"].as_str()?);
        add_sized(&mut bytes, name);
        add_sized(&mut bytes, kind);
        bytes.push(1);
        add_sized(&mut bytes, value);
    }
    Some(hex::encode(Md5::digest(bytes)))
}

fn add_sized(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(text.as_bytes());
}
