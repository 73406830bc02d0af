//! A workbench: lays files as SageMaker would, runs the real binary on them, and carries outputs to the next job.

mod files;
mod parquet;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use md5::{Digest, Md5};
use windsock_decisions::Project;
use windsock_decisions::state::{
    Arrival, ChampionVersion, DriftReport, Evaluation, EvaluationReport, FORMAT, Manifest,
};
use windsock_events::facts::{Cause, PipelineKind};

pub use files::{job, json, program, text, write};
pub use parquet::parquet;
pub use server::Server;

use files::{copy, pack};

pub type Files = BTreeMap<String, Vec<u8>>;

const CSV_WITH_HEADER: &str = r#"{"csv": {"header": true}}"#;
const OUTPUT: &str = "/opt/ml/processing/output";

pub struct Bench {
    folder: tempfile::TempDir,
    pub project: Project,
    /// The program of the project's own image, which trains and evaluates in the place of ours.
    pub own_model: Option<Vec<PathBuf>>,
}

/// A finished training run, or one that ended at some job with this sentence.
pub struct Run {
    folder: PathBuf,
    pub version: u32,
}

impl Bench {
    pub fn new(project_yaml: &str) -> Bench {
        let project = Project::from_yaml(project_yaml).unwrap_or_else(|problems| panic!("{problems:?}"));
        Bench {
            folder: tempfile::tempdir().unwrap(),
            project,
            own_model: None,
        }
    }

    fn model_job(&self, root: &Path, name: &str) -> Output {
        match &self.own_model {
            Some(words) => program(words, root, name, &[]).output().unwrap(),
            None => job(root, name, &[]),
        }
    }

    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn manifest(&self, kind: PipelineKind, slot: &str, files: &Files, champion: Option<&Run>) -> Manifest {
        let prefix = windsock_decisions::layout::arrivals(kind, &self.project.project);
        let arrival = |(name, bytes): (&String, &Vec<u8>)| Arrival {
            key: format!("{prefix}{name}"),
            etag: hex::encode(Md5::digest(bytes)),
            size: bytes.len() as u64,
        };
        Manifest {
            format: FORMAT,
            pipeline: kind,
            slot: slot.into(),
            frozen_at: "2013-04-02T13:00:00Z".parse().unwrap(),
            cause: Cause::Arrival,
            predecessor: "genesis".into(),
            project: self.project.clone(),
            data_bucket: "data".into(),
            work_bucket: "work".into(),
            reads: files.iter().map(arrival).collect(),
            accounts_for: vec![],
            failures_before: 0,
            failures_in_a_row: 0,
            incident: None,
            champion: champion.map(|run| self.version(run)),
            recent_starts: Vec::new(),
        }
    }

    fn version(&self, run: &Run) -> ChampionVersion {
        let group = format!("windsock-{}", self.project.project);
        ChampionVersion {
            version: run.version,
            model_package_arn: format!(
                "arn:aws:sagemaker:us-east-1:111122223333:model-package/{group}/{}",
                run.version
            ),
            model_data_url: "s3://work/model.tar.gz".into(),
            slot: "5".repeat(64),
        }
    }

    /// Lays manifest and objects, and runs Preprocess.
    pub fn preprocess(&self, name: &str, files: &Files, champion: Option<&Run>) -> (PathBuf, Output) {
        let root = self.folder(name).join("preprocess");
        lay_run(
            &root,
            &self.manifest(PipelineKind::Training, name, files, champion),
            files,
        );
        let output = job(&root, "preprocess", &[]);
        (root, output)
    }

    /// The whole training pipeline; every job must succeed.
    pub fn train(&self, name: &str, version: u32, files: &Files, champion: Option<&Run>) -> (Run, Evaluation) {
        let folder = self.folder(name);
        let (preprocess, output) = self.preprocess(name, files, champion);
        succeeded("preprocess", &output);
        let made = preprocess.join("processing/output");

        let baseline = folder.join("baseline");
        copy(
            &made.join("features"),
            &baseline.join("processing/input/baseline_dataset_input"),
        );
        let source = "/opt/ml/processing/input/baseline_dataset_input";
        let environment = [
            ("dataset_format", CSV_WITH_HEADER),
            ("dataset_source", source),
            ("output_path", OUTPUT),
        ];
        succeeded("baseline", &job(&baseline, "baseline", &environment));

        let train = folder.join("train");
        for (output, channel) in [("train", "train"), ("validation", "validation"), ("report", "schema")] {
            copy(&made.join(output), &train.join("input/data").join(channel));
        }
        let mut given = self.project.training.hyperparameters.clone();
        given.insert(
            "objective_metric".into(),
            self.project.training.objective.metric.clone(),
        );
        write(
            &train.join("input/config/hyperparameters.json"),
            &serde_json::to_vec(&given).unwrap(),
        );
        let output = self.model_job(&train, "train");
        succeeded("train", &output);
        pack(&train.join("model"), &folder.join("model.tar.gz"));

        let run = Run {
            folder: folder.clone(),
            version,
        };
        let (evaluate, output) = self.evaluate(&run, champion);
        succeeded("evaluate", &output);
        (run, json(&evaluate.join("processing/output/evaluation.json")))
    }

