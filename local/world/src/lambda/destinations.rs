//! Where the results of asynchronous events go: destinations with their context, dead-letter queues with the payload.

use serde_json::{Value, json};

use super::{invoke::Event, outcome::Condition};
use crate::{
    Record, World,
    access::Actor,
    events::put_event,
    sqs::{NewMessage, queue_name},
};

/// What the invocation answered, beside why this goes to a destination.
struct Response<'a> {
    condition: Condition,
    error: bool,
    payload: &'a Value,
}

impl World {
    pub(super) fn event_succeeded(&mut self, name: &str, event: &Event, answer: Value) {
        let destination = self
            .function(name)
            .ok()
            .and_then(|function| function.invoke_config.on_success.clone());
        if let Some(arn) = destination {
            let response = Response {
                condition: Condition::Success,
                error: false,
                payload: &answer,
            };
            let record = self.record(name, event, &response);
            self.send_to_destination(name, &arn, "Success", &record);
        }
    }

    /// No more attempts: the event goes to the on-failure destination and to the dead-letter queue, and is journalled
    /// in any case.
    pub(super) fn give_up(&mut self, name: &str, event: &Event, condition: Condition, error: &Value) {
        let Ok(function) = self.function(name) else { return };
        let (destination, dead_letters) = (function.invoke_config.on_failure.clone(), function.dead_letters.clone());
        let message = error["errorMessage"].as_str().unwrap_or_default().to_owned();
        let first = destination.as_deref().or(dead_letters.as_deref()).unwrap_or_default();
        self.journal(Record::DeadLetter {
            queue: queue_name(first).to_owned(),
            function: name.into(),
            error: message.clone(),
            event: event.payload.clone(),
        });
        if let Some(arn) = destination {
            let response = Response {
                condition,
                error: true,
                payload: error,
            };
            let record = self.record(name, event, &response);
            self.send_to_destination(name, &arn, "Failure", &record);
        }
        if let Some(arn) = dead_letters {
            let text = |kind: &str, value: &str| json!({ "DataType": kind, "StringValue": value });
            let attributes = json!({
                "RequestID": text("String", &event.request_id),
                "ErrorCode": text("Number", "200"),
                "ErrorMessage": text("String", if message.is_empty() { "unknown" } else { &message }),
            });
            let sender = name.to_owned();
            let message = NewMessage {
                body: event.payload.to_string(),
                attributes,
                sender,
                delay: None,
            };
            let allowed = self.may_deliver(&self.acts_as(name), &arn);
            let sent = allowed.and_then(|()| self.send_message(&arn, message));
            self.lost_unless_sent(name, &arn, sent.err(), &event.payload);
        }
    }

    /// What leaves a function's queue of events leaves it in the name of the function's role.
    pub(super) fn acts_as(&self, function: &str) -> Actor {
        Actor::role(self.function(function).map_or("", |function| &function.role_arn))
    }

    fn record(&self, name: &str, event: &Event, response: &Response) -> Value {
        let time = jiff::Timestamp::from_millisecond(self.now).unwrap_or_default();
        let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
        if response.error {
            context["functionError"] = json!("Unhandled");
        }
        json!({
            "version": "1.0",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            "requestContext": {
                "requestId": event.request_id,
                "functionArn": format!("{}:$LATEST", self.arn("lambda", &format!("function:{name}"))),
                "condition": response.condition.name(),
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": event.payload,
            "responseContext": context,
            "responsePayload": response.payload,
        })
    }

    fn send_to_destination(&mut self, name: &str, arn: &str, result: &str, record: &Value) {
        if arn == self.bus_arn() {
            let detail_type = format!("Lambda Function Invocation Result - {result}");
            let function = self.arn("lambda", &format!("function:{name}"));
            return match self.may(&self.acts_as(name), put_event(self, "lambda", &detail_type)) {
                Ok(()) => self.emit_event("lambda", &detail_type, vec![function], record.clone()),
                Err(refusal) => self.lost_unless_sent(name, arn, Some(refusal.of("events")), record),
            };
        }
        let delivered = self.deliver(&self.acts_as(name), arn, record);
        self.lost_unless_sent(name, arn, delivered.err(), record);
    }

    fn lost_unless_sent(&mut self, name: &str, arn: &str, error: Option<crate::ApiError>, event: &Value) {
        if let Some(error) = error {
            let error = format!("could not be delivered to {arn}: {error}");
            let (queue, function, event) = (String::new(), name.to_owned(), event.clone());
            self.journal(Record::DeadLetter {
                queue,
                function,
                error,
                event,
            });
        }
    }
}
