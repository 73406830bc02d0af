//! The sample events in `events/` are what the functions' tests believe in, so the rules had better deliver them.

use serde_json::Value;
use windsock_tidy::{platform::Platform, tree};

/// Whole EventBridge events of a sample: itself, or the bodies of a batch.
fn events_of(sample: &Value) -> Vec<Value> {
    match sample["Records"].as_array() {
        Some(records) => records
            .iter()
            .filter_map(|r| serde_json::from_str(r["body"].as_str()?).ok())
            .collect(),
        None => vec![sample.clone()],
    }
}

/// But for samples of what nobody should have sent, and those of scheduled rules, which have no pattern.
#[test]
fn every_sample_event_reaches_its_function() {
    let mut platform = Platform::deploy().unwrap();
    for path in tree::files(".json").unwrap() {
        let Some((function, case)) = path.strip_prefix("events/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        if case.contains("broken") {
            continue;
        }
        let target = match function {
            "start-training" => "training-hints",
            "start-inference" => "inference-hints",
            function => function,
        };
        let sample: Value = serde_json::from_str(&tree::read(&path).unwrap()).unwrap();
        for event in events_of(&sample)
            .into_iter()
            .filter(|event| event["detail-type"] != "Scheduled Event")
        {
            let reached = platform.reached_by(&event).unwrap();
            assert!(
                reached.iter().any(|name| name == target),
                "{path}: {event} reaches {reached:?}"
            );
        }
    }
}
