//! A model of the jobs: it reads the same inputs as the real ones and writes the same files, without learning anything.
//!
//! What a model is worth and what a batch looks like is set by the story, in [`Lab`].

mod inference;
mod training;

use std::sync::Arc;

use anyhow::{Context, bail};
use serde::{Serialize, de::DeserializeOwned};
use windsock_decisions::state::{FORMAT, Manifest, Rejection, Rejections};
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
#[derive(Debug)]
pub struct Left {
    pub bucket: String,
    pub key: String,
    pub bytes: Vec<u8>,
}

/// One job at work.
pub struct Bench<'a> {
    pub lab: &'a Lab,
    pub job: &'a Job,
    pub blobs: Arc<dyn Blobs>,
    /// The platform's name prefix.
    pub prefix: &'a str,
}

impl Bench<'_> {
    /// Everything the job writes; an error is its failure's sentence.
    pub fn work(&self) -> anyhow::Result<Vec<Left>> {
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
