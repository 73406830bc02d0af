//! Starting: freeze, read back, derive, start, mark. Each step is safe to repeat.
//!
//! Whoever starts says so before the mark. A crash in between leaves a run without its mark, which the next look finds
//! and says again: so the fact is said at least once, at no call more.

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use windsock_decisions::{
    layout,
    mutants::{self, Mutant},
    slot::slot,
    state::{FORMAT, Manifest, Started},
};
use windsock_effects_s3::PutNew;

use crate::Chain;

/// Starts one slot of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Starter<'a> {
    pub chain: Chain<'a>,
    pub now: Timestamp,
}

impl Starter<'_> {
    /// Writes the manifest, unless somebody did, and answers the one that is stored: perhaps another copy's, perhaps
    /// that of an own try whose answer was lost. Everything else follows from the stored one.
    pub async fn freeze(&self, manifest: &Manifest) -> anyhow::Result<Manifest> {
        let key = layout::manifest(self.chain.kind, self.chain.project, &manifest.slot);
        if mutants::is(Mutant::NoFrozenManifest) {
            self.chain.work.put(&key, serde_json::to_vec(manifest)?).await?;
            return Ok(manifest.clone());
        }
        let written = self.chain.work.put_new(&key, manifest).await?;
        if mutants::is(Mutant::ClaimIsAlwaysAnothers) && written == PutNew::Exists {
            bail!("`{key}` is somebody else's");
        }
        if matches!(written, PutNew::Written { .. }) {
            return Ok(manifest.clone());
        }
        let stored = self.chain.work.get_write_once::<Manifest>(&key).await?;
        let stored = stored.with_context(|| format!("`{key}` was there, and is gone"))?;
        if stored.slot != manifest.slot {
            bail!("`{key}` holds the manifest of slot {}", stored.slot);
        }
        Ok(stored)
    }

    /// Writes the two lists that SageMaker reads, as they follow from the stored manifest.
    pub async fn write_lists(&self, stored: &Manifest) -> anyhow::Result<()> {
        let (kind, project) = (self.chain.kind, self.chain.project);
        let objects = layout::objects_manifest(kind, project, &stored.slot);
        self.chain.work.put_new(&objects, &objects_list(stored)?).await?;
        let champion = layout::champion_manifest(kind, project, &stored.slot);
        self.chain.work.put_new(&champion, &champion_list(stored)?).await?;
        Ok(())
    }

    /// Starts the slot's execution, or finds the one that was started, and answers its ARN.
    pub async fn start(&self, stored: &Manifest) -> anyhow::Result<String> {
        let key = layout::manifest(self.chain.kind, self.chain.project, &stored.slot);
        let mut manifest_uri = self.chain.config.work_uri(&key);
        // The token is the slot: whoever starts it again gets the same execution.
        let mut token = stored.slot.clone();
        if mutants::is(Mutant::TokenIsTheEvents) {
            token = slot(&token, self.now, "event", 0);
        }
        if mutants::is(Mutant::ParametersFromTheEvent) {
            manifest_uri = format!("{manifest_uri}?at={}", self.now);
        }
        let pipeline = self.chain.pipeline_name();
        self.chain
            .sagemaker
            .start_execution(&pipeline, &token, &stored.slot, &manifest_uri)
            .await
    }

    /// Writes started.json, unless somebody did.
    pub async fn mark(&self, slot: &str, execution_arn: &str, started_at: Timestamp) -> anyhow::Result<()> {
        let started = Started {
            format: FORMAT,
            slot: slot.to_owned(),
            execution_arn: execution_arn.to_owned(),
            started_at,
        };
        let key = layout::started(self.chain.kind, self.chain.project, slot);
        self.chain.work.put_new(&key, &started).await.map(drop)
    }
}

/// SageMaker's ManifestFile: one prefix, then keys relative to it.
fn objects_list(stored: &Manifest) -> anyhow::Result<Value> {
    let prefix = layout::arrivals(stored.pipeline, &stored.project.project);
    let mut list = vec![json!({ "prefix": format!("s3://{}/{prefix}", stored.data_bucket) })];
    for arrival in &stored.reads {
        let relative = arrival.key.strip_prefix(&prefix);
        list.push(json!(relative.with_context(|| format!(
            "`{}` does not lie under `{prefix}`",
            arrival.key
        ))?));
    }
    Ok(Value::Array(list))
}

