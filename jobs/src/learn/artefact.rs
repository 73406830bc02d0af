//! A model with everything it needs, as it lies in model.tar.gz: model.json, schema.json, training.json.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windsock_decisions::state::{FORMAT, Schema};

use super::encoder::Encoder;
use super::frame::Frame;
use super::predictions::Predictions;
use super::record::Trained;
use super::task::Task;
use super::{Model, engine};
use crate::common::files;

pub const MODEL: &str = "model.json";
pub const SCHEMA: &str = "schema.json";
pub const TRAINING: &str = "training.json";

/// A file inside model.tar.gz larger than this is no model of ours.
const MEMBER_BYTES_MAX: u64 = 1 << 30;

/// `model.json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    pub format: u32,
    pub engine: String,
    pub task: Task,
    /// One, or for many classes one for each in the schema's order.
    pub parts: Vec<Option<SavedPart>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SavedPart {
    pub encoder: Encoder,
    pub booster: Value,
}

/// A fitted model with what makes its columns of an object's fields.
pub struct Part {
    pub encoder: Encoder,
    pub model: Box<dyn Model>,
}

impl Part {
    fn predict(&self, frame: &Frame) -> Result<Vec<f64>> {
        self.model.predict(&self.encoder.encode(frame))
    }
}

/// A model that can be asked.
pub struct Artefact {
    pub schema: Schema,
    pub task: Task,
    /// None is a class without a training row: it has no probability.
    parts: Vec<Option<Part>>,
}

impl Artefact {
    pub fn new(schema: Schema, task: Task, parts: Vec<Option<Part>>) -> Artefact {
        Artefact { schema, task, parts }
    }

    fn from_parts(saved: Saved, schema: Schema) -> Result<Artefact> {
        if saved.format != FORMAT {
            bail!("model.json has format {} and this image reads {FORMAT}", saved.format);
        }
        let wanted = match saved.task {
            Task::Multiclass => schema.classes.len(),
            Task::Binary | Task::Regression => 1,
        };
        if saved.parts.len() != wanted {
            bail!("model.json has {} parts where {wanted} are right", saved.parts.len());
        }
        let load = |part: SavedPart| -> Result<Part> {
            Ok(Part {
                model: engine::load(&saved.engine, &part.booster)?,
                encoder: part.encoder,
            })
        };
        let parts = saved.parts.into_iter().map(|part| part.map(load).transpose());
        Ok(Artefact {
            schema,
            task: saved.task,
            parts: parts.collect::<Result<_>>()?,
        })
    }

    /// From the folder that SageMaker unpacks model.tar.gz to.
    pub fn open(folder: &Path) -> Result<Artefact> {
        Artefact::from_parts(
            files::read_json(&folder.join(MODEL))?,
            files::read_json(&folder.join(SCHEMA))?,
        )
    }

    pub fn save(&self, folder: &Path, engine: &str, trained: &Trained) -> Result<()> {
        let save = |part: &Part| -> Result<SavedPart> {
            Ok(SavedPart {
                encoder: part.encoder.clone(),
                booster: part.model.save()?,
            })
        };
        let parts = self.parts.iter().map(|part| part.as_ref().map(save).transpose());
        let saved = Saved {
            format: FORMAT,
            engine: engine.into(),
            task: self.task,
            parts: parts.collect::<Result<_>>()?,
        };
        files::write(
            &folder.join(MODEL),
            &serde_json::to_vec(&saved).context("write model.json")?,
        )?;
        files::write_json(&folder.join(SCHEMA), &self.schema)?;
        files::write_json(&folder.join(TRAINING), trained)
    }

    pub fn predict(&self, frame: &Frame) -> Result<Predictions> {
        let column = |part: &Option<Part>| match part {
            Some(part) => part.predict(frame),
            None => Ok(vec![0.0; frame.rows]),
        };
        let columns = self.parts.iter().map(column).collect::<Result<_>>()?;
        Ok(match self.task {
            Task::Multiclass => Predictions::one_against_rest(columns, frame.rows),
            Task::Binary | Task::Regression => Predictions {
                rows: frame.rows,
                columns,
            },
        })
    }

    /// Features with their share in what was learned, largest first; of several parts the mean.
    pub fn importance(&self) -> Vec<(String, f64)> {
        let fitted: Vec<&Part> = self.parts.iter().flatten().collect();
        let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
        for part in &fitted {
            let names: Vec<&str> = part.encoder.names().collect();
            for (name, share) in names.iter().zip(part.model.importance(names.len())) {
                *shares.entry(name).or_default() += share / fitted.len() as f64;
            }
        }
        let mut named: Vec<(String, f64)> = shares.into_iter().map(|(name, share)| (name.into(), share)).collect();
        named.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        named
    }
}

/// A model.tar.gz, read without laying anything down.
pub fn read_archive(path: &Path) -> Result<(Artefact, Trained)> {
    let name = path.display().to_string();
    let members = members(path).with_context(|| format!("read {name}"))?;
    let artefact = Artefact::from_parts(member(&members, MODEL, &name)?, member(&members, SCHEMA, &name)?)
        .with_context(|| format!("read {name}"))?;
    Ok((artefact, member(&members, TRAINING, &name)?))
}

fn members(path: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(path)?)));
    let mut members = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        if ![MODEL, SCHEMA, TRAINING].contains(&name.as_str()) {
            continue;
        }
        if entry.size() > MEMBER_BYTES_MAX {
            bail!("{name} in it is larger than {} MiB", MEMBER_BYTES_MAX >> 20);
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        members.insert(name, bytes);
    }
    Ok(members)
}

fn member<T: DeserializeOwned>(members: &BTreeMap<String, Vec<u8>>, member: &str, archive: &str) -> Result<T> {
    let Some(bytes) = members.get(member) else {
        bail!("{archive} has no {member}: it is not a model of these jobs");
    };
    serde_json::from_slice(bytes).with_context(|| format!("{member} in {archive} is not what this job expects"))
}
