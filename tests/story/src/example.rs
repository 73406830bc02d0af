//! Copies of examples/flight-delay with something changed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::repository;

pub fn flight_delay() -> PathBuf {
    repository().join("examples/flight-delay")
}

/// The whole example in `folder`.
pub fn copy_to(folder: &Path) -> anyhow::Result<()> {
    let example = flight_delay();
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    fs::copy(example.join("project.yaml"), folder.join("project.yaml")).context("copy project.yaml")?;
    for kind in ["training", "inference", "late"] {
        fs::create_dir_all(folder.join(kind)).with_context(|| format!("create {kind}"))?;
        for file in fs::read_dir(example.join(kind)).with_context(|| format!("read {kind}"))? {
            let path = file.with_context(|| format!("read {kind}"))?.path();
            let name = path.file_name().context("a file has a name")?;
            fs::copy(&path, folder.join(kind).join(name)).with_context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// Deal the labels (the last column) of a file anew, the same way every time: as many of each as before, on other rows.
pub fn shuffle_labels(path: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let (header, rows) = text.split_once('\n').context("a header and rows")?;
    let (rows, mut labels): (Vec<&str>, Vec<&str>) = rows.lines().filter_map(|row| row.rsplit_once(',')).unzip();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..labels.len()).rev() {
        // xorshift: good enough to tear labels from their rows.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        labels.swap(last, usize::try_from(random % (last as u64 + 1))?);
    }
    let rows: String = rows
        .iter()
        .zip(labels)
        .map(|(row, label)| format!("{row},{label}\n"))
        .collect();
    fs::write(path, format!("{header}\n{rows}")).with_context(|| format!("write {}", path.display()))
}
