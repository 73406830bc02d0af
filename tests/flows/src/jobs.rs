//! A model of the jobs: it reads the same inputs as the real ones and writes the same files, without learning anything.
//!
//! What a model is worth and what a batch looks like is set by the story, in [`Lab`].

use std::sync::Arc;

use anyhow::{Context, bail};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use windsock_decisions::{
    layout,
    state::{
        ChampionEvaluation, Column, ColumnKind, DriftReport, Evaluation, FORMAT, FeatureDrift, Manifest, Prepared,
        PreparedInput, Rejection, Rejections, Schema, Verdict,
    },
};
use windsock_world::{Blobs, Job, JobKind, work::JobFile};

/// Rows of a batch with which every project's monitor is content.
const ROWS_ENOUGH: u64 = 5_000;

/// What the jobs will find. A story changes it between two events.
#[derive(Debug, Clone)]
pub struct Lab {
    /// World time that every job takes.
    pub minutes_per_job: i64,
    /// Files whose names end like this hold nothing usable.
    pub unusable: Vec<String>,
    /// Whether challengers beat the champion.
    pub challenger_wins: bool,
    /// Largest distance / threshold of the next batches; above 1 is drift.
    pub drift_score: f64,
    /// Rows of the next batches.
    pub rows: u64,
    /// A step that fails, and what it says.
    pub failing: Option<(&'static str, &'static str)>,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            minutes_per_job: 2,
            unusable: Vec::new(),
            challenger_wins: true,
            drift_score: 0.2,
            rows: ROWS_ENOUGH,
            failing: None,
        }
    }
}

/// An object that a job leaves.
pub(crate) struct Left {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
}

/// One job at work.
pub(crate) struct Bench<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) job: &'a Job,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// The platform's name prefix.
    pub(crate) prefix: &'a str,
}

impl Bench<'_> {
    /// Everything the job writes; an error is its failure's sentence.
    pub(crate) fn work(&self) -> anyhow::Result<Vec<Left>> {
        let argument = self.job.arguments.first().map(String::as_str).unwrap_or_default();
        if let Some((step, sentence)) = self.lab.failing
            && self.job.step.as_deref() == Some(step)
        {
            bail!(sentence);
        }
        match (self.job.kind, argument) {
            (JobKind::Training, _) => self.train(),
            (JobKind::Transform, _) => self.transform(),
            (JobKind::Processing, "preprocess") => self.preprocess(),
            (JobKind::Processing, "baseline") => self.baseline(),
            (JobKind::Processing, "evaluate") => self.evaluate(),
            (JobKind::Processing, "prepare") => self.prepare(),
            (JobKind::Processing, "monitor") => self.monitor(),
            (_, other) => bail!("the image has no command `{other}`"),
        }
    }

    fn preprocess(&self) -> anyhow::Result<Vec<Left>> {
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

    fn baseline(&self) -> anyhow::Result<Vec<Left>> {
        Ok(vec![
            self.record("output", "statistics.json", &json!({ "version": 0.0, "features": [] }))?,
            self.record("output", "constraints.json", &json!({ "version": 0.0, "features": [] }))?,
        ])
    }

    fn train(&self) -> anyhow::Result<Vec<Left>> {
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

    fn evaluate(&self) -> anyhow::Result<Vec<Left>> {
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

    fn prepare(&self) -> anyhow::Result<Vec<Left>> {
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

    fn transform(&self) -> anyhow::Result<Vec<Left>> {
        let output = self.job.outputs.first().context("no place for the predictions")?;
        let files = self.job.inputs.iter().flat_map(|input| &input.files);
        let predictions = files.map(|file| Left {
            bucket: output.bucket.clone(),
            key: format!("{}/{}.out", output.prefix, file.relative),
            bytes: b"1013,4,0.5\n".to_vec(),
        });
        Ok(predictions.collect())
    }

    fn monitor(&self) -> anyhow::Result<Vec<Left>> {
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

    /// The manifest, and what of it cannot be used; an error when that is everything.
    fn sorted_out(&self) -> anyhow::Result<(Manifest, Rejections)> {
        let manifest: Manifest = self.read("manifest", "manifest.json")?;
        let mut rejections = Rejections {
            format: FORMAT,
            rows_used: self.lab.rows,
            ..Rejections::default()
        };
        for read in &manifest.reads {
            let found = self.files("objects").find(|file| file.key == read.key);
            let etag = found.and_then(|file| file.blobs.first()).map(|blob| blob.md5.as_str());
            let reason = match etag {
                None => "it is gone",
                Some(etag) if etag != read.etag => "it changed after the freeze",
                Some(_) if self.lab.unusable.iter().any(|end| read.key.ends_with(end)) => "it holds no usable row",
                Some(_) => continue,
            };
            rejections.rejections.push(Rejection {
                key: read.key.clone(),
                etag: read.etag.clone(),
                size: read.size,
                reason: reason.to_owned(),
            });
        }
        Ok((manifest, rejections))
    }

    fn files(&self, input: &str) -> impl Iterator<Item = &JobFile> {
        let mut inputs = self.job.inputs.iter();
        let found = inputs.find(move |one| one.container_path.rsplit('/').next() == Some(input));
        found.into_iter().flat_map(|input| &input.files)
    }

    fn read<T: DeserializeOwned>(&self, input: &str, file: &str) -> anyhow::Result<T> {
        let mut files = self.files(input);
        let found = files
            .find(|one| one.relative == file)
            .with_context(|| format!("no {file} in {input}"))?;
        let mut bytes = Vec::new();
        for blob in &found.blobs {
            bytes.extend_from_slice(&self.blobs.get(blob)?);
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    fn record<T: Serialize>(&self, output: &str, file: &str, record: &T) -> anyhow::Result<Left> {
        self.left(output, file, serde_json::to_vec(record)?)
    }

    /// A file of the output whose folder in the container has this name.
    fn left(&self, output: &str, file: &str, bytes: Vec<u8>) -> anyhow::Result<Left> {
        let mut outputs = self.job.outputs.iter();
        let place = outputs.find(|one| one.container_path.rsplit('/').next() == Some(output));
        let place = place.with_context(|| format!("no output {output}"))?;
        Ok(Left {
            bucket: place.bucket.clone(),
            key: format!("{}/{file}", place.prefix),
            bytes,
        })
    }
}
