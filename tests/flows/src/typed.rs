//! Commands of the AWS CLI, typed as they were printed: what a runbook or the doctor tells somebody to type can be tried.
//!
//! Read as a shell and the CLI read it, for the operations that the small AWS serves.

use serde_json::{Map, Value, json};
use windsock_wire::Backend;
use windsock_world::{Caller, Input, Output};

use crate::{Flow, Person};

impl Flow {
    /// The operator types one command; what it would print.
    pub fn typed(&mut self, command: &str) -> Value {
        self.typed_by(Person::Operator, command)
    }

    /// Somebody types one command; what it would print.
    pub fn typed_by(&mut self, person: Person, command: &str) -> Value {
        let words = words(command);
        let [aws, service, operation, flags @ ..] = words.as_slice() else {
            panic!("{command}: no command of the AWS CLI");
        };
        assert_eq!(aws, "aws", "{command}");
        let service = if service == "s3api" { "s3" } else { service };
        let lower = service == "logs";
        let input = Input::Call {
            caller: Caller { arn: person.arn() },
            service: service.to_owned(),
            operation: member(operation, false),
            input: members(flags, lower),
        };
        match self.backend.apply(input) {
            Ok(Output::Value(value)) => value,
            Ok(other) => panic!("{command}: {other:?}"),
            Err(refused) => panic!("{command}: {refused:?}"),
        }
    }
}

/// As a shell splits them: single quotes hold everything but a single quote.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                quoted = !quoted;
                begun = true;
            }
            '\\' if !quoted => word.extend(characters.next()),
            ' ' if !quoted => {
                if begun || !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            other => word.push(other),
        }
    }
    assert!(!quoted, "{command}: a quote is open");
    if begun || !word.is_empty() {
        all.push(word);
    }
    all
}

/// `--bucket NAME --enabled` and so on, or all of it as `--cli-input-json`.
fn members(flags: &[String], lower: bool) -> Value {
    let mut members = Map::new();
    let mut flags = flags.iter().peekable();
    while let Some(flag) = flags.next() {
        let name = flag.strip_prefix("--").unwrap_or_else(|| panic!("{flag} is no flag"));
        let mut values = Vec::new();
        while let Some(value) = flags.next_if(|next| !next.starts_with("--")) {
            values.push(value.as_str());
        }
        if name == "cli-input-json" {
            return serde_json::from_str(values[0]).expect("JSON");
        }
        // The two names that the CLI has of its own.
        let name = match name {
            "notification-endpoint" => "Endpoint".to_owned(),
            "uuid" => "UUID".to_owned(),
            other => member(other, lower),
        };
        // What may be several is a list of one, too.
        let value = if name.ends_with("Types") {
            json!(values)
        } else {
            value(&values)
        };
        members.insert(name, value);
    }
    Value::Object(members)
}

fn value(values: &[&str]) -> Value {
    match values {
        [] => json!(true),
        [text] if text.starts_with('[') => serde_json::from_str(text).expect("JSON"),
        [text] if text.starts_with('{') => match serde_json::from_str::<Value>(text).expect("JSON") {
            // A policy is a text that holds JSON.
            policy if !policy["Statement"].is_null() => json!(text),
            structure => structure,
        },
        [text] => shorthand(text)
            .or_else(|| Some(json!(text.parse::<i64>().ok()?)))
            .unwrap_or_else(|| json!(text)),
        several => json!(several),
    }
}

/// `Status=Enabled,Other=true`.
fn shorthand(text: &str) -> Option<Value> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        // Flags and numbers are read as such; anything else is a text.
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        name.chars()
            .all(|c| c.is_ascii_alphanumeric())
            .then(|| (name.to_owned(), value))
    };
    let pairs: Option<Map<String, Value>> = text.split(',').map(pair).collect();
    pairs.map(Value::Object)
}

/// `put-bucket-policy` is PutBucketPolicy; Logs begins its members small.
fn member(words: &str, lower: bool) -> String {
    let mut name = String::new();
    for (index, word) in words.split('-').enumerate() {
        let (first, rest) = word.split_at(1);
        let small = lower && index == 0;
        name.push_str(&if small {
            first.to_owned()
        } else {
            first.to_ascii_uppercase()
        });
        name.push_str(rest);
    }
    name
}