/// Training: the champion's model, or only the manifest when there is none. Inference: what the champion knows of its
/// own training data.
fn champion_list(stored: &Manifest) -> anyhow::Result<Value> {
    use windsock_events::facts::PipelineKind::{Inference, Training};
    let project = &stored.project.project;
    let bucket = &stored.work_bucket;
    match (stored.pipeline, &stored.champion) {
        (Training, Some(champion)) => {
            // A version registered by hand may lie in another bucket.
            let url = &champion.model_data_url;
            let path = url.strip_prefix("s3://").and_then(|path| path.split_once('/'));
            let (bucket, key) = path.with_context(|| format!("the champion's model `{url}` is no s3 URI"))?;
            Ok(json!([{ "prefix": format!("s3://{bucket}/") }, key]))
        }
        (Training, None) => {
            let folder = layout::run(Training, project, &stored.slot);
            Ok(json!([{ "prefix": format!("s3://{bucket}/{folder}") }, "manifest.json"]))
        }
        (Inference, Some(champion)) => {
            let folder = layout::jobs(project, &champion.slot);
            let files = [
                "baseline/statistics.json",
                "baseline/constraints.json",
                "preprocess/report/schema.json",
            ];
            let mut list = vec![json!({ "prefix": format!("s3://{bucket}/{folder}") })];
            list.extend(files.map(Value::from));
            Ok(Value::Array(list))
        }
        (Inference, None) => bail!("the inference manifest of slot {} names no champion", stored.slot),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use windsock_decisions::{
        Project,
        state::{Arrival, ChampionVersion},
    };
    use windsock_events::facts::{Cause, PipelineKind};

    use super::*;

    fn stored(pipeline: PipelineKind, champion: Option<ChampionVersion>) -> Manifest {
        let yaml = "project: demo\ndata: { format: csv, label: late }\ntraining: { objective: { metric: auc, direction: maximize } }\n";
        let folder = layout::arrivals(pipeline, "demo");
        let arrival = |name: &str| Arrival {
            key: format!("{folder}{name}"),
            etag: "e".into(),
            size: 1,
        };
        Manifest {
            format: FORMAT,
            pipeline,
            slot: "slot".into(),
            frozen_at: Timestamp::UNIX_EPOCH,
            cause: Cause::Arrival,
            predecessor: "genesis".into(),
            project: Project::from_yaml(yaml).unwrap(),
            data_bucket: "data".into(),
            work_bucket: "work".into(),
            reads: vec![arrival("2013/a b+c.csv"), arrival("é.csv")],
            accounts_for: Vec::new(),
            failures_before: 0,
            failures_in_a_row: 0,
            incident: None,
            champion,
            recent_starts: Vec::new(),
        }
    }

    fn champion(url: &str) -> Option<ChampionVersion> {
        Some(ChampionVersion {
            version: 3,
            model_package_arn: "arn".into(),
            model_data_url: url.into(),
            slot: "before".into(),
        })
    }

    fn check(list: anyhow::Result<Value>, expected: Expect) {
        expected.assert_eq(&list.map_or_else(|error| error.to_string(), |list| list.to_string()));
    }

    #[test]
    fn objects_are_listed_relative_to_their_folder() {
        check(
            objects_list(&stored(PipelineKind::Training, None)),
            expect![[r#"[{"prefix":"s3://data/training/demo/"},"2013/a b+c.csv","é.csv"]"#]],
        );
    }

    #[test]
    fn an_object_of_another_folder_is_refused() {
        let mut stray = stored(PipelineKind::Inference, None);
        stray.reads[0].key = "inference/demolition/a.csv".into();
        check(
            objects_list(&stray),
            expect!["`inference/demolition/a.csv` does not lie under `inference/demo/`"],
        );
    }

    #[test]
    fn training_compares_with_the_champions_model() {
        let url = "s3://work/jobs/demo/before/train/job/output/model.tar.gz";
        check(
            champion_list(&stored(PipelineKind::Training, champion(url))),
            expect![[r#"[{"prefix":"s3://work/"},"jobs/demo/before/train/job/output/model.tar.gz"]"#]],
        );
        check(
            champion_list(&stored(PipelineKind::Training, None)),
            expect![[r#"[{"prefix":"s3://work/state/demo/runs/training/slot/"},"manifest.json"]"#]],
        );
        check(
            champion_list(&stored(PipelineKind::Training, champion("https://x"))),
            expect!["the champion's model `https://x` is no s3 URI"],
        );
    }

    #[test]
    fn inference_reads_what_the_champion_knows_of_its_data() {
        check(
            champion_list(&stored(PipelineKind::Inference, champion("s3://work/m"))),
            expect![[
                r#"[{"prefix":"s3://work/jobs/demo/before/"},"baseline/statistics.json","baseline/constraints.json","preprocess/report/schema.json"]"#
            ]],
        );
        check(
            champion_list(&stored(PipelineKind::Inference, None)),
            expect!["the inference manifest of slot slot names no champion"],
        );
    }
}
