//! The jobs of the inference pipeline.

use anyhow::Context;
use serde_json::{Value, json};
use windsock_decisions::{
    layout,
    state::{DriftReport, FORMAT, FeatureDrift, Prepared, PreparedInput, Verdict},
};

use super::{Bench, Left, ROWS_ENOUGH};

impl Bench<'_> {
    pub(super) fn prepare(&self) -> anyhow::Result<Vec<Left>> {
        let (manifest, rejections) = self.sorted_out()?;
        let champion = manifest
            .champion
            .as_ref()
            .context("an inference run names its champion")?;
        let usable = manifest
            .reads
            .iter()
            .filter(|read| !rejections.rejections.iter().any(|no| no.key == read.key));
        let inputs: Vec<PreparedInput> = usable
            .enumerate()
            .map(|(number, read)| PreparedInput {
                key: read.key.clone(),
                file: format!("{number}.csv"),
                rows: self.lab.rows,
            })
            .collect();
        let prepared = Prepared {
            format: FORMAT,
            model_name: layout::model_name(self.prefix, &manifest.project.project, champion.version),
            rows: self.lab.rows,
            files: inputs.len() as u64,
            inputs: inputs.clone(),
        };
        let mut left = vec![
            self.record("report", "rejections.json", &rejections)?,
            self.record("report", "prepared.json", &prepared)?,
        ];
        for input in &inputs {
            left.push(self.left("input", &input.file, b"1013,4\n".to_vec())?);
            left.push(self.left("features", &input.file, b"pressure,wind\n1013,4\n".to_vec())?);
        }
        Ok(left)
    }

    pub(super) fn transform(&self) -> anyhow::Result<Vec<Left>> {
        let output = self.job.outputs.first().context("no place for the predictions")?;
        let files = self.job.inputs.iter().flat_map(|input| &input.files);
        let predictions = files.map(|file| Left {
            bucket: output.bucket.clone(),
            key: format!("{}/{}.out", output.prefix, file.relative),
            bytes: b"1013,4,0.5\n".to_vec(),
        });
        Ok(predictions.collect())
    }

    pub(super) fn monitor(&self) -> anyhow::Result<Vec<Left>> {
        let settings: Value =
            serde_json::from_str(self.job.environment.get("WINDSOCK_MONITOR").context("no settings")?)?;
        let (min_rows, threshold) = (settings["min_rows"].as_u64(), settings["threshold"].as_f64());
        let (min_rows, threshold) = (min_rows.context("no min_rows")?, threshold.context("no threshold")?);
        let verdict = match self.lab.drift_score {
            _ if self.lab.rows < min_rows => Verdict::TooFewRows,
            score if score > 1.0 => Verdict::Drift,
            _ => Verdict::NoDrift,
        };
        let score = if verdict == Verdict::TooFewRows {
            0.0
        } else {
            self.lab.drift_score
        };
        let report = DriftReport {
            format: FORMAT,
            verdict,
            score,
            rows: self.lab.rows,
            baseline_rows: ROWS_ENOUGH,
            min_rows,
            features: vec![FeatureDrift {
                feature: "pressure".to_owned(),
                distance: score * threshold,
                threshold,
                method: "robust".to_owned(),
                n: self.lab.rows,
                m: ROWS_ENOUGH,
                violated: verdict == Verdict::Drift,
                furthest_at: None,
            }],
        };
        let nothing = json!({ "version": 0.0, "features": [] });
        Ok(vec![
            self.record("output", "statistics.json", &nothing)?,
            self.record("output", "constraints.json", &nothing)?,
            self.record("output", "constraint_violations.json", &json!({ "violations": [] }))?,
            self.record("output", "drift.json", &report)?,
        ])
    }
}
