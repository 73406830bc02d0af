//! What came of it: the functions' deeds, the runs, the champion, the letters.

use serde::de::DeserializeOwned;
use serde_json::Value;
use windsock_decisions::{
    layout,
    state::{ChampionRecord, Incident, Manifest, Rejection},
};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::{Execution, Version};
use windsock_events::facts::PipelineKind;
use windsock_world::{Entry, Record};

use crate::{Flow, people::Person};

/// Actions that are only somebody's hint, or what every promotion ends with.
const UNTOLD: [&str; 2] = ["send-hint", "stamp"];
/// Whose plans are no deeds of the loop itself.
const BYSTANDERS: [&str; 2] = ["sweep", "notify"];

/// What one entry of the journal tells of a function: that it has started a run, or what it had done at its end.
fn deeds(entry: &Entry) -> String {
    match &entry.record {
        // What starts runs answers its queue, not us, so its repair is told by its log.
        Record::Log { line, .. } if line["event"] == "started" || line["action"] == "record-start" => {
            format!("{}\n", line["message"].as_str().unwrap_or_default())
        }
        Record::InvocationEnded {
            function,
            outcome,
            answer,
            ..
        } if outcome == "returned" => {
            let name = function.split_once('-').map_or("", |(_, name)| name);
            if BYSTANDERS.contains(&name) {
                return String::new();
            }
            let plans = answer["plans"].as_array().map(Vec::as_slice).unwrap_or_default();
            // Looks before the last found that another copy was first.
            let first = if name == "promote-model" {
                plans.len().saturating_sub(1)
            } else {
                0
            };
            plans.iter().skip(first).map(|plan| actions(name, plan)).collect()
        }
        _ => String::new(),
    }
}

