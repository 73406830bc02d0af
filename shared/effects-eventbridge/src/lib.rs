//! EventBridge: our facts, said on the default bus.

use anyhow::{Context, bail};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::Value;
use windsock_events::{Fact, facts::SOURCE};

/// PutEvents' limit per call.
const ENTRIES_PER_CALL_MAX: usize = 10;
/// AWS's own events arrive only on the default bus, so ours go there too.
const BUS: &str = "default";

#[derive(Debug, Clone)]
pub struct EventBridge {
    client: aws_sdk_eventbridge::Client,
}

impl EventBridge {
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_eventbridge::Client::new(aws),
        }
    }

    /// Says every fact, or fails: some of them may then have been said, which a hint forgives.
    pub async fn say(&self, facts: &[Fact]) -> anyhow::Result<()> {
        for facts in facts.chunks(ENTRIES_PER_CALL_MAX) {
            let entries = facts.iter().map(entry).collect::<anyhow::Result<Vec<_>>>()?;
            let answer = self.client.put_events().set_entries(Some(entries)).send().await;
            let answer = answer.with_context(|| format!("say {} facts", facts.len()))?;
            // The call succeeds although entries in it were refused.
            for (fact, result) in facts.iter().zip(answer.entries()) {
                if let Some(code) = result.error_code() {
                    let message = result.error_message().unwrap_or_default();
                    bail!("say fact `{}`: {code}: {message}", detail_type(fact)?);
                }
            }
        }
        Ok(())
    }
}

fn entry(fact: &Fact) -> anyhow::Result<PutEventsRequestEntry> {
    let (detail_type, detail) = parts(fact)?;
    let entry = PutEventsRequestEntry::builder().event_bus_name(BUS).source(SOURCE);
    Ok(entry.detail_type(detail_type).detail(detail.to_string()).build())
}

fn detail_type(fact: &Fact) -> anyhow::Result<String> {
    parts(fact).map(|(detail_type, _)| detail_type)
}

fn parts(fact: &Fact) -> anyhow::Result<(String, Value)> {
    let mut whole = serde_json::to_value(fact).context("write a fact as JSON")?;
    match (whole["detail-type"].take(), whole["detail"].take()) {
        (Value::String(detail_type), detail @ Value::Object(_)) => Ok((detail_type, detail)),
        _ => bail!("a fact must have a detail-type and a detail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_said_under_its_name() {
        let fact = Fact::LettersDue { project: "demo".into() };
        let entry = entry(&fact).unwrap();
        assert_eq!(
            (entry.source(), entry.detail_type(), entry.detail()),
            (Some("windsock"), Some("LettersDue"), Some(r#"{"project":"demo"}"#))
        );
    }
}
