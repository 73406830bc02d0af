//! Which arrival belongs to which run, and how long it waited: read from journal entries and stored manifests alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use windsock_simulation::checker::{Stored, history};
use windsock_world::{Entry, Millis, Record};

/// Key and ETag.
pub type Arrival = (String, String);

#[derive(Debug, Clone)]
pub struct Run {
    pub pipeline: String,
    pub slot: String,
    pub status: String,
}

/// An arrival that nobody has handled, or whose deferral may be over.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    arrived_at: Millis,
    /// Since when it has waited for a decision: its arrival, or the due time of the last one.
    since: Millis,
}

/// *Handled* is what design.md's section 10 says: in a run's frozen manifest, or deferred by a decision with a due time,
/// from which it waits again.
#[derive(Debug, Default)]
pub struct Coverage {
    /// What arrived, and when last.
    pub arrivals: BTreeMap<Arrival, Millis>,
    /// Slots whose manifests read it.
    pub frozen: BTreeMap<Arrival, BTreeSet<String>>,
    /// By ARN, those of training.
    pub runs: BTreeMap<String, Run>,
    /// From arrival to the manifest that holds it.
    pub froze_after: Vec<Millis>,
    /// The longest that an arrival has waited for a decision about it.
    pub unhandled_max: Millis,
    waiting: BTreeMap<String, BTreeMap<Arrival, Waiting>>,
    /// Manifests whose bytes could not be had yet: key, and when they were written.
    unread: Vec<(String, String, Millis)>,
}

impl Coverage {
    pub fn take(&mut self, entry: &Entry) {
        match &entry.record {
            Record::ObjectCreated { bucket, key, etag, .. } if bucket.contains("-data-") => {
                self.arrived(key, etag, entry.at)
            }
            Record::ObjectCreated { bucket, key, .. }
                if key.contains("/runs/training/") && key.ends_with("/manifest.json") =>
            {
                self.unread.push((bucket.clone(), key.clone(), entry.at));
            }
            Record::Execution {
                arn,
                pipeline,
                display_name,
                status,
                ..
            } if pipeline.ends_with("-training") => {
                let run = Run {
                    pipeline: pipeline.clone(),
                    slot: display_name.trim_start_matches("windsock-").to_owned(),
                    status: status.clone(),
                };
                self.runs.insert(arn.clone(), run);
            }
            Record::Log { function, line } if function.ends_with("start-training") && line["event"] == "plan" => {
                if let (Some(project), Some(due)) = (line["project"].as_str(), history::time(&line["due"])) {
                    self.deferred(project, entry.at, due);
                }
            }
            _ => {}
        }
    }

    fn arrived(&mut self, key: &str, etag: &str, at: Millis) {
        let arrival = (key.to_owned(), etag.to_owned());
        self.arrivals.insert(arrival.clone(), at);
        if self.frozen.contains_key(&arrival) {
            return;
        }
        let project = key.split('/').nth(1).unwrap_or_default().to_owned();
        let waiting = Waiting {
            arrived_at: at,
            since: at,
        };
        self.waiting
            .entry(project)
            .or_default()
            .entry(arrival)
            .or_insert(waiting);
    }

    fn deferred(&mut self, project: &str, at: Millis, due: Millis) {
        for waiting in self.waiting.get_mut(project).into_iter().flat_map(BTreeMap::values_mut) {
            self.unhandled_max = self.unhandled_max.max(at - waiting.since);
            waiting.since = waiting.since.max(due);
        }
    }

    /// Reads the manifests that were written since; those that cannot be had now are asked for again.
    pub fn read(&mut self, stored: &dyn Stored) {
        for (bucket, key, at) in std::mem::take(&mut self.unread) {
            match stored
                .bytes(&bucket, &key)
                .map(|bytes| serde_json::from_slice::<Value>(&bytes))
            {
                Some(Ok(manifest)) => self.froze(&manifest, at),
                _ => self.unread.push((bucket, key, at)),
            }
        }
    }

    fn froze(&mut self, manifest: &Value, at: Millis) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let project = text(&manifest["project"]["project"]);
        for read in manifest["reads"].as_array().into_iter().flatten() {
            let arrival = (text(&read["key"]), text(&read["etag"]));
            let waited = self
                .waiting
                .get_mut(&project)
                .and_then(|waiting| waiting.remove(&arrival));
            if let Some(waited) = waited {
                self.unhandled_max = self.unhandled_max.max(at - waited.since);
                self.froze_after.push(at - waited.arrived_at);
            }
            self.frozen.entry(arrival).or_default().insert(text(&manifest["slot"]));
        }
    }

    /// Ends the account at `now`: who still waits has waited until now.
    pub fn close(&mut self, now: Millis) {
        let longest = self
            .waiting
            .values()
            .flat_map(BTreeMap::values)
            .map(|waiting| now - waiting.since)
            .max();
        self.unhandled_max = self.unhandled_max.max(longest.unwrap_or(0));
    }

    /// Arrivals, and how many runs that succeeded have read each.
    pub fn learned(&self) -> impl Iterator<Item = (&Arrival, usize)> {
        let succeeded: BTreeSet<&str> = self
            .runs
            .values()
            .filter(|run| run.status == "Succeeded")
            .map(|run| run.slot.as_str())
            .collect();
        self.arrivals.keys().map(move |arrival| {
            let slots = self.frozen.get(arrival).into_iter().flatten();
            (arrival, slots.filter(|slot| succeeded.contains(slot.as_str())).count())
        })
    }

    pub fn is_complete(&self, arrivals: usize) -> bool {
        self.arrivals.len() >= arrivals && self.in_flight() == 0 && self.learned().all(|(_, runs)| runs > 0)
    }

    pub fn in_flight(&self) -> usize {
        self.runs.values().filter(|run| !history::is_over(&run.status)).count()
    }

    pub fn runs_per_project(&self) -> BTreeMap<&str, usize> {
        let mut count = BTreeMap::new();
        for run in self.runs.values() {
            *count.entry(run.pipeline.as_str()).or_default() += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrival(at: Millis) -> Entry {
        let record = Record::ObjectCreated {
            bucket: "windsock-data-1-r".into(),
            key: "training/demo/a.csv".into(),
            etag: "e".into(),
            size: 1,
            caller: "somebody".into(),
        };
        Entry { at, record }
    }

    fn deferred(at: Millis, due: &str) -> Entry {
        let line = json!({ "event": "plan", "project": "demo", "stand_down": "still-arriving", "due": due });
        let function = "windsock-start-training".into();
        Entry {
            at,
            record: Record::Log { function, line },
        }
    }

    #[test]
    fn an_arrival_waits_until_it_is_deferred_and_from_its_due_time_on_again() {
        let mut coverage = Coverage::default();
        coverage.take(&arrival(1_000));
        coverage.take(&deferred(4_000, "1970-01-01T00:01:00Z"));
        assert_eq!(coverage.unhandled_max, 3_000);
        coverage.froze(&json!({ "slot": "s", "project": { "project": "demo" }, "reads": [{ "key": "training/demo/a.csv", "etag": "e" }] }), 70_000);
        assert_eq!(coverage.unhandled_max, 10_000);
        assert_eq!(coverage.froze_after, [69_000]);
    }

    #[test]
    fn whoever_is_never_handled_waits_to_the_end() {
        let mut coverage = Coverage::default();
        coverage.take(&arrival(1_000));
        coverage.close(500_000);
        assert_eq!(coverage.unhandled_max, 499_000);
        assert!(!coverage.is_complete(1));
    }
}