fn actions(function: &str, plan: &Value) -> String {
    let project = plan["project"].as_str().unwrap_or_default();
    let actions = plan["plan"]["Act"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let told = actions.filter(|action| !UNTOLD.contains(action));
    told.map(|action| format!("{function}: {action} for {project}\n"))
        .collect()
}

impl Flow {
    /// Everything the world did, in order.
    pub fn journal(&mut self) -> &[Entry] {
        let entries = self.backend.world().take_journal();
        self.journal.extend(entries);
        &self.journal
    }

    /// What the functions did, one line a deed. Looking and standing down is no deed; neither is a try that failed, or
    /// that found that another copy was first.
    pub fn story(&mut self) -> String {
        self.journal().iter().map(deeds).collect()
    }

    /// Every line that the functions logged, with the world's time: for a story that one does not understand.
    pub fn full_log(&mut self) -> String {
        let lines = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::Log { line, .. } => {
                let at = jiff::Timestamp::from_millisecond(entry.at).unwrap_or_default();
                Some(format!("{at} {}\n", line["message"].as_str().unwrap_or_default()))
            }
            _ => None,
        });
        lines.collect()
    }

    /// The reasons for which a function stood down, each as often as it did.
    pub fn stand_downs(&mut self, function: &str) -> Vec<String> {
        let plans = self.logged(function, "plan");
        plans
            .iter()
            .filter_map(|line| line["stand_down"].as_str().map(str::to_owned))
            .collect()
    }

    /// What a function logged of this event, oldest first.
    pub fn logged(&mut self, function: &str, event: &str) -> Vec<Value> {
        let lines = self.log_lines().into_iter();
        lines
            .filter(|line| line["function"] == function && line["event"] == event)
            .collect()
    }

    pub(crate) fn moves(&mut self) -> usize {
        self.story().lines().count()
    }

    fn log_lines(&mut self) -> Vec<Value> {
        let lines = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::Log { line, .. } => Some(line.clone()),
            _ => None,
        });
        lines.collect()
    }

    /// How often a function was tried, until now.
    pub fn invocations(&mut self, function: &str) -> usize {
        let name = format!("windsock-{function}");
        let tries = self.journal().iter().filter(|entry| match &entry.record {
            Record::InvocationStarted { function, .. } => *function == name,
            _ => false,
        });
        tries.count()
    }

    /// How often a fact of this name was told.
    pub fn told(&mut self, fact: &str) -> usize {
        let is_it = |entry: &&Entry| {
            matches!(&entry.record, Record::Event { source, detail_type, .. }
                if source == "windsock" && detail_type == fact)
        };
        self.journal().iter().filter(is_it).count()
    }

    /// The runs of a pipeline, oldest first.
    pub async fn executions(&self, project: &str, kind: PipelineKind) -> Vec<Execution> {
        let name = layout::pipeline_name(&self.deployed().name_prefix, project, kind);
        let listed = self
            .deployed()
            .sagemaker
            .list_executions(&name)
            .await
            .expect("the operator may list runs");
        let mut executions = listed.unwrap_or_default();
        executions.reverse();
        executions
    }

    /// The frozen manifest of every run that we started, oldest first.
    pub async fn manifests(&self, project: &str, kind: PipelineKind) -> Vec<Manifest> {
        let mut manifests = Vec::new();
        for execution in self.executions(project, kind).await {
            let slot = execution.display_name.as_deref().and_then(layout::parse_display_name);
            let Some(slot) = slot else { continue };
            manifests.extend(self.read::<Manifest>(&layout::manifest(kind, project, slot)).await);
        }
        manifests
    }

    pub async fn versions(&self, project: &str) -> Vec<Version> {
        let group = layout::group_name(&self.deployed().name_prefix, project);
        self.deployed()
            .sagemaker
            .list_versions(&group)
            .await
            .expect("the operator may list versions")
    }

    /// The life cycle's status that the registry shows of each version, oldest first.
    pub async fn stamps(&self, project: &str) -> Vec<Option<String>> {
        let mut versions = self.versions(project).await;
        versions.sort_by_key(|version| version.version);
        let mut stamps = Vec::new();
        for version in versions {
            let described = self.deployed().sagemaker.describe_version(&version.arn).await;
            let detail = described.expect("the operator may look").expect("the version is there");
            stamps.push(detail.stage.map(|stage| stage.status));
        }
        stamps
    }

    pub async fn champion_record(&self, project: &str) -> Option<ChampionRecord> {
        self.read(&layout::champion(project)).await
    }

    /// The champion's version.
    pub async fn champion(&self, project: &str) -> Option<u32> {
        self.champion_record(project)
            .await?
            .champion
            .map(|champion| champion.version)
    }

    /// Oldest first.
    pub async fn incidents(&self, project: &str) -> Vec<Incident> {
        self.read_all(&layout::incidents(project)).await
    }

    /// Arrivals that belong to no project.
    pub async fn strangers(&self) -> Vec<Rejection> {
        self.read_all("state/rejections/").await
    }

    /// Recipient and subject of every letter, in order.
    pub fn letters(&mut self) -> Vec<(String, String)> {
        let letters = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::Letter { endpoint, subject, .. } => Some((endpoint.clone(), subject.clone())),
            _ => None,
        });
        letters.collect()
    }

    /// The words of the newest letter.
    pub fn last_letter(&mut self) -> String {
        let letters = self.journal().iter().rev().find_map(|entry| match &entry.record {
            Record::Letter { body, .. } => Some(body.clone()),
            _ => None,
        });
        letters.unwrap_or_default()
    }

    /// Queue and error of everything that nobody could handle.
    pub fn dead_letters(&mut self) -> Vec<(String, String)> {
        let dead = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::DeadLetter { queue, error, .. } => Some((queue.clone(), error.clone())),
            _ => None,
        });
        dead.collect()
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let found = self
            .deployed()
            .work
            .get_json::<T>(key)
            .await
            .expect("the operator may read state");
        found.map(|(record, _)| record)
    }

    async fn read_all<T: DeserializeOwned>(&self, prefix: &str) -> Vec<T> {
        let store = Store::new(&self.as_person(Person::Operator), &self.deployed().work_bucket);
        let mut records = Vec::new();
        for object in store
            .list(prefix, layout::OBJECTS_MAX)
            .await
            .expect("the operator may list state")
            .objects
        {
            records.extend(self.read::<T>(&object.key).await);
        }
        records
    }
}
