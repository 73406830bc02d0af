//! EventBridge patterns: a refusal says why, and no event makes a pattern that was read stumble.

use serde_json::{Value, json};
use windsock_world::Pattern;

use crate::{assert_sentence, parts};

/// A pattern, and an event to hold against it.
pub fn event_pattern(bytes: &[u8]) {
    let [pattern, event] = parts(bytes);
    let event: Value = serde_json::from_str(&event).unwrap_or(Value::Null);
    own_values_match(&event);
    match Pattern::parse_text(&pattern) {
        Err(sentence) => assert_sentence(&sentence),
        Ok(parsed) => {
            assert_eq!(Pattern::parse_text(&pattern).as_ref(), Ok(&parsed));
            let matches = parsed.matches(&event);
            assert_eq!(
                parsed.matches(&json!([event])),
                matches,
                "one object in a list is that object"
            );
        }
    }
}

/// An event matches the pattern that is made of its own values.
fn own_values_match(event: &Value) {
    if let Some(pattern) = literally(event) {
        let parsed = Pattern::parse(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert!(parsed.matches(event), "{event} does not match {pattern}");
    }
}

/// None for what a pattern cannot say: nothing, and operators' own names.
fn literally(event: &Value) -> Option<Value> {
    let fields = event.as_object().filter(|fields| !fields.is_empty())?;
    let mut pattern = serde_json::Map::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "$or") {
        let field = match value {
            Value::Object(_) => literally(value),
            Value::Array(_) => None,
            leaf => Some(json!([leaf])),
        };
        pattern.extend(field.map(|field| (name.clone(), field)));
    }
    (!pattern.is_empty()).then_some(Value::Object(pattern))
}
