//! The frozen champion, and whether it can be compared with: the holdout must be new to it and the question the same.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use windsock_decisions::state::{ChampionVersion, Manifest};

use crate::common::files;
use crate::common::values::quoted;
use crate::learn::artefact::{self, Artefact};
use crate::learn::record::Trained;
use crate::learn::task::Task;

/// The champion that the manifest froze, with the number of its version.
pub struct Champion {
    pub version: u32,
    pub model: Artefact,
}

pub fn open(folder: &Path, manifest: &Manifest, task: Task) -> Result<Option<Champion>> {
    let Some(frozen) = &manifest.champion else {
        return Ok(None);
    };
    let archive = find_archive(folder, frozen)?;
    let (model, trained) = artefact::read_archive(&archive)?;
    same_split(&trained, frozen, manifest)?;
    same_question(&model, task, frozen, manifest)?;
    Ok(Some(Champion {
        version: frozen.version,
        model,
    }))
}

/// The archive lies under its whole key in the work bucket, which only SageMaker chose.
fn find_archive(folder: &Path, frozen: &ChampionVersion) -> Result<PathBuf> {
    let found = if folder.is_dir() {
        files::list(folder)?
    } else {
        Vec::new()
    };
    found
        .into_iter()
        .find(|path| path.ends_with("model.tar.gz"))
        .with_context(|| {
            format!(
                "The manifest names version {} as champion, and its model.tar.gz is not in the input",
                frozen.version
            )
        })
}

fn same_split(trained: &Trained, frozen: &ChampionVersion, manifest: &Manifest) -> Result<()> {
    if trained.run.split == manifest.project.data.split && trained.run.project == manifest.project.project {
        return Ok(());
    }
    bail!(
        "The champion (version {}) was trained under another split, so it may have seen rows of this holdout and the \
         comparison would leak: restore data.split as it was, or withdraw the champion (reject its version) to begin \
         anew",
        frozen.version
    )
}

/// A champion that answers another question cannot be compared with.
fn same_question(model: &Artefact, task: Task, frozen: &ChampionVersion, manifest: &Manifest) -> Result<()> {
    let label = &manifest.project.data.label;
    if model.task == task && model.schema.label == *label {
        return Ok(());
    }
    bail!(
        "The champion (version {}) predicts {} of the column {} and the challenger {} of {}: withdraw the champion \
         (reject its version) to begin anew, or restore the project's label and metric",
        frozen.version,
        model.task.question(),
        quoted(&model.schema.label),
        task.question(),
        quoted(label)
    )
}
