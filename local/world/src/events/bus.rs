//! Events on the bus: from AWS's own services, from callers, and on to the rules that ask for them.

use serde_json::{Value, json};

use super::RuleTimer;
use crate::{
    ApiError, Record, World,
    access::Actor,
    deliver::Sender,
    input::{Members, rfc3339, time_of},
    world::Timer,
};

const ENTRIES_MAX: usize = 10;
/// All entries of one call together.
const ENTRIES_BYTES_MAX: usize = 262_144;

/// What an event says beside its envelope.
struct Told {
    source: String,
    detail_type: String,
    resources: Vec<String>,
    detail: Value,
    time: String,
}

impl World {
    /// Put an event on the default bus, now.
    pub(crate) fn emit_event(&mut self, source: &str, detail_type: &str, resources: Vec<String>, detail: Value) {
        let (source, detail_type, time) = (source.to_owned(), detail_type.to_owned(), rfc3339(self.now));
        self.put_on_bus(Told {
            source,
            detail_type,
            resources,
            detail,
            time,
        });
    }

    fn put_on_bus(&mut self, told: Told) -> String {
        let event = self.event(told);
        let rules = self.events.rules.iter();
        let matching = rules
            .filter(|(_, rule)| rule.wants(&event))
            .map(|(name, _)| name.clone());
        let matched: Vec<String> = matching.collect();
        self.send_to_rules(&event, matched)
    }

    fn event(&mut self, told: Told) -> Value {
        json!({
            "version": "0",
            "id": self.new_uuid(),
            "detail-type": told.detail_type,
            "source": told.source,
            "account": self.account(),
            "time": told.time,
            "region": self.region(),
            "resources": told.resources,
            "detail": told.detail,
        })
    }

    /// In order of rules and targets, which AWS does not promise; whoever relies on it is found by the simulation.
    fn send_to_rules(&mut self, event: &Value, matched: Vec<String>) -> String {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        self.journal(Record::Event {
            id: id.clone(),
            source: text("source"),
            detail_type: text("detail-type"),
            detail: event["detail"].clone(),
            matched: matched.clone(),
        });
        for name in matched {
            self.send_to_rule(event, &name);
        }
        id
    }

    fn send_to_rule(&mut self, event: &Value, name: &str) {
        let Some(rule) = self.events.rules.get(name) else {
            return;
        };
        let (rule_arn, targets) = (rule.arn.clone(), rule.targets.clone());
        for target in targets.values() {
            let sender = Sender {
                arn: rule_arn.clone(),
                attribute: "RULE_ARN",
                actor: Actor::service("events.amazonaws.com", &rule_arn),
                dead_letters: target.dead_letters.clone(),
            };
            match target.input.apply(event, name, &rule_arn) {
                Ok(payload) => self.send_to_target(&target.arn, &payload, &sender),
                Err(error) => self.journal(Record::DeadLetter {
                    queue: String::new(),
                    function: target.arn.clone(),
                    error: format!("rule {name}: {error}"),
                    event: event.clone(),
                }),
            }
        }
    }

    pub(super) fn put_events(&mut self, members: Members) -> Result<Value, ApiError> {
        let entries = members.list("Entries")?;
        if entries.is_empty() || entries.len() > ENTRIES_MAX {
            let message = format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have \
                 length between 1 and {ENTRIES_MAX}, not {}",
                entries.len()
            );
            return Err(ApiError::validation(message));
        }
        let size: usize = entries.iter().map(entry_bytes).sum();
        if size > ENTRIES_BYTES_MAX {
            return Err(ApiError::validation(
                "Total size of the entries in the request is over the limit.",
            ));
        }
        let mut answers = Vec::with_capacity(entries.len());
        for entry in entries {
            answers.push(match self.read_entry(Members::of(entry)) {
                Ok(told) => json!({ "EventId": self.put_on_bus(told) }),
                Err(error) => json!({ "ErrorCode": error.code, "ErrorMessage": error.message }),
            });
        }
        let failed = answers
            .iter()
            .filter(|answer| answer.get("ErrorCode").is_some())
            .count();
        Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    fn read_entry(&self, entry: Members) -> Result<Told, ApiError> {
        if let Some(bus) = entry.text("EventBusName")? {
            self.check_bus(bus)?;
        }
        let needed = |member: &str| {
            let reason = format!("Parameter {member} is not valid. Reason: {member} is a required argument.");
            entry
                .required(member)
                .map_err(|_| ApiError::new(400, "InvalidArgument", reason))
        };
        let (source, detail_type, detail) = (needed("Source")?, needed("DetailType")?, needed("Detail")?);
        if source == "aws" || source.starts_with("aws.") {
            return Err(ApiError::new(
                400,
                "NotAuthorizedForSourceException",
                "Not authorized for the source.",
            ));
        }
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        if !detail.is_object() {
            return Err(ApiError::new(400, "MalformedDetail", "Detail is malformed."));
        }
        let time = entry.get("Time").and_then(time_of).unwrap_or(self.now);
        Ok(Told {
            source: source.into(),
            detail_type: detail_type.into(),
            resources: entry.texts("Resources")?,
            detail,
            time: rfc3339(time),
        })
    }

    /// A scheduled rule tells its own targets only.
    pub(crate) fn rule_timer(&mut self, timer: RuleTimer) {
        let RuleTimer::Due { rule: name } = timer;
        let Some(rule) = self.events.rules.get(&name).filter(|rule| rule.enabled) else {
            return;
        };
        let arn = rule.arn.clone();
        let event = self.event(Told {
            source: "aws.events".into(),
            detail_type: "Scheduled Event".into(),
            resources: vec![arn],
            detail: json!({}),
            time: rfc3339(self.now),
        });
        self.send_to_rules(&event, vec![name.clone()]);
        self.schedule_rule(&name);
    }

    /// Set the timer of a rule's next scheduled time, instead of any that is set.
    pub(super) fn schedule_rule(&mut self, name: &str) {
        let timer = Timer::Rule(RuleTimer::Due { rule: name.to_owned() });
        self.cancel_timer(&timer);
        let rule = self.events.rules.get(name).filter(|rule| rule.enabled);
        let next = rule.and_then(|rule| rule.schedule.as_ref()?.1.next_after(self.now, rule.created_at));
        if let Some(at) = next {
            self.set_timer(at, timer);
        }
    }
}

/// An entry's size as EventBridge counts it: 14 bytes for a time, and the text of the rest.
fn entry_bytes(entry: &Value) -> usize {
    let text = |member: &str| entry[member].as_str().map_or(0, str::len);
    let resources = entry["Resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::len);
    let time = if entry["Time"].is_null() { 0 } else { 14 };
    time + text("Source") + text("DetailType") + text("Detail") + resources.sum::<usize>()
}
