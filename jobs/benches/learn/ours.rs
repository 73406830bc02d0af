//! The tasks that are measured in a process of their own: fit, score through Serve's own path, and the trees alone.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};
use windsock_decisions::state::Schema;
use windsock_jobs::common::files;
use windsock_jobs::common::paths::Root;
use windsock_jobs::learn::artefact::{Artefact, Part};
use windsock_jobs::learn::encoder::Encoder;
use windsock_jobs::learn::frame::{Frame, FrameBuilder};
use windsock_jobs::learn::hyperparameters::Hyperparameters;
use windsock_jobs::learn::record::Trained;
use windsock_jobs::learn::task::Task;
use windsock_jobs::learn::{Examples, engine};
use windsock_jobs::serve;

use super::{peak_mb, timed};

/// A mini-batch of SageMaker's default size.
pub const REQUEST_BYTES: usize = 6 << 20;

pub fn task(task: &str, folder: &Path, parameters: &Value) -> Result<()> {
    let mut figures = match task {
        "fit" => fit(folder, parameters)?,
        "score" => score(folder, parameters["kind"].as_str().unwrap_or_default())?,
        "predict" => predict(folder)?,
        unknown => bail!("There is no task {unknown}"),
    };
    figures["peak_mb"] = json!(peak_mb("self"));
    println!("{figures}");
    Ok(())
}

pub fn serve(folder: &Path) -> Result<()> {
    windsock_jobs::common::outcome::announce();
    serve::run(&Root::new(folder)).map(|_| ())
}

fn fit(folder: &Path, parameters: &Value) -> Result<Value> {
    let given: BTreeMap<String, String> = serde_json::from_value(parameters.clone())?;
    let with = Hyperparameters::parse(&given)?;
    let schema: Schema = files::read_json(&folder.join("schema.json"))?;
    let (frame, labels) = rows(folder, "train.csv", &schema)?;
    let idle_mb = peak_mb("self");
    let (part, cpu, wall) = timed(|| -> Result<Part> {
        let (encoder, matrix) = Encoder::fit(&schema, &frame, &labels);
        let fitted = engine::default_trainer().fit(Task::Binary, &Examples { matrix, labels }, None, &with)?;
        Ok(Part {
            encoder,
            model: fitted.model,
        })
    });
    let artefact = Artefact::new(schema, Task::Binary, vec![Some(part?)]);
    let (holdout, _) = rows(folder, "holdout.csv", &artefact.schema)?;
    let predictions = &artefact.predict(&holdout)?.columns[0];
    let lines: String = predictions.iter().map(|value| format!("{value}\n")).collect();
    std::fs::write(folder.join("ours-predictions.txt"), lines)?;
    artefact.save(&folder.join("model"), engine::default_name(), &trained()?)?;
    Ok(json!({"cpu": cpu, "wall": wall, "idle_mb": idle_mb}))
}

/// Read as Train reads a channel, whose folder holds nothing else.
fn rows(folder: &Path, file: &str, schema: &Schema) -> Result<(Frame, Vec<f64>)> {
    let channel = folder.join("channel").join(file);
    std::fs::create_dir_all(&channel)?;
    std::fs::copy(folder.join(file), channel.join(file))?;
    windsock_jobs::learn::frame::read_labelled(&channel, schema)
}

/// A record whose content nothing here looks at.
fn trained() -> Result<Trained> {
    Ok(serde_json::from_value(json!({
        "format": 1, "engine": "", "jobs_version": "", "task": "binary", "hyperparameters": {}, "rounds": 0, "metrics": {},
        "importance": [],
        "run": {"format": 1, "slot": "", "project": "", "learned_from": [], "jobs_version": "",
                "split": {"by": "content", "holdout": 0.2, "validation": 0.1},
                "rows": {"train": 0, "validation": 0, "holdout": 0}},
    }))?)
}

/// Whole lines, at most [`REQUEST_BYTES`] at a time.
pub fn requests(body: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut requests) = (body, Vec::new());
    while rest.len() > REQUEST_BYTES {
        let end = rest[..REQUEST_BYTES]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        let (request, later) = rest.split_at(end);
        requests.push(request);
        rest = later;
    }
    requests.push(rest);
    requests
}

fn score(folder: &Path, kind: &str) -> Result<Value> {
    let artefact = Artefact::open(&folder.join("model"))?;
    let body = std::fs::read(folder.join(format!("request.{kind}")))?;
    let kind = match kind {
        "csv" => serve::Kind::Csv,
        _ => serve::Kind::JsonLines,
    };
    let (rows, cpu, wall) = timed(|| -> Result<usize, String> {
        let mut rows = 0;
        for request in requests(&body) {
            rows += serve::score(&artefact, kind, kind, request)?.lines().count();
        }
        Ok(rows)
    });
    Ok(json!({"rows": rows.map_err(|reason| anyhow!(reason))?, "cpu": cpu, "wall": wall}))
}

fn predict(folder: &Path) -> Result<Value> {
    let artefact = Artefact::open(&folder.join("model"))?;
    let mut builder = FrameBuilder::new(&artefact.schema.features);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(folder.join("request.csv"))?;
    for record in reader.records() {
        builder.push(record?.iter()).map_err(|reason| anyhow!(reason))?;
    }
    let frame = builder.finish();
    let (_, cpu, wall) = timed(|| black_box(artefact.predict(&frame).is_ok()));
    Ok(json!({"rows": frame.rows, "cpu": cpu, "wall": wall}))
}