    pub fn evaluate(&self, challenger: &Run, champion: Option<&Run>) -> (PathBuf, Output) {
        let root = challenger.folder.join("evaluate");
        // A second comparison starts from nothing, as every job does.
        let _ = fs::remove_dir_all(&root);
        let input = root.join("processing/input");
        let preprocess = challenger.folder.join("preprocess/processing");
        let mut manifest: Manifest = json(&preprocess.join("input/manifest/manifest.json"));
        manifest.project = self.project.clone();
        manifest.champion = champion.map(|run| self.version(run));
        write(
            &input.join("manifest/manifest.json"),
            &serde_json::to_vec(&manifest).unwrap(),
        );
        copy(&preprocess.join("output/holdout"), &input.join("holdout"));
        copy(&preprocess.join("output/report"), &input.join("report"));
        copy(
            &challenger.folder.join("model.tar.gz"),
            &input.join("challenger/model.tar.gz"),
        );
        if let Some(champion) = champion {
            copy(
                &champion.folder.join("model.tar.gz"),
                &input.join("champion/jobs/p/s/train/t/output/model.tar.gz"),
            );
        }
        let output = self.model_job(&root, "evaluate");
        (root, output)
    }

    pub fn prepare(&self, name: &str, files: &Files, champion: &Run) -> (PathBuf, Output) {
        let root = self.folder(name).join("prepare");
        lay_run(
            &root,
            &self.manifest(PipelineKind::Inference, name, files, Some(champion)),
            files,
        );
        let input = root.join("processing/input/champion");
        let report = champion.folder.join("preprocess/processing/output/report");
        copy(
            &report.join("schema.json"),
            &input.join("preprocess/report/schema.json"),
        );
        let output = job(&root, "prepare", &[]);
        (root, output)
    }

    /// Prepare and Monitor, which must succeed.
    pub fn monitor(&self, name: &str, files: &Files, champion: &Run) -> (PathBuf, DriftReport) {
        let (prepare, output) = self.prepare(name, files, champion);
        succeeded("prepare", &output);
        let root = self.folder(name).join("monitor");
        copy(
            &prepare.join("processing/output/features"),
            &root.join("processing/input/data"),
        );
        let baseline = champion.folder.join("baseline/processing/output");
        copy(&baseline, &root.join("processing/baseline/baseline"));
        let settings = serde_json::to_string(&self.project.monitor).unwrap();
        let environment = [
            ("dataset_format", CSV_WITH_HEADER),
            ("dataset_source", "/opt/ml/processing/input/data"),
            ("output_path", OUTPUT),
            (
                "baseline_statistics",
                "/opt/ml/processing/baseline/baseline/statistics.json",
            ),
            (
                "baseline_constraints",
                "/opt/ml/processing/baseline/baseline/constraints.json",
            ),
            ("WINDSOCK_MONITOR", settings.as_str()),
        ];
        succeeded("monitor", &job(&root, "monitor", &environment));
        let report = json(&root.join("processing/output/drift.json"));
        (root, report)
    }
}

impl Run {
    /// Everything that the last evaluation wrote.
    pub fn report(&self) -> EvaluationReport {
        json(&self.path("evaluate/processing/output/evaluation.json"))
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }
}

fn lay_run(root: &Path, manifest: &Manifest, files: &Files) {
    let input = root.join("processing/input");
    write(
        &input.join("manifest/manifest.json"),
        &serde_json::to_vec(manifest).unwrap(),
    );
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with('/')) {
        write(&input.join("objects").join(name), bytes);
    }
}

fn succeeded(job: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{job}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
