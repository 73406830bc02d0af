//! Events: what cannot be read is a clear error, what can be read is read as it stands.

use serde_json::{Value, json};
use windsock_events::{Event, EventError, Fact, facts::SOURCE};

use crate::assert_sentence;

pub fn event(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = Event::from_json(&text);
    assert_eq!(read, Event::from_json(&text), "the same text is the same event");
    let value = serde_json::from_str::<Value>(&text);
    match (read, value) {
        (Ok(event), Ok(value)) => keeps_what_it_read(&event, &value),
        (Err(EventError::NotJson(why)), Err(_)) => assert_sentence(&why),
        (Err(EventError::NotJson(why)), Ok(value)) => panic!("{value} is JSON: {why}"),
        (Err(error), Ok(value)) => names_its_member(&error, &value),
        (read, Err(error)) => panic!("{read:?} of what is no JSON: {error}"),
    }
}

fn keeps_what_it_read(event: &Event, value: &Value) {
    let detail = &value["detail"];
    match event {
        Event::ObjectCreated(object) => {
            assert_eq!(detail["object"]["key"], object.key, "keys are never decoded");
            assert_eq!(detail["bucket"]["name"], object.bucket);
            assert_eq!(detail["object"]["size"], object.size);
        }
        Event::Fact(fact) => {
            let mut again = serde_json::to_value(fact).expect("a fact is JSON");
            again["source"] = json!(SOURCE);
            assert_eq!(Event::from_value(&again), Ok(Event::Fact(fact.clone())));
        }
        Event::ExecutionStatus(run) => {
            assert_eq!(detail["currentPipelineExecutionStatus"], run.status.as_str());
        }
        Event::ModelPackage(version) => assert!(version.version > 0),
        Event::Other { source, detail_type } => {
            assert!(
                source != SOURCE || !is_fact(detail_type),
                "a broken {detail_type} was passed over"
            );
        }
        Event::StepStatus(_) | Event::AlarmState(_) | Event::Scheduled => {}
    }
}

fn is_fact(name: &str) -> bool {
    let known = json!({ "detail-type": name, "detail": null });
    let error = serde_json::from_value::<Fact>(known).err();
    error.is_some_and(|error| !error.to_string().contains("unknown variant"))
}

fn names_its_member(error: &EventError, value: &Value) {
    assert_sentence(&error.to_string());
    let EventError::Member { member, .. } = error else {
        return;
    };
    let whole = member == "(the event)";
    let place = member.split('.').try_fold(value, |value, name| value.get(name));
    let owner = member.rsplit_once('.').map_or(Some(value), |(owner, _)| {
        owner.split('.').try_fold(value, |value, name| value.get(name))
    });
    assert!(
        whole || place.is_some() || owner.is_some(),
        "`{member}` is nowhere in {value}"
    );
}
