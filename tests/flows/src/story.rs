//! What came of it: the functions' deeds, the runs, the champion, the letters.

use serde::de::DeserializeOwned;
use windsock_decisions::{
    layout,
    state::{ChampionRecord, Incident, Manifest, Rejection},
};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::{Execution, Version};
use windsock_events::facts::PipelineKind;
use windsock_world::{Entry, Record};

use crate::{Flow, people::Person};

/// Actions that the message "started ..." tells better, or that are only somebody's hint.
const UNTOLD: [&str; 3] = ["start-training", "start-inference", "send-hint"];
/// Whose plans are no deeds of the loop itself.
const BYSTANDERS: [&str; 2] = ["sweep", "notify"];

impl Flow {
    /// Everything the world did, in order.
    pub fn journal(&mut self) -> &[Entry] {
        let entries = self.backend.world().take_journal();
        self.journal.extend(entries);
        &self.journal
    }

    /// What the functions did, one line a deed. Looking and standing down is no deed.
    pub fn story(&mut self) -> String {
        let told = |line: &serde_json::Value| {
            let deed = match line["event"].as_str() {
                Some("started") => true,
                Some("plan") => line["action"].as_str().is_some_and(|action| !UNTOLD.contains(&action)),
                _ => false,
            };
            let bystander = line["function"].as_str().is_some_and(|name| BYSTANDERS.contains(&name));
            (deed && !bystander).then(|| format!("{}\n", line["message"].as_str().unwrap_or_default()))
        };
        self.log_lines().iter().filter_map(told).collect()
    }

    /// The reasons for which a function stood down, each as often as it did.
    pub fn stand_downs(&mut self, function: &str) -> Vec<String> {
        let lines = self.log_lines();
        let of_function = lines.iter().filter(|line| line["function"] == function && line["event"] == "plan");
        of_function.filter_map(|line| line["stand_down"].as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn moves(&mut self) -> usize {
        self.story().lines().count()
    }

    fn log_lines(&mut self) -> Vec<serde_json::Value> {
        let lines = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::Log { line, .. } => Some(line.clone()),
            _ => None,
        });
        lines.collect()
    }

    /// The runs of a pipeline, oldest first.
    pub async fn executions(&self, project: &str, kind: PipelineKind) -> Vec<Execution> {
        let name = layout::pipeline_name(&self.deployed().name_prefix, project, kind);
        let listed = self.deployed().sagemaker.list_executions(&name).await.expect("the operator may list runs");
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
        self.deployed().sagemaker.list_versions(&group).await.expect("the operator may list versions")
    }

    pub async fn champion_record(&self, project: &str) -> Option<ChampionRecord> {
        self.read(&layout::champion(project)).await
    }

    /// The champion's version.
    pub async fn champion(&self, project: &str) -> Option<u32> {
        self.champion_record(project).await?.champion.map(|champion| champion.version)
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

    /// Queue and error of everything that nobody could handle.
    pub fn dead_letters(&mut self) -> Vec<(String, String)> {
        let dead = self.journal().iter().filter_map(|entry| match &entry.record {
            Record::DeadLetter { queue, error, .. } => Some((queue.clone(), error.clone())),
            _ => None,
        });
        dead.collect()
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let found = self.deployed().work.get_json::<T>(key).await.expect("the operator may read state");
        found.map(|(record, _)| record)
    }

    async fn read_all<T: DeserializeOwned>(&self, prefix: &str) -> Vec<T> {
        let store = Store::new(&self.as_person(Person::Operator), &self.deployed().work_bucket);
        let mut records = Vec::new();
        for object in store.list(prefix, layout::OBJECTS_MAX).await.expect("the operator may list state").objects {
            records.extend(self.read::<T>(&object.key).await);
        }
        records
    }
}
