//! Everything that we write for others to read: log lines, letters, facts, markers, and what is said of failures.
//!
//! Not ours to censor, and so not here: manifests name objects by their keys, because SageMaker reads them; rejections
//! name the object they are about; a dead letter holds the event as it came, so that it can be sent again; and what
//! SageMaker itself remembers of a failed job.

use serde_json::Value;
use windsock_effects_s3::Store;
use windsock_world::Record;

use crate::{Flow, people::Person};

/// Members that name an object by its key.
const KEYS: [&str; 2] = ["key", "keys"];

impl Flow {
    /// Where it stands, and its text.
    pub async fn written(&mut self) -> Vec<(String, String)> {
        let mut written: Vec<(String, String)> = Vec::new();
        for entry in self.journal() {
            written.extend(match &entry.record {
                Record::Log { function, line } => Some((format!("log of {function}"), line.to_string())),
                Record::Letter {
                    endpoint,
                    subject,
                    body,
                    ..
                } => Some((format!("letter to {endpoint}"), format!("{subject}\n{body}"))),
                Record::Event {
                    source,
                    detail_type,
                    detail,
                    ..
                } if source == "windsock" => Some((format!("fact {detail_type}"), detail.to_string())),
                Record::InvocationEnded {
                    function,
                    answer,
                    outcome,
                    ..
                } if outcome != "returned" => Some((format!("failure of {function}"), answer.to_string())),
                Record::DeadLetter { queue, error, .. } => Some((format!("dead letter in {queue}"), error.clone())),
                _ => None,
            });
        }
        written.extend(self.markers().await);
        written
    }

    async fn markers(&self) -> Vec<(String, String)> {
        let store = Store::new(&self.as_person(Person::Operator), &self.deployed().work_bucket);
        let listing = store
            .list("state/", 100_000)
            .await
            .expect("the operator may list state");
        let mut markers = Vec::new();
        for object in listing.objects.iter().filter(|object| !names_objects(&object.key)) {
            let bytes = store.get_bytes(&object.key).await.expect("the operator may read state");
            let text = String::from_utf8(bytes.expect("what is listed is there")).expect("state is text");
            markers.push((object.key.clone(), without_keys(&text)));
        }
        markers
    }
}

fn names_objects(key: &str) -> bool {
    key.ends_with(".manifest") || key.ends_with("/manifest.json")
}

fn without_keys(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !KEYS.contains(&name.as_str()));
    }
    value.to_string()
}
