//! Stands for the jobs' container: reads what it is given and writes what the next step, and the functions, read of it.
//! It learns nothing, so that a scene measures what starts runs and not what trains.

use std::{fs, path::PathBuf};

use anyhow::Context;
use md5::{Digest, Md5};
use serde_json::json;
use windsock_decisions::{
    layout,
    project::Approval,
    state::{Evaluation, FORMAT, Manifest, Rejection, Rejections},
};

fn main() -> anyhow::Result<()> {
    let root = std::env::var_os("WINDSOCK_ML_ROOT").context("WINDSOCK_ML_ROOT names no folder")?;
    let bench = Bench { ml: root.into() };
    match std::env::args().nth(1).as_deref() {
        Some("preprocess") => bench.preprocess(),
        Some("baseline") => bench.baseline(),
        Some("evaluate") => bench.evaluate(),
        Some("train") | None => bench.write("model/model.json", b"{}"),
        Some(other) => anyhow::bail!("the stub has no command `{other}`"),
    }
}

struct Bench {
    /// Stands for /opt/ml.
    ml: PathBuf,
}

impl Bench {
    fn write(&self, place: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.ml.join(place);
        fs::create_dir_all(path.parent().unwrap_or(&self.ml))?;
        fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
    }

    fn manifest(&self) -> anyhow::Result<Manifest> {
        let path = self.ml.join("processing/input/manifest/manifest.json");
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Like the real one, it uses what it finds as it was frozen, and rejects the rest.
    fn preprocess(&self) -> anyhow::Result<()> {
        let manifest = self.manifest()?;
        let prefix = layout::arrivals(manifest.pipeline, &manifest.project.project);
        let mut rejections = Rejections {
            format: FORMAT,
            ..Rejections::default()
        };
        for read in &manifest.reads {
            let name = read.key.strip_prefix(&prefix).unwrap_or(&read.key);
            let found = fs::read(self.ml.join("processing/input/objects").join(name));
            let reason = match found {
                Ok(bytes) if hex::encode(Md5::digest(&bytes)) == read.etag => {
                    rejections.rows_used += 1;
                    continue;
                }
                Ok(_) => "it changed after the freeze",
                Err(_) => "it is gone",
            };
            rejections.rejections.push(Rejection {
                key: read.key.clone(),
                etag: read.etag.clone(),
                size: read.size,
                reason: reason.to_owned(),
            });
        }
        for output in ["train", "validation", "holdout", "features"] {
            self.write(&format!("processing/output/{output}/data.csv"), b"1,1013\n")?;
        }
        self.write("processing/output/report/schema.json", b"{}")?;
        self.write(
            "processing/output/report/rejections.json",
            &serde_json::to_vec(&rejections)?,
        )
    }

    fn baseline(&self) -> anyhow::Result<()> {
        let nothing = json!({ "version": 0.0, "features": [] }).to_string();
        for file in ["statistics.json", "constraints.json"] {
            self.write(&format!("processing/output/{file}"), nothing.as_bytes())?;
        }
        Ok(())
    }

    fn evaluate(&self) -> anyhow::Result<()> {
        let manifest = self.manifest()?;
        let objective = manifest.project.training.objective;
        let approved = matches!(manifest.project.approval, Approval::Automatic(_));
        let evaluation = Evaluation {
            format: FORMAT,
            metrics: [(objective.metric.clone(), 0.85)].into(),
            metric: objective.metric,
            rows: 1_000,
            champion: None,
            must_beat_champion_by: objective.must_beat_champion_by,
            accepted: 1.0,
            approval_status: if approved { "Approved" } else { "PendingManualApproval" }.to_owned(),
            verdict: "The stub accepts everything".to_owned(),
        };
        self.write("processing/output/evaluation.json", &serde_json::to_vec(&evaluation)?)
    }
}
