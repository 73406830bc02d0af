//! The jobs of the training pipeline.

use anyhow::Context;
use serde_json::json;
use windsock_decisions::state::{ChampionEvaluation, Column, ColumnKind, Evaluation, FORMAT, Manifest, Schema};

use super::{Bench, Left};

impl Bench<'_> {
    pub(super) fn preprocess(&self) -> anyhow::Result<Vec<Left>> {
        let (manifest, rejections) = self.sorted_out()?;
        let data = &manifest.project.data;
        let feature = |name: &str| Column {
            name: name.to_owned(),
            kind: ColumnKind::Numeric,
        };
        let schema = Schema {
            format: FORMAT,
            label: data.label.clone(),
            exclude: data.exclude.clone(),
            features: vec![feature("pressure"), feature("wind")],
            classes: Vec::new(),
        };
        let rows = |name: &str| self.left(name, "data.csv", b"1,1013,4\n0,990,12\n".to_vec());
        Ok(vec![
            rows("train")?,
            rows("validation")?,
            rows("holdout")?,
            self.left("features", "features.csv", b"pressure,wind\n1013,4\n990,12\n".to_vec())?,
            self.record("report", "rejections.json", &rejections)?,
            self.record("report", "schema.json", &schema)?,
        ])
    }

    pub(super) fn baseline(&self) -> anyhow::Result<Vec<Left>> {
        Ok(vec![
            self.record("output", "statistics.json", &json!({ "version": 0.0, "features": [] }))?,
            self.record("output", "constraints.json", &json!({ "version": 0.0, "features": [] }))?,
        ])
    }

    pub(super) fn train(&self) -> anyhow::Result<Vec<Left>> {
        let model = self
            .job
            .outputs
            .iter()
            .find(|output| output.tar_gz)
            .context("no place for the model")?;
        let bytes = format!("the model of {}", self.job.id).into_bytes();
        Ok(vec![Left {
            bucket: model.bucket.clone(),
            key: model.prefix.clone(),
            bytes,
        }])
    }

    pub(super) fn evaluate(&self) -> anyhow::Result<Vec<Left>> {
        let manifest: Manifest = self.read("manifest", "manifest.json")?;
        let objective = &manifest.project.training.objective;
        let metrics = |value: f64| [(objective.metric.clone(), value)].into();
        let wins = manifest.champion.is_none() || self.lab.challenger_wins;
        let gain = if wins { 0.05 } else { -0.05 };
        let champion = manifest.champion.as_ref().map(|champion| ChampionEvaluation {
            version: champion.version,
            metrics: metrics(0.80),
            gain,
            gain_low: gain - 0.01,
            gain_high: gain + 0.01,
        });
        let evaluation = Evaluation {
            format: FORMAT,
            metric: objective.metric.clone(),
            rows: 1_000,
            metrics: metrics(0.80 + gain),
            champion,
            must_beat_champion_by: objective.must_beat_champion_by,
            accepted: if wins { 1.0 } else { 0.0 },
            approval_status: "PendingManualApproval".to_owned(),
            verdict: if wins {
                "It beats the champion"
            } else {
                "It does not beat the champion"
            }
            .to_owned(),
        };
        Ok(vec![self.record("output", "evaluation.json", &evaluation)?])
    }
}
